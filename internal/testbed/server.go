package testbed

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/clvstream/clvstream/internal/subprocess"
)

const (
	// readyTimeout is far above the 2 to 5 s that a broker needs on an idle
	// machine: it bounds a hang, it measures nothing.
	readyTimeout = 90 * time.Second
	// stopTimeout bounds an orderly stop; then the server is killed.
	stopTimeout = 45 * time.Second
	// logTailBytes is how much of a server's log a failed test shows.
	logTailBytes = 4096
)

// Server is one server process with an address and data that outlive it: it
// can be ended and started again on both. Its methods may be called from any
// goroutine; where one fails, it marks the test failed and ends the goroutine.
type Server struct {
	Addr string // host:port for clients
	Dir  string // working directory: data, configuration, server.log

	name  string // for messages
	argv  []string
	ready func(context.Context) error
	ports []*port

	mu   sync.Mutex
	proc *subprocess.Process // nil until first started
}

// Start starts a server that is not running and returns when it answers. One
// that is running is left alone.
func (s *Server) Start(t testing.TB) {
	t.Helper()
	if err := s.start(); err != nil {
		t.Fatal(err)
	}
}

// Stop asks the server to end in order (SIGTERM) and waits until it has.
func (s *Server) Stop(t testing.TB) {
	t.Helper()
	if err := s.stop(); err != nil {
		t.Fatal(err)
	}
}

// Kill ends the server at once (SIGKILL), whatever it is doing, and waits
// until it is gone. What it has handed to the operating system stays; what it
// answered and still held back is lost (see AwaitWritten for Redis).
func (s *Server) Kill() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.proc != nil {
		s.proc.Kill()
	}
}

// Restart kills the server and starts it on the same address and data.
func (s *Server) Restart(t testing.TB) {
	t.Helper()
	s.Kill()
	s.Start(t)
}

// Pause freezes the server (SIGSTOP): connections stay open and nothing
// answers any more when it returns.
func (s *Server) Pause() {
	s.signal(syscall.SIGSTOP)
	if pid := s.PID(); pid != 0 {
		subprocess.AwaitStopped(pid)
	}
}

// Resume lets a paused server go on.
func (s *Server) Resume() { s.signal(syscall.SIGCONT) }

// Running reports whether the server's process is there.
func (s *Server) Running() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.proc != nil && s.proc.Running()
}

// PID is the process id of the running server, and 0 where it is not running.
func (s *Server) PID() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.proc == nil || !s.proc.Running() {
		return 0
	}
	return s.proc.PID
}

func (s *Server) signal(sig syscall.Signal) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.proc != nil {
		s.proc.Signal(sig)
	}
}

func (s *Server) start() error {
	if err := s.launch(); err != nil {
		return err
	}
	return s.awaitReady()
}

// launch starts the process without waiting for answers.
func (s *Server) launch() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.proc != nil && s.proc.Running() {
		return nil
	}
	proc, err := subprocess.Start(s.argv, nil, s.Dir, s.logPath())
	if err != nil {
		return err
	}
	s.proc = proc
	return nil
}

// awaitReady asks until the server answers, ends, or the time is over.
func (s *Server) awaitReady() error {
	ctx, cancel := context.WithTimeout(context.Background(), readyTimeout)
	defer cancel()
	for {
		err := s.answers(ctx)
		switch {
		case err == nil:
			return nil
		case !s.Running():
			return fmt.Errorf("start %s: it ended by itself\n%s", s.name, s.LogTail())
		case ctx.Err() != nil:
			return fmt.Errorf("start %s: no answer on %s: %w\n%s", s.name, s.Addr, err, s.LogTail())
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// answers asks once. The bare connection comes first, since clients complain
// aloud about an address where nobody listens yet.
func (s *Server) answers(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", s.Addr)
	if err != nil {
		return err
	}
	conn.Close()
	return s.ready(ctx)
}

func (s *Server) stop() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.proc == nil {
		return nil
	}
	s.proc.Signal(syscall.SIGCONT) // a frozen process takes no SIGTERM
	s.proc.Signal(syscall.SIGTERM)
	select {
	case <-s.proc.Exited:
		return nil
	case <-time.After(stopTimeout):
		s.proc.Kill()
		return fmt.Errorf("stop %s: still there %v after SIGTERM, killed\n%s", s.name, stopTimeout, s.LogTail())
	}
}

// startAll starts servers that need each other to become ready.
func startAll(servers []*Server) error {
	for _, s := range servers {
		if err := s.launch(); err != nil {
			return err
		}
	}
	for _, s := range servers {
		if err := s.awaitReady(); err != nil {
			return err
		}
	}
	return nil
}

// end kills the server for good and gives its ports back.
func (s *Server) end() {
	s.Kill()
	for _, p := range s.ports {
		p.release()
	}
}

// endWith ends the server with the test, and shows its log if the test failed.
func (s *Server) endWith(t testing.TB) {
	t.Cleanup(func() {
		s.end()
		if t.Failed() {
			t.Logf("%s on %s, end of its log:\n%s", s.name, s.Addr, s.LogTail())
		}
	})
}

func (s *Server) logPath() string { return filepath.Join(s.Dir, "server.log") }

// LogTail is the end of what the server has printed.
func (s *Server) LogTail() string { return tail(s.logPath()) }

func tail(logPath string) string {
	log, err := os.ReadFile(logPath)
	if errors.Is(err, os.ErrNotExist) || len(log) == 0 {
		return "(it printed nothing)"
	}
	if err != nil {
		return err.Error()
	}
	if len(log) > logTailBytes {
		log = log[len(log)-logTailBytes:]
	}
	return strings.TrimSpace(string(log))
}
