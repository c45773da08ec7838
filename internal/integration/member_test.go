package integration

import (
	"context"
	"testing"

	"github.com/clvstream/clvstream/internal/assembly"
	"github.com/clvstream/clvstream/internal/config"
	"github.com/clvstream/clvstream/internal/process"
	"github.com/clvstream/clvstream/state"
)

// member is a consumer or a publisher that runs in this process, with a store
// and connections of its own.
type member struct {
	worker process.Worker
	cancel context.CancelFunc
	ended  chan struct{}
	err    error // once ended
}

func (d *deployment) consume(t *testing.T, more ...string) *member {
	t.Helper()
	return d.start(t, d.load(t, more...), func(ctx context.Context, cfg config.Config, store *state.Store) (process.Worker, error) {
		return assembly.Consumer(ctx, cfg, store)
	})
}

func (d *deployment) publish(t *testing.T, more ...string) *member {
	t.Helper()
	return d.start(t, d.load(t, more...), func(ctx context.Context, cfg config.Config, store *state.Store) (process.Worker, error) {
		return assembly.Publisher(ctx, cfg, store)
	})
}

// start runs a worker until it is stopped, at the latest with the test.
func (d *deployment) start(t *testing.T, cfg config.Config, open func(context.Context, config.Config, *state.Store) (process.Worker, error)) *member {
	t.Helper()
	client := must(assembly.Redis(cfg))(t)
	store := must(assembly.Store(t.Context(), cfg, client))(t)
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	m := &member{worker: must(open(ctx, cfg, store))(t), cancel: cancel, ended: make(chan struct{})}
	go func() {
		defer close(m.ended)
		m.err = m.worker.Run(ctx)
	}()
	t.Cleanup(func() {
		m.cancel()
		<-m.ended
		_ = client.Close()
	})
	return m
}

// stop ends the member in order.
func (m *member) stop(t *testing.T) {
	t.Helper()
	m.cancel()
	<-m.ended
	if m.err != nil {
		t.Fatal(m.err)
	}
}

// ready waits until the member says that it works.
func (m *member) ready(t *testing.T) {
	t.Helper()
	eventually(t, "readiness", func() bool { return m.worker.Ready(t.Context()) == nil })
}

// refusal waits until the member ends by itself and gives the error.
func (m *member) refusal(t *testing.T) error {
	t.Helper()
	eventually(t, "the end of the member", func() bool {
		select {
		case <-m.ended:
			return true
		default:
			return false
		}
	})
	if m.err == nil {
		t.Fatal("it ended without an error")
	}
	return m.err
}
