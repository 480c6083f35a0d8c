package scalekit_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/base64"
	"encoding/binary"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"connectrpc.com/connect"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/symbolon-auth/symbolon/internal/compat/scalekit"
	"github.com/symbolon-auth/symbolon/internal/compat/scalekit/compatv1"
	"github.com/symbolon-auth/symbolon/internal/store"
)

// The bytes that the official Go SDK sent are read as what it was told to send.
func TestCapturedGoSDKCall(t *testing.T) {
	capture, err := os.ReadFile("testdata/go-sdk-2.6.0.request")
	if err != nil {
		t.Fatal(err)
	}
	var got scalekit.Request
	srv := serve(t, false, func(_ context.Context, r scalekit.Request) (string, *scalekit.Refusal) {
		got = r
		return "req_1", nil
	})
	res := replay(t, srv, capture)
	if res.trailer.Get("Grpc-Status") != "0" || !bytes.Equal(res.body, frame([]byte("\n\x05req_1"))) {
		t.Errorf("answer: trailer %v, body %q", res.trailer, res.body)
	}
	yes := true
	want := scalekit.Request{
		Bearers: []string{"machine-token"}, Connection: "conn_acme", LoginRequestID: "lri_capture", Source: "127.0.0.1",
		User: store.User{
			Sub: "u_42", Email: "ada@acme.example", EmailVerified: &yes, Name: "Ada Lovelace", GivenName: "Ada",
			FamilyName: "Lovelace", PreferredUsername: "ada", Picture: "https://acme.example/ada.png", Gender: "female",
			Locale: "en-GB", PhoneNumber: "+44123456", PhoneNumberVerified: &yes, Groups: []string{"eng", "math"},
			OrganizationID:   "org_17",
			CustomAttributes: []byte(`{"admin":true,"plan":"pro","seats":12,"tags":["a","b"],"team":{"id":"t1"}}`),
		},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

// answer is a response as it stood on the wire.
type answer struct {
	status  int
	header  http.Header
	body    []byte
	trailer http.Header
}

// replay writes raw bytes to a fresh connection.
func replay(t *testing.T, srv *httptest.Server, raw []byte) answer {
	t.Helper()
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", srv.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := conn.Write(raw); err != nil {
		t.Fatal(err)
	}
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer{res.StatusCode, res.Header, body, res.Trailer}
}

// send posts body with a content type and further headers.
func send(t *testing.T, srv *httptest.Server, method, contentType string, body []byte, header ...string) answer {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, srv.URL+scalekit.Procedure, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", contentType)
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	res, err := srv.Client().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	data, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer{res.StatusCode, res.Header, data, res.Trailer}
}

// frame is the length-prefixed message of gRPC.
func frame(message []byte) []byte {
	return append(binary.BigEndian.AppendUint32([]byte{0}, uint32(len(message))), message...)
}

func accept(context.Context, scalekit.Request) (string, *scalekit.Refusal) { return "req_1", nil }

func TestOnlyGRPC(t *testing.T) {
	srv := serve(t, false, accept)
	message := frame([]byte("\x12\x05lri_1"))
	for contentType, want := range map[string]int{
		"application/grpc":                200,
		"application/grpc+proto":          200,
		"application/grpc+json":           415,
		"application/grpc-web":            415,
		"application/grpc-web+proto":      415,
		"application/connect+proto":       415,
		"application/proto":               415,
		"application/json":                415,
		"application/grpc; charset=utf-8": 415,
		"text/plain":                      415,
		"":                                415,
	} {
		got := send(t, srv, http.MethodPost, contentType, message)
		if got.status != want {
			t.Errorf("%q: %d, want %d", contentType, got.status, want)
		}
		if want == 200 && got.trailer.Get("Grpc-Status") != "0" {
			t.Errorf("%q: trailer %v", contentType, got.trailer)
		}
	}
	if got := send(t, srv, http.MethodGet, "application/grpc", nil); got.status != 405 || got.header.Get("Allow") != "POST" {
		t.Errorf("GET: %d, Allow %q", got.status, got.header.Get("Allow"))
	}
}

func TestOffersNoCompression(t *testing.T) {
	srv := serve(t, false, accept)
	got := send(t, srv, http.MethodPost, "application/grpc", frame(nil), "Grpc-Accept-Encoding", "gzip")
	if v, sent := got.header["Grpc-Accept-Encoding"]; sent {
		t.Errorf("grpc-accept-encoding is sent: %q", v)
	}
	if v := got.header.Get("Grpc-Encoding"); v != "" {
		t.Errorf("the answer is compressed: %q", v)
	}
}

// Whatever is wrong with a call, the answer has details that agree with it.
func TestEveryErrorHasDetails(t *testing.T) {
	message := frame([]byte("\x12\x05lri_1"))
	nested := marshal(t, &details{User: &compatv1.User{CustomAttributes: deep(60)}})
	for _, tc := range []struct {
		name   string
		body   []byte
		header []string
		code   connect.Code
		reason string
	}{
		{"empty body", nil, nil, connect.CodeInvalidArgument, "protobuf_invalid"},
		{"half a prefix", message[:3], nil, connect.CodeInvalidArgument, "protobuf_invalid"},
		{"cut message", message[:8], nil, connect.CodeInvalidArgument, "protobuf_invalid"},
		{"two messages", append(bytes.Clone(message), message...), nil, connect.CodeInvalidArgument, "protobuf_invalid"},
		{"not protobuf", frame([]byte{0xff, 0xff, 0xff}), nil, connect.CodeInvalidArgument, "protobuf_invalid"},
		{"not UTF-8", frame([]byte("\x0a\x01\xff")), nil, connect.CodeInvalidArgument, "protobuf_invalid"},
		{"nested too deep", frame(nested), nil, connect.CodeInvalidArgument, "protobuf_invalid"},
		{"too large", frame(make([]byte, 64<<10)), nil, connect.CodeInvalidArgument, "body_too_large"},
		{"compressed", append([]byte{1}, message[1:]...), nil, connect.CodeInvalidArgument, "protobuf_invalid"},
		{"says it is gzip", message, []string{"Grpc-Encoding", "gzip"}, connect.CodeUnimplemented, "content_type_unsupported"},
		{"the step refuses", message, nil, connect.CodeFailedPrecondition, "user_other_sub"},
		{"and the timeout is nonsense", message, []string{"Grpc-Timeout", "soon"}, connect.CodeFailedPrecondition, "user_other_sub"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			srv := serve(t, false, func(context.Context, scalekit.Request) (string, *scalekit.Refusal) {
				return "", &scalekit.Refusal{Code: "user_other_sub", GRPC: connect.CodeFailedPrecondition, Message: "another user, 100% certain: ñ"}
			})
			got := send(t, srv, http.MethodPost, "application/grpc", tc.body, tc.header...)
			if got.status != http.StatusOK {
				t.Fatalf("HTTP status %d", got.status)
			}
			checkDetails(t, got.trailer, tc.code, tc.reason)
		})
	}
}

