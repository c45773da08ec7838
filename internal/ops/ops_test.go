package ops

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

func healthy() Options {
	return Options{
		Address: "127.0.0.1:0",
		Live:    func() error { return nil },
		Ready:   func(context.Context) error { return nil },
		Metrics: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "up 1") }),
	}
}

func ask(options Options, method, path, accept string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, nil)
	r.Header.Set("Accept", accept)
	w := httptest.NewRecorder()
	handler(options).ServeHTTP(w, r)
	return w
}

func TestAnswers(t *testing.T) {
	sick := healthy()
	sick.Live = func() error { return errors.New("partition orders/3: its loop has not turned for 2m0s") }
	sick.Ready = func(context.Context) error { return errors.New("group g is not joined yet") }
	profiled := healthy()
	profiled.Pprof = true
	bare := healthy()
	bare.Metrics = nil
	for _, tc := range []struct {
		name, method, path string
		options            Options
		status             int
		body               string // is in the answer
	}{
		{"live", "GET", "/livez", healthy(), 200, "ok"},
		{"ready", "GET", "/readyz", healthy(), 200, "ok"},
		{"metrics", "GET", "/metrics", healthy(), 200, "up 1"},
		{"list", "GET", "/", healthy(), 200, "/livez\n/readyz\n/metrics\n"},
		{"not live", "GET", "/livez", sick, 503, "failing partition orders/3: its loop has not turned"},
		{"not ready", "GET", "/readyz", sick, 503, "failing group g is not joined yet"},
		{"head", "HEAD", "/readyz", sick, 503, ""},
		{"post", "POST", "/readyz", healthy(), 405, "use GET"},
		{"post to nowhere", "POST", "/nowhere", healthy(), 405, "use GET"},
		{"delete", "DELETE", "/metrics", healthy(), 405, "use GET"},
		{"unknown", "GET", "/healthz", healthy(), 404, "/livez\n/readyz\n/metrics"},
		{"below", "GET", "/livez/x", healthy(), 404, "/livez"},
		{"no metrics", "GET", "/metrics", bare, 404, "/livez\n/readyz"},
		{"no pprof", "GET", "/debug/pprof/", healthy(), 404, "/livez"},
		{"pprof", "GET", "/debug/pprof/", profiled, 200, "goroutine"},
		{"a profile", "GET", "/debug/pprof/goroutine?debug=1", profiled, 200, "goroutine profile"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			w := ask(tc.options, tc.method, tc.path, "")
			if w.Code != tc.status || !strings.Contains(w.Body.String(), tc.body) {
				t.Errorf("%d %q, want %d and %q", w.Code, w.Body, tc.status, tc.body)
			}
			if tc.status == 405 && w.Header().Get("Allow") != "GET, HEAD" {
				t.Errorf("Allow: %q", w.Header().Get("Allow"))
			}
		})
	}
}

func TestAnswersInJSON(t *testing.T) {
	options := healthy()
	options.Ready = func(context.Context) error { return errors.New(`a "reason"`) }
	for path, want := range map[string]verdict{
		"/livez":  {Status: "ok"},
		"/readyz": {Status: "failing", Reason: `a "reason"`},
	} {
		w := ask(options, "GET", path, "application/json")
		var got verdict
		if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil || got != want || w.Header().Get("Content-Type") != "application/json" {
			t.Errorf("%s: %s (%v)", path, w.Body, err)
		}
	}
}

func TestCheckThatHangsIsAnAnswer(t *testing.T) {
	over := make(chan struct{})
	defer close(over)
	err := within(t.Context(), 10*time.Millisecond, func(context.Context) error { <-over; return nil })
	if err == nil || !strings.Contains(err.Error(), "no answer within 10ms") {
		t.Errorf("error: %v", err)
	}
}

func serve(t *testing.T, options Options) *Server {
	t.Helper()
	s, err := Start(t.Context(), options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close(context.Background()) })
	return s
}

// TestBadRequests sends bytes that no client library would.
func TestBadRequests(t *testing.T) {
	s := serve(t, healthy())
	for _, tc := range []struct {
		name, request string
		status        int
	}{
		{"not HTTP", "hello\r\n\r\n", 400},
		{"huge header", "GET /livez HTTP/1.1\r\nHost: x\r\nX-Big: " + strings.Repeat("a", 1<<20) + "\r\n\r\n", 431},
		{"huge path", "GET /" + strings.Repeat("a", 1<<20) + " HTTP/1.1\r\nHost: x\r\n\r\n", 431},
		{"no host", "GET /livez HTTP/1.1\r\n\r\n", 400},
		{"absurd length", "POST /livez HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999\r\n\r\n", 400},
		{"made-up method", "BREW /livez HTTP/1.1\r\nHost: x\r\n\r\n", 405},
		{"still well", "GET /livez HTTP/1.1\r\nHost: x\r\n\r\n", 200},
	} {
		t.Run(tc.name, func(t *testing.T) {
			conn, err := net.Dial("tcp", s.Address())
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			go func() { _, _ = io.WriteString(conn, tc.request) }() // it may be cut off before its end
			answer, err := http.ReadResponse(bufio.NewReader(conn), nil)
			if err != nil {
				t.Fatal(err)
			}
			defer answer.Body.Close()
			if answer.StatusCode != tc.status {
				t.Errorf("status %d, want %d", answer.StatusCode, tc.status)
			}
		})
	}
}

func TestAddressesThatCannotBeServed(t *testing.T) {
	s := serve(t, healthy())
	for name, address := range map[string]string{"taken": s.Address(), "not ours": "192.0.2.1:9464", "no such host": "nowhere.invalid:9464"} {
		options := healthy()
		options.Address = address
		if _, err := Start(t.Context(), options); err == nil || !strings.Contains(err.Error(), "--listen") || !strings.Contains(err.Error(), address) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestCloseFinishesWhatIsUnderWay(t *testing.T) {
	asked, finish := make(chan struct{}), make(chan struct{})
	options := healthy()
	options.Live = func() error { close(asked); <-finish; return nil }
	s := serve(t, options)
	body := make(chan string, 1)
	go func() {
		answer, err := http.Get("http://" + s.Address() + "/livez")
		if err != nil {
			body <- err.Error()
			return
		}
		defer answer.Body.Close()
		text, _ := io.ReadAll(answer.Body)
		body <- string(text)
	}()
	<-asked
	closed := make(chan error, 1)
	go func() { closed <- s.Close(context.Background()) }()
	close(finish)
	if got := <-body; got != "ok\n" {
		t.Errorf("answer: %q", got)
	}
	if err := <-closed; err != nil {
		t.Errorf("close: %v", err)
	}
	if conn, err := net.Dial("tcp", s.Address()); err == nil {
		conn.Close()
		t.Error("it still listens")
	}
}
