package e2e

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"strconv"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"
)

// The official Go SDK's call as it was captured off the wire: gRPC over HTTP/1.1.
// Nothing but the bearer and the login_request_id is new, and the lengths that
// follow from them.
const goSDKCapture = "../internal/compat/scalekit/testdata/go-sdk-2.6.0.request"

func TestGoSDKCapture(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.app.signIn = func(r *http.Request) (string, error) {
		token, err := s.app.machineToken(r)
		if err != nil {
			return "", err
		}
		proof, err := replayGoSDK(r.Context(), s.server.base, token, r.FormValue("login_request_id"))
		back := url.Values{"state": {r.FormValue("state")}, "login_verifier": {proof}}
		return s.server.base + "/sso/v1/connections/conn_acme/partner:callback?" + back.Encode(), err
	}
	c := registerClient(t, s.server, "res_todo", "http://localhost:7777/callback", nil)
	c.redeem(t, c.code(t, newRobot(t, s.server).login(t, c.authorizeURL("todo:read"))))
	peers.add("Scalekit Go SDK 2.6.0 (captured)")
}

var (
	headBearer = regexp.MustCompile(`(?m)^Authorization: .*\r$`)
	headLength = regexp.MustCompile(`(?m)^Content-Length: .*\r$`)
	headHost   = regexp.MustCompile(`(?m)^Host: .*\r$`)
)

// replayGoSDK makes the call and returns the auth_request_id of the answer.
func replayGoSDK(ctx context.Context, base, token, loginRequestID string) (string, error) {
	captured, err := os.ReadFile(goSDKCapture)
	if err != nil {
		return "", err
	}
	head, frame, _ := bytes.Cut(captured, []byte("\r\n\r\n"))
	message, err := withField(frame[5:], 2, loginRequestID)
	if err != nil {
		return "", err
	}
	server, err := url.Parse(base)
	if err != nil {
		return "", err
	}
	body := append(binary.BigEndian.AppendUint32([]byte{0}, uint32(len(message))), message...)
	head = headBearer.ReplaceAll(head, []byte("Authorization: Bearer "+token+"\r"))
	head = headLength.ReplaceAll(head, []byte("Content-Length: "+strconv.Itoa(len(body))+"\r"))
	head = headHost.ReplaceAll(head, []byte("Host: "+server.Host+"\r"))
	return exchange(ctx, server.Host, append(append(head, "\r\n\r\n"...), body...))
}

// exchange sends a gRPC request over HTTP/1.1 and reads field 1 of the answer.
func exchange(ctx context.Context, address string, request []byte) (string, error) {
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", address)
	if err != nil {
		return "", err
	}
	defer conn.Close()
	if _, err := conn.Write(request); err != nil {
		return "", err
	}
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil {
		return "", err
	}
	if status := resp.Trailer.Get("Grpc-Status"); status != "0" || len(answer) < 5 {
		return "", fmt.Errorf("HTTP %d, grpc-status %q (%s), %d bytes", resp.StatusCode, status, resp.Trailer.Get("Grpc-Message"), len(answer))
	}
	return field(answer[5:], 1)
}

// withField is a protobuf message with another value in a string field.
func withField(message []byte, number protowire.Number, value string) ([]byte, error) {
	var changed []byte
	for len(message) > 0 {
		n, _, length := protowire.ConsumeField(message)
		if length < 0 {
			return nil, protowire.ParseError(length)
		}
		if n == number {
			changed = protowire.AppendString(protowire.AppendTag(changed, n, protowire.BytesType), value)
		} else {
			changed = append(changed, message[:length]...)
		}
		message = message[length:]
	}
	return changed, nil
}

// field is the value of a message's first field, which must be a string of this number.
func field(message []byte, number protowire.Number) (string, error) {
	n, kind, length := protowire.ConsumeTag(message)
	if length < 0 || n != number || kind != protowire.BytesType {
		return "", fmt.Errorf("the answer has no field %d", number)
	}
	value, length := protowire.ConsumeString(message[length:])
	return value, protowire.ParseError(min(length, 0))
}