// checkDetails reads google.rpc.Status by hand: code 1, message 2, details 3.
func checkDetails(t *testing.T, trailer http.Header, code connect.Code, reason string) {
	t.Helper()
	if got := trailer.Get("Grpc-Status"); got != strconv.Itoa(int(code)) {
		t.Errorf("grpc-status %q, want %d", got, code)
	}
	text, err := url.PathUnescape(trailer.Get("Grpc-Message"))
	if err != nil || text == "" {
		t.Errorf("grpc-message %q: %v", trailer.Get("Grpc-Message"), err)
	}
	data, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(trailer.Get("Grpc-Status-Details-Bin"), "="))
	if err != nil {
		t.Fatal(err)
	}
	status := fields(t, data)
	if status[1] != strconv.Itoa(int(code)) || status[2] != text {
		t.Errorf("details say %q %q, trailers say %d %q", status[1], status[2], code, text)
	}
	detail := fields(t, []byte(status[3]))
	if detail[1] != "type.googleapis.com/scalekit.v1.errdetails.ErrorInfo" {
		t.Errorf("detail type %q", detail[1])
	}
	if info := fields(t, []byte(detail[2])); info[1] != reason {
		t.Errorf("error_code %q, want %q", info[1], reason)
	}
}

// fields splits a message into varints (in decimal) and strings, by number.
func fields(t *testing.T, data []byte) map[protowire.Number]string {
	t.Helper()
	m := map[protowire.Number]string{}
	for len(data) > 0 {
		number, kind, n := protowire.ConsumeTag(data)
		if n < 0 {
			t.Fatalf("not protobuf: %q", data)
		}
		data = data[n:]
		if kind == protowire.VarintType {
			v, n := protowire.ConsumeVarint(data)
			m[number], data = strconv.FormatUint(v, 10), data[n:]
		} else {
			v, n := protowire.ConsumeBytes(data)
			m[number], data = string(v), data[n:]
		}
	}
	return m
}

