package ops

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/pprof"
	"strings"
	"time"
)

// probeTimeout is how long a check may take before its silence is the answer.
// Kubernetes gives up after a second by default.
const probeTimeout = 900 * time.Millisecond

// handler routes the paths.
func handler(options Options) http.Handler {
	mux := http.NewServeMux()
	paths := []string{"/livez", "/readyz"}
	mux.HandleFunc("/livez", func(w http.ResponseWriter, r *http.Request) { answer(w, r, options.Live()) })
	mux.HandleFunc("/readyz", func(w http.ResponseWriter, r *http.Request) {
		answer(w, r, within(r.Context(), probeTimeout, options.Ready))
	})
	if options.Metrics != nil {
		mux.Handle("/metrics", options.Metrics)
		paths = append(paths, "/metrics")
	}
	if options.Pprof {
		profiles(mux)
		paths = append(paths, "/debug/pprof/")
	}
	list := strings.Join(paths, "\n") + "\n"
	mux.HandleFunc("/{$}", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		fmt.Fprint(w, list)
	})
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, "not found; there is:\n"+strings.TrimSpace(list), http.StatusNotFound)
	})
	return readOnly(mux)
}

// readOnly refuses what would change something: nothing here can be changed.
func readOnly(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.Header().Set("Allow", "GET, HEAD")
			http.Error(w, "method not allowed; use GET", http.StatusMethodNotAllowed)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// profiles serves pprof: a listing, and by name what the runtime knows.
func profiles(mux *http.ServeMux) {
	mux.HandleFunc("/debug/pprof/", pprof.Index)
	mux.HandleFunc("/debug/pprof/cmdline", pprof.Cmdline)
	mux.HandleFunc("/debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("/debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("/debug/pprof/trace", pprof.Trace)
}

// within asks a check that may hang, and does not wait for it longer than that.
func within(ctx context.Context, timeout time.Duration, check func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	answered := make(chan error, 1)
	go func() { answered <- check(ctx) }()
	select {
	case err := <-answered:
		return err
	case <-ctx.Done():
		return fmt.Errorf("no answer within %s", timeout)
	}
}

// verdict is an answer in JSON.
type verdict struct {
	Status string `json:"status"` // ok or failing
	Reason string `json:"reason,omitempty"`
}

// answer says whether a check succeeded, and if not, why.
func answer(w http.ResponseWriter, r *http.Request, err error) {
	v, status := verdict{Status: "ok"}, http.StatusOK
	if err != nil {
		v, status = verdict{Status: "failing", Reason: err.Error()}, http.StatusServiceUnavailable
	}
	w.Header().Set("Cache-Control", "no-store")
	if strings.Contains(r.Header.Get("Accept"), "application/json") {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_ = json.NewEncoder(w).Encode(v) // the caller has gone: nobody is left to be told
		return
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	fmt.Fprintln(w, strings.TrimSpace(v.Status+" "+v.Reason))
}
