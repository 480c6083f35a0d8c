package symbolon

// Secrets of API clients and clients: a literal, env:NAME or file:PATH.

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"unicode/utf8"

	"github.com/symbolon-auth/symbolon/internal/oauth"
	"github.com/symbolon-auth/symbolon/internal/seal"
)

const (
	secretEnvPrefix = "env:"
	filePrefix      = "file:"
	// maxSecretFile bounds what is read for one secret.
	maxSecretFile = 64 << 10
)

// secretAdvice ends every complaint about a secret that is no good.
const secretAdvice = "make one with: openssl rand -base64 32"

// writtenSecret is a secret and the field that says it.
type writtenSecret struct {
	field  string
	secret Secret
}

// writtenSecrets are all those of an object, the new ones first as the file has them.
func writtenSecrets(object string, one Secret, several []Secret) []writtenSecret {
	var all []writtenSecret
	if one != "" {
		all = append(all, writtenSecret{object + ".secret", one})
	}
	for i, s := range several {
		all = append(all, writtenSecret{element(object+".secrets", i), s})
	}
	return all
}

// secrets checks the secrets of one object. A list of any length would make each wrong
// guess as dear as the list is long.
func (k *configCheck) secrets(object string, one Secret, several []Secret) {
	field := object + ".secrets"
	switch {
	case one != "" && len(several) > 0:
		k.refuse(field, "stands beside secret; write all of them into secrets")
	case len(several) > oauth.MaxSecrets:
		k.refuse(field, "has %d secrets; at most %d are allowed, and two are enough to change over", len(several), oauth.MaxSecrets)
	}
	for _, s := range writtenSecrets(object, one, several) {
		k.secret(s.field, s.secret)
	}
}

// secret checks what can be known without looking anything up.
func (k *configCheck) secret(field string, s Secret) {
	if name, ok := strings.CutPrefix(string(s), secretEnvPrefix); ok {
		if name == "" || strings.ContainsAny(name, "= \t\n\x00") {
			k.refuse(field, "names no environment variable; write one after env:, as in env:ACME_SECRET")
		}
		return
	}
	if path, ok := strings.CutPrefix(string(s), filePrefix); ok {
		if path == "" {
			k.refuse(field, "names no file; write a path after file:, as in file:acme.secret")
		}
		return
	}
	if wrong := checkSecret(string(s)); wrong != "" {
		k.refuse(field, "%s", wrong)
	}
}

// checkSecret asks for the length of a machine-made secret: only such a one
// may be stored as a plain SHA-256.
func checkSecret(s string) (wrong string) {
	n := utf8.RuneCountInString(s)
	if n < seal.MinSecretLength {
		return fmt.Sprintf("has %d characters; at least %d are needed, %s", n, seal.MinSecretLength, secretAdvice)
	}
	return ""
}

// resolveSecret looks a secret up. White space around what a variable or file
// holds does not count.
func (c *Config) resolveSecret(s Secret) (value, wrong string) {
	if name, ok := strings.CutPrefix(string(s), secretEnvPrefix); ok {
		if value = strings.TrimSpace(c.getenv(name)); value == "" {
			return "", fmt.Sprintf("names the environment variable %s, which is not set; set it or write file:PATH", name)
		}
		return value, checkSecret(value)
	}
	path, ok := strings.CutPrefix(string(s), filePrefix)
	if !ok {
		return string(s), checkSecret(string(s))
	}
	content, err := readSecretFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return "", fmt.Sprintf("names the file %s, which does not exist; %s", path, secretAdvice)
	}
	if err != nil {
		return "", err.Error()
	}
	value = strings.TrimSpace(content)
	return value, checkSecret(value)
}

func (c *Config) getenv(name string) string {
	if c.origin != nil && c.origin.getenv != nil {
		return c.origin.getenv(name)
	}
	return os.Getenv(name)
}

func readSecretFile(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	content, err := io.ReadAll(io.LimitReader(f, maxSecretFile+1))
	if err != nil {
		return "", err
	}
	if len(content) > maxSecretFile {
		return "", fmt.Errorf("%s is too large for a secret", path)
	}
	return string(content), nil
}
