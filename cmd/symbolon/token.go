package main

// An access token on the terminal.

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"

	"github.com/symbolon-auth/symbolon/internal/attempt"
	"github.com/symbolon-auth/symbolon/internal/client"
)

// printToken prints what is in a verified access token, a line for each member, in
// the order in which the server wrote them.
func printToken(out io.Writer, t client.AccessToken) error {
	for _, part := range []json.RawMessage{t.Header, t.Claims} {
		if err := printMembers(out, part); err != nil {
			return fmt.Errorf("the token's JSON: %w", err)
		}
	}
	return nil
}

func printMembers(out io.Writer, object json.RawMessage) error {
	dec := json.NewDecoder(bytes.NewReader(object))
	if _, err := dec.Token(); err != nil { // {
		return err
	}
	fmt.Fprintln(out, "  {")
	for dec.More() {
		name, err := dec.Token()
		if err != nil {
			return err
		}
		var value json.RawMessage
		if err := dec.Decode(&value); err != nil {
			return err
		}
		line, err := oneLine(name, value)
		if err != nil {
			return err
		}
		if dec.More() {
			line += ","
		}
		fmt.Fprintf(out, "    %s\n", line)
	}
	_, err := fmt.Fprintln(out, "  }")
	return err
}

// oneLine is `"name": value`, with unprintable characters escaped: a user's name must
// not drive the terminal.
func oneLine(name json.Token, value json.RawMessage) (string, error) {
	var compact bytes.Buffer
	if err := json.Compact(&compact, value); err != nil {
		return "", err
	}
	return fmt.Sprintf("%q: %s", name, attempt.Clean(compact.String(), maxValue)), nil
}

// maxValue bounds a claim, in bytes: custom attributes have at most 4 KB.
const maxValue = 8 << 10
