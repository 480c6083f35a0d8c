package register

import (
	"errors"
	"strings"
)

// dictionary are the strings that fill redirect URIs in the wild. Entry i is
// written as the byte i+1: texts hold no control characters, so bytes below 0x20
// are free, and 0x00 separates texts. The order is part of every client_id ever
// issued: entries are never changed or reordered; there are 31 places.
var dictionary = [...]string{
	"https://",
	"http://localhost",
	"http://127.0.0.1",
	"/oauth/callback",
	"/callback",
	"https://claude.ai/api/mcp/auth_callback",
	"https://claude.com/api/mcp/auth_callback",
	"https://chatgpt.com/connector_platform_oauth_redirect",
	"https://chatgpt.com/connector/oauth/",
	"cursor://anysphere.cursor-mcp/oauth/callback",
	"https://www.cursor.com/agents/mcp/oauth/callback",
	"http://localhost:8787/callback",
	"https://vscode.dev/redirect",
	"https://insiders.vscode.dev/redirect",
	"http://127.0.0.1:33418",
	"http://localhost:33418",
	"http://localhost:6274/oauth/callback",
	"http://127.0.0.1:6276/oauth/callback",
	"https://www.",
	".com/",
	"Visual Studio Code",
	"Claude",
	"Cursor",
	"MCP Inspector",
	"MCP CLI Proxy",
	"mcp",
	"oauth",
	"redirect",
	"client",
	"://",
	"api",
}

var errControl = errors.New("text holds a control character")

// compact writes texts, each ended by 0x00, replacing dictionary entries by the
// longest match. It fails for texts that hold control characters.
func compact(texts []string) ([]byte, error) {
	var out []byte
	for _, text := range texts {
		for len(text) > 0 {
			code, size := longest(text)
			if code == 0 {
				if code, size = text[0], 1; code < 0x20 {
					return nil, errControl
				}
			}
			out = append(out, code)
			text = text[size:]
		}
		out = append(out, 0)
	}
	return out, nil
}

// longest finds the longest dictionary entry that text begins with; code 0 = none.
func longest(text string) (code byte, size int) {
	for i, entry := range dictionary {
		if len(entry) > size && strings.HasPrefix(text, entry) {
			code, size = byte(i+1), len(entry)
		}
	}
	return code, size
}

// expand reads what compact wrote.
func expand(data []byte) ([]string, error) {
	var texts []string
	var text strings.Builder
	for _, c := range data {
		switch {
		case c == 0:
			texts = append(texts, text.String())
			text.Reset()
		case int(c) <= len(dictionary):
			text.WriteString(dictionary[c-1])
		case c < 0x20:
			return nil, errControl
		default:
			text.WriteByte(c)
		}
	}
	if text.Len() > 0 {
		return nil, errors.New("text is not ended")
	}
	return texts, nil
}
