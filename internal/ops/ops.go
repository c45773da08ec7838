// Package ops is the HTTP endpoint of a running program for operators and orchestrators:
//
//	GET /livez    200 while its loops make progress, else 503 and the loop that does not
//	GET /readyz   200 while it can do its work, else 503 and why not
//	GET /metrics  Prometheus text
//	GET /debug/pprof/…  only if it is enabled
//	GET /         this list
//
// It answers in text, or in JSON if the request accepts application/json. It has no
// customer data, changes nothing, and has no access control: do not expose its port
// outside the cluster.
package ops

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"syscall"
	"time"
)

// Limits of a request. Nothing here takes a body, and no probe has 16 KiB of
// headers. pprof lengthens the write timeout by itself.
const (
	maxHeaderBytes = 16 << 10
	headerTimeout  = 3 * time.Second
	readTimeout    = 5 * time.Second
	writeTimeout   = 30 * time.Second
	idleTimeout    = 2 * time.Minute
)

// Options is what is served, and where.
type Options struct {
	Address string                      // host:port; port 0 takes a free one
	Live    func() error                // which loop has stopped; nil: all turn
	Ready   func(context.Context) error // why work cannot be done; nil: it can
	Metrics http.Handler                // nil: not served
	Pprof   bool
}

// Server is listening until it is closed.
type Server struct {
	http     *http.Server
	listener net.Listener
}

// Start listens and serves.
func Start(ctx context.Context, options Options) (*Server, error) {
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", options.Address)
	if err != nil {
		return nil, fmt.Errorf("listen on %s for health and metrics: %w", options.Address, explained(err))
	}
	s := &Server{listener: listener, http: &http.Server{
		Handler:           handler(options),
		MaxHeaderBytes:    maxHeaderBytes,
		ReadHeaderTimeout: headerTimeout,
		ReadTimeout:       readTimeout,
		WriteTimeout:      writeTimeout,
		IdleTimeout:       idleTimeout,
		ErrorLog:          slog.NewLogLogger(slog.Default().Handler(), slog.LevelDebug),
	}}
	go func() {
		if err := s.http.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			slog.Error("health and metrics are no longer served", "error", err)
		}
	}()
	return s, nil
}

// explained says what to set where the system only says what is wrong.
func explained(err error) error {
	var name *net.DNSError
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return errors.New("another process has this port: set --listen to a free one, :0 for any, or \"\" to serve nothing")
	case errors.Is(err, syscall.EACCES):
		return errors.New("not permitted: set --listen to a port from 1024 on")
	case errors.Is(err, syscall.EADDRNOTAVAIL), errors.As(err, &name):
		return errors.New("this machine does not have that address: set --listen to :port, or to an address of its own")
	}
	return err
}

// Address is where it listens.
func (s *Server) Address() string { return s.listener.Addr().String() }

// Close finishes the requests under way, until ctx is done, and stops.
func (s *Server) Close(ctx context.Context) error {
	if err := s.http.Shutdown(ctx); err != nil {
		return errors.Join(err, s.http.Close())
	}
	return nil
}
