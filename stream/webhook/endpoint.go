package webhook

import (
	"bytes"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"sync/atomic"
	"time"
)

const (
	// dialTimeout bounds the set-up of a connection, each of TCP and TLS.
	dialTimeout = 10 * time.Second
	// idleTimeout is shorter than most receivers keep an idle connection: one that they end
	// while we write costs a try.
	idleTimeout = 30 * time.Second
	// mostAnswerBytes is what is read of an answer, so that its connection can be used again.
	mostAnswerBytes = 64 << 10
)

// Endpoint is a receiver: where it is, and the keys that requests are signed with.
type Endpoint struct {
	url     *url.URL
	keys    []Key
	timeout time.Duration
	agent   string
	client  *http.Client
}

// newEndpoint keeps connections for as many requests as may be under way at once.
func newEndpoint(w *Webhook, agent string) (*Endpoint, error) {
	at, err := url.Parse(w.URL)
	if err != nil {
		return nil, fmt.Errorf("read the URL of webhook %s: it is none", w.Name) // the error quotes it
	}
	guard, err := NewGuard(at.Hostname(), w.AllowInternal)
	if err != nil {
		return nil, fmt.Errorf("read allow_internal of webhook %s: %w", w.Name, err)
	}
	dialer := &net.Dialer{Timeout: dialTimeout, Control: guard.control}
	return &Endpoint{url: at, keys: w.Keys, timeout: w.Timeout, agent: agent, client: &http.Client{
		Transport: &http.Transport{
			Proxy:                  nil, // the guard would see the proxy's address alone
			DialContext:            dialer.DialContext,
			TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: w.roots},
			TLSHandshakeTimeout:    dialTimeout,
			ForceAttemptHTTP2:      true,
			MaxIdleConns:           w.InFlight,
			MaxIdleConnsPerHost:    w.InFlight,
			IdleConnTimeout:        idleTimeout,
			MaxResponseHeaderBytes: mostAnswerBytes,
			DisableCompression:     true,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}, nil
}

// NewEndpoint is the receiver of a webhook, for a single message.
func NewEndpoint(w Webhook, agent string) (*Endpoint, error) { return newEndpoint(&w, agent) }

// Close ends idle connections.
func (e *Endpoint) Close() { e.client.CloseIdleConnections() }

// Send tries once to deliver a message. The timestamp that is signed is that of the try.
func (e *Endpoint) Send(ctx context.Context, m *Message) Outcome {
	outcome, _ := e.Ask(ctx, m)
	return outcome
}

// Ask is Send, and gives the answer's beginning as well.
func (e *Endpoint) Ask(ctx context.Context, m *Message) (Outcome, []byte) {
	ctx, cancel := context.WithTimeout(ctx, e.timeout)
	defer cancel()
	var connected atomic.Bool
	traced := httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) { connected.Store(true) }})
	began := time.Now()
	answer, err := e.client.Do(e.request(traced, m, began))
	if err != nil {
		return Outcome{Class: failureOf(ctx, err, connected.Load()), Took: time.Since(began), Err: err}, nil
	}
	defer answer.Body.Close()
	head, _ := io.ReadAll(io.LimitReader(answer.Body, mostAnswerBytes)) // the status has been said
	return Outcome{
		Class: classOf(answer.StatusCode), Status: answer.StatusCode, Took: time.Since(began),
		RetryAfter: parseRetryAfter(answer.Header.Get("Retry-After"), time.Now()),
	}, head
}

func (e *Endpoint) request(ctx context.Context, m *Message, at time.Time) *http.Request {
	body := m.Body()
	timestamp, signatures := sign(e.keys, m.ID, at, body)
	header := http.Header{
		"Content-Type":      {"application/json"},
		"User-Agent":        {e.agent},
		"Webhook-Id":        {m.ID},
		"Webhook-Timestamp": {timestamp},
		"Webhook-Signature": {signatures},
		// Not sent: it lets net/http repeat a request at once whose kept connection turns out to
		// be closed, which webhook-id makes harmless.
		"Idempotency-Key": {},
	}
	if m.TraceParent != "" {
		header["Traceparent"] = []string{m.TraceParent}
	}
	request := &http.Request{
		Method: http.MethodPost, URL: e.url, Host: e.url.Host, Header: header,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Body: io.NopCloser(bytes.NewReader(body)), ContentLength: int64(len(body)),
		GetBody: func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(body)), nil },
	}
	return request.WithContext(ctx)
}
