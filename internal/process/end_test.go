package process

import (
	"context"
	"errors"
	"net"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/clvstream/clvstream/internal/config"
	"github.com/clvstream/clvstream/internal/testbed"
	"github.com/clvstream/clvstream/state"
)

// workerFunc is a worker that only runs.
type workerFunc func(context.Context) error

func (f workerFunc) Run(ctx context.Context) error { return f(ctx) }
func (workerFunc) Ready(context.Context) error     { return nil }
func (workerFunc) Live() error                     { return nil }

// runs is a process whose worker does what run says. It tells when it runs.
func runs(t *testing.T, run workerFunc) (p *Process, running chan struct{}) {
	t.Helper()
	d := deploy(t, testbed.EmbeddedPair(t))
	running = make(chan struct{})
	program := Publisher
	program.open = func(context.Context, config.Config, *state.Store) (Worker, error) {
		return workerFunc(func(ctx context.Context) error { close(running); return run(ctx) }), nil
	}
	return &Process{Program: program, Config: d.config(t, Publisher, nil)}, running
}

// stuck is a worker that does not stop when asked, until the test is over.
func stuck(t *testing.T) workerFunc {
	over := make(chan struct{})
	t.Cleanup(func() { close(over) })
	return func(context.Context) error { <-over; return nil }
}

// ends waits for a process that ends by itself.
func ends(t *testing.T, p *Process) error {
	t.Helper()
	ended := make(chan error, 1)
	signals := make(chan os.Signal, 1)
	go func() { ended <- p.Run(signals) }()
	select {
	case err := <-ended:
		return err
	case <-time.After(patience):
		signals <- syscall.SIGTERM
		t.Fatal("it runs, and should not")
		return nil
	}
}

func TestEndsWhenTheBoundIsOver(t *testing.T) {
	p, running := runs(t, stuck(t))
	p.Config.ShutdownTimeout = 50 * time.Millisecond
	signals := make(chan os.Signal, 2)
	go func() { <-running; signals <- syscall.SIGTERM }()
	if err := p.Run(signals); err == nil || !strings.Contains(err.Error(), "not finished after 50ms") {
		t.Errorf("error: %v", err)
	}
}

func TestEndsAtTheSecondSignal(t *testing.T) {
	p, running := runs(t, stuck(t))
	p.Config.ShutdownTimeout = time.Hour
	signals := make(chan os.Signal, 2)
	go func() { <-running; signals <- syscall.SIGTERM; signals <- os.Interrupt }()
	if err := p.Run(signals); err == nil || !strings.Contains(err.Error(), "second interrupt") {
		t.Errorf("error: %v", err)
	}
}

func TestEndsWithWhatTheWorkerFound(t *testing.T) {
	found := errors.New("an operator must decide")
	p, _ := runs(t, func(context.Context) error { return found })
	if err := ends(t, p); !errors.Is(err, found) {
		t.Errorf("error: %v", err)
	}
}

func TestSaysThatItIsStopping(t *testing.T) {
	p, running := runs(t, func(ctx context.Context) error { <-ctx.Done(); return nil })
	signals := make(chan os.Signal, 2)
	go func() { <-running; signals <- syscall.SIGTERM }()
	if err := p.Run(signals); err != nil {
		t.Fatal(err)
	}
	if err := p.health.ready(t.Context()); err == nil || err.Error() != "stopping" {
		t.Errorf("ready: %v", err)
	}
	if err := p.health.live(); err != nil {
		t.Errorf("live: %v", err)
	}
}

func TestClosesInReverseAndToTheEnd(t *testing.T) {
	var closed []string
	var open closers
	for _, name := range []string{"first", "second", "third"} {
		open.add(name, func(ctx context.Context) error {
			closed = append(closed, name)
			if _, bounded := ctx.Deadline(); !bounded {
				t.Errorf("%s: closing has no bound", name)
			}
			return errors.New("does not want to")
		})
	}
	open.close(time.Minute)
	if want := []string{"third", "second", "first"}; !slices.Equal(closed, want) {
		t.Errorf("closed %v, want %v", closed, want)
	}
}

func TestPortIsTaken(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	d := deploy(t, testbed.EmbeddedPair(t))
	p := &Process{Program: Consumer, Config: d.config(t, Consumer, nil, "--listen", taken.Addr().String())}
	if err := ends(t, p); err == nil || !strings.Contains(err.Error(), taken.Addr().String()) || !strings.Contains(err.Error(), "--listen") {
		t.Errorf("error: %v", err)
	}
}
