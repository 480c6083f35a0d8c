package main

// The log: lines for people on a terminal, JSON for everything else.

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"sync"
)

func newLogger(w io.Writer, level slog.Leveler) *slog.Logger {
	if terminalOf(w).real {
		return slog.New(newLineHandler(w, level))
	}
	return slog.New(slog.NewJSONHandler(w, &slog.HandlerOptions{Level: level}))
}

// lineHandler writes "22:54:56 INFO  what happened  key=value". The attributes are
// left to slog's own text handler, which quotes what could pass for something else.
type lineHandler struct {
	slog.Handler
	shared *lineWriter
}

// lineWriter is shared by a handler and all that are derived from it.
type lineWriter struct {
	mu         sync.Mutex
	out        io.Writer
	attributes bytes.Buffer // of the record under way; guarded by mu
}

func newLineHandler(w io.Writer, level slog.Leveler) *lineHandler {
	shared := &lineWriter{out: w}
	return &lineHandler{shared: shared, Handler: slog.NewTextHandler(&shared.attributes, &slog.HandlerOptions{
		Level: level,
		ReplaceAttr: func(groups []string, a slog.Attr) slog.Attr {
			if len(groups) == 0 && (a.Key == slog.TimeKey || a.Key == slog.LevelKey || a.Key == slog.MessageKey) {
				return slog.Attr{} // these are written before the attributes
			}
			return a
		},
	})}
}

func (h *lineHandler) Handle(ctx context.Context, r slog.Record) error {
	h.shared.mu.Lock()
	defer h.shared.mu.Unlock()
	h.shared.attributes.Reset()
	if err := h.Handler.Handle(ctx, r); err != nil {
		return err
	}
	line := fmt.Sprintf("%s %-5s %s  %s", r.Time.Format("15:04:05"), r.Level, printable(r.Message), h.shared.attributes.String())
	_, err := io.WriteString(h.shared.out, strings.TrimRight(line, " \n")+"\n")
	return err
}

func (h *lineHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return &lineHandler{h.Handler.WithAttrs(attrs), h.shared}
}

func (h *lineHandler) WithGroup(name string) slog.Handler {
	return &lineHandler{h.Handler.WithGroup(name), h.shared}
}

// printable keeps a message from writing lines, or to the terminal.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, s)
}