func marshal(t *testing.T, m proto.Message) []byte {
	t.Helper()
	data, err := proto.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// deep is a struct of that many levels.
func deep(levels int) *structpb.Struct {
	s := &structpb.Struct{}
	for range levels {
		s = &structpb.Struct{Fields: map[string]*structpb.Value{"a": structpb.NewStructValue(s)}}
	}
	return s
}

func TestUnknownFieldsAreNamed(t *testing.T) {
	var got scalekit.Request
	srv := serve(t, false, func(_ context.Context, r scalekit.Request) (string, *scalekit.Refusal) {
		got = r
		return "req_1", nil
	})
	user := protowire.AppendVarint(protowire.AppendTag(nil, 19, protowire.VarintType), 1)
	user = protowire.AppendVarint(protowire.AppendTag(user, 18, protowire.VarintType), 1)
	message := protowire.AppendBytes(protowire.AppendTag(nil, 3, protowire.BytesType), user)
	for range 2 {
		message = protowire.AppendString(protowire.AppendTag(message, 9, protowire.BytesType), "x")
	}
	send(t, srv, http.MethodPost, "application/grpc", frame(message))
	if want := []string{"9", "user.19"}; !reflect.DeepEqual(got.Unknown, want) || !got.LoginFailed {
		t.Errorf("unknown = %q, want %q; login_failed = %v", got.Unknown, want, got.LoginFailed)
	}
}

// A middleware's response writer that knows only Unwrap must not cost the trailers.
func TestTrailersSurviveMiddleware(t *testing.T) {
	_, h := scalekit.Handler(accept)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h.ServeHTTP(wrapped{w}, r)
	}))
	defer srv.Close()
	if got := send(t, srv, http.MethodPost, "application/grpc", frame(nil)); got.trailer.Get("Grpc-Status") != "0" {
		t.Errorf("trailer %v", got.trailer)
	}
}

type wrapped struct{ w http.ResponseWriter }

func (w wrapped) Header() http.Header         { return w.w.Header() }
func (w wrapped) Write(p []byte) (int, error) { return w.w.Write(p) }
func (w wrapped) WriteHeader(status int)      { w.w.WriteHeader(status) }
func (w wrapped) Unwrap() http.ResponseWriter { return w.w }

// No body may crash the handler or be answered without a status.
func FuzzCall(f *testing.F) {
	capture, err := os.ReadFile("testdata/go-sdk-2.6.0.request")
	if err != nil {
		f.Fatal(err)
	}
	_, body, _ := bytes.Cut(capture, []byte("\r\n\r\n"))
	f.Add(body)
	f.Add([]byte{})
	f.Add(frame([]byte("\x1a\x02\x90\x01")))
	f.Add([]byte{0, 0xff, 0xff, 0xff, 0xff, 1})
	_, h := scalekit.Handler(accept)
	f.Fuzz(func(t *testing.T, body []byte) {
		req := httptest.NewRequestWithContext(t.Context(), http.MethodPost, scalekit.Procedure, bytes.NewReader(body))
		req.Header.Set("Content-Type", "application/grpc")
		w := httptest.NewRecorder()
		h.ServeHTTP(w, req)
		res := w.Result()
		defer res.Body.Close()
		status := res.Trailer.Get("Grpc-Status")
		if status == "" {
			status = w.Header().Get("Trailer:Grpc-Status") // how net/http marks undeclared trailers
		}
		if status != "0" && status != "3" {
			t.Errorf("status %q for %q: %v", status, body, w.Header())
		}
	})
}
