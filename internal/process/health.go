package process

import (
	"context"
	"errors"
	"sync"
	"time"

	"go.opentelemetry.io/otel/metric"
)

// askWithin bounds how long a scrape waits for the answer of /readyz.
const askWithin = time.Second

// health is the answer to probes: the phase that the process is in, or what
// its worker says.
type health struct {
	mu       sync.Mutex
	phase    string // while no worker runs
	worker   Worker
	stopping bool
}

// enter begins a phase of the start.
func (h *health) enter(phase string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.phase = phase
}

// serve begins the time in which the worker answers for itself.
func (h *health) serve(worker Worker) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.worker = worker
}

// stop begins the last phase.
func (h *health) stop() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.stopping = true
}

// now is the worker that answers for itself, or the phase that the process is in.
func (h *health) now() (worker Worker, phase string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	switch {
	case h.stopping:
		return nil, "stopping"
	case h.worker == nil:
		return nil, "starting: " + h.phase
	}
	return h.worker, ""
}

// ready says why no work can be done, nil when it can.
func (h *health) ready(ctx context.Context) error {
	worker, phase := h.now()
	if worker == nil {
		return errors.New(phase)
	}
	return worker.Ready(ctx)
}

// observe reports whether the process is ready, as probes see it, until it is undone.
func (h *health) observe() (undo func()) {
	registration, err := meter.RegisterCallback(func(ctx context.Context, o metric.Observer) error {
		ctx, cancel := context.WithTimeout(ctx, askWithin)
		defer cancel()
		ready := int64(1)
		if h.ready(ctx) != nil {
			ready = 0
		}
		o.ObserveInt64(readiness, ready)
		return nil
	}, readiness)
	if err != nil {
		return func() {}
	}
	return func() { _ = registration.Unregister() }
}

// live says which loop does not turn. Starting and stopping are bounded by
// timeouts of their own, so there is none to watch.
func (h *health) live() error {
	worker, _ := h.now()
	if worker == nil {
		return nil
	}
	return worker.Live()
}
