package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"regexp"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// scriptCommands are what scripts need around a running server.
var scriptCommands = map[string]func(ts *testscript.TestScript, neg bool, args []string){
	"await":        await,
	"await-answer": awaitAnswer,
	"free-address": freeAddress,
	"fetch":        fetch,
	"seed":         seed,

	"write-certificate": writeCertificate,
}

// await FILE [PATTERN] waits until a file is there and, if asked, matches.
func await(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 1 || len(args) > 2 {
		ts.Fatalf("usage: await file [pattern]")
	}
	pattern := regexp.MustCompile("(?m)" + strings.Join(args[1:], ""))
	deadline := time.Now().Add(30 * time.Second)
	for time.Now().Before(deadline) {
		if len(args) == 1 {
			if _, err := os.Stat(ts.MkAbs(args[0])); err == nil {
				return
			}
		} else if content, err := os.ReadFile(ts.MkAbs(args[0])); err == nil && pattern.Match(content) {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	ts.Fatalf("%s did not come", args[0])
}

// await-answer URL waits until a server answers.
func awaitAnswer(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: await-answer url")
	}
	deadline := time.Now().Add(30 * time.Second)
	for time.Now().Before(deadline) {
		if res, err := http.Get(args[0]); err == nil {
			_ = res.Body.Close()
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	ts.Fatalf("%s does not answer", args[0])
}

// free-address NAME sets the variable to a loopback address that nobody uses.
func freeAddress(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: free-address name")
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	ts.Check(err)
	ts.Setenv(args[0], l.Addr().String())
	ts.Check(l.Close())
}

// fetch NAME PATTERN URL sets the variable to the first match of the pattern in
// "STATUS BODY".
func fetch(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: fetch name pattern url")
	}
	res, err := http.Get(args[2])
	ts.Check(err)
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	ts.Check(err)
	answer := res.Status + " " + string(body)
	found := regexp.MustCompile(args[1]).FindString(answer)
	if found == "" {
		ts.Fatalf("%s answers without %s: %s", args[2], args[1], answer)
	}
	ts.Setenv(args[0], found)
}

// writeCertificate CERT KEY writes a pair of files for 127.0.0.1.
func writeCertificate(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: write-certificate cert key")
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	ts.Check(err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	cert, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	ts.Check(err)
	private, err := x509.MarshalPKCS8PrivateKey(key)
	ts.Check(err)
	for path, block := range map[string]*pem.Block{args[0]: {Type: "CERTIFICATE", Bytes: cert}, args[1]: {Type: "PRIVATE KEY", Bytes: private}} {
		ts.Check(os.WriteFile(ts.MkAbs(path), pem.EncodeToMemory(block), 0o600))
	}
}
