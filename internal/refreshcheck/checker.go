package refreshcheck

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/symbolon-auth/symbolon/internal/catalog"
	"github.com/symbolon-auth/symbolon/internal/store"
)

const (
	// Timeout is for everything: name, connection, TLS and the whole answer.
	Timeout = 2 * time.Second
	// maxAsking is how many questions to one company may be under way. One more fails at
	// once: a backend that is slow must not take this server with it.
	maxAsking = 64
	maxAnswer = 64 << 10
)

// Signer signs questions; internal/keys has it.
type Signer interface {
	Sign(alg, typ string, claims any) (string, error)
}

// Options of a Checker.
type Options struct {
	BaseURL string
	Keys    Signer
	Now     func() time.Time
}

// Checker asks. It is safe for concurrent use.
type Checker struct {
	Options
	transport http.RoundTripper

	mu     sync.Mutex
	asking map[string]int // by connection
}

// New makes a Checker. It reaches any address, private ones too: the operator wrote it.
func New(o Options) *Checker {
	t := &http.Transport{
		Proxy: http.ProxyFromEnvironment, ForceAttemptHTTP2: true,
		MaxIdleConnsPerHost: maxAsking, IdleConnTimeout: 90 * time.Second, MaxResponseHeaderBytes: 32 << 10,
	}
	return &Checker{Options: o, transport: t, asking: map[string]int{}}
}

// Ask asks the connection's backend about a grant. alg signs the question. An error
// means that there is no proper answer, and says why in words for the operator.
func (c *Checker) Ask(ctx context.Context, connection *catalog.Connection, alg string, g store.Grant) (Answer, error) {
	if !c.enter(connection.ID) {
		return Answer{}, fmt.Errorf("%d questions to this backend are under way", maxAsking)
	}
	defer c.leave(connection.ID)
	ctx, cancel := context.WithTimeout(ctx, Timeout)
	defer cancel()
	url := connection.RefreshCheck.URL
	signed, err := c.sign(url, alg, g)
	if err != nil {
		return Answer{}, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, strings.NewReader(signed))
	if err != nil {
		return Answer{}, err
	}
	req.Header.Set("Content-Type", "application/jwt")
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", "Symbolon (refresh check)")
	// Not below http.Client, which would follow a redirect.
	resp, err := c.transport.RoundTrip(req)
	if err != nil {
		return Answer{}, err
	}
	defer resp.Body.Close()
	return read(resp)
}

func read(resp *http.Response) (Answer, error) {
	if resp.StatusCode != http.StatusOK {
		return Answer{}, fmt.Errorf("the answer has status %d, not 200", resp.StatusCode)
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	switch {
	case err != nil:
		return Answer{}, err
	case len(body) > maxAnswer:
		return Answer{}, errors.New("the answer is larger than 64 KB")
	}
	return parseAnswer(body)
}

func (c *Checker) enter(connection string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.asking[connection] >= maxAsking {
		return false
	}
	c.asking[connection]++
	return true
}

func (c *Checker) leave(connection string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.asking[connection]--; c.asking[connection] == 0 {
		delete(c.asking, connection)
	}
}
