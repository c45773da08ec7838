package process

import (
	"context"
	"errors"
	"sync"
)

// health is what the probes are told: the phase that the process is in, or what
// its worker says.
type health struct {
	mu     sync.Mutex
	phase  string // empty while the worker runs
	worker Worker
}

// enter begins a phase in which no work is done.
func (h *health) enter(phase string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.phase = phase
}

// serve begins the phase in which the worker answers for itself.
func (h *health) serve(worker Worker) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.phase, h.worker = "", worker
}

func (h *health) now() (phase string, worker Worker) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.phase, h.worker
}

// ready says why there is no work done, nil when there is.
func (h *health) ready(ctx context.Context) error {
	phase, worker := h.now()
	if phase != "" {
		return errors.New(phase)
	}
	return worker.Ready(ctx)
}

// live says which loop does not turn. Starting and stopping are bounded by
// timeouts of their own, so there is none to watch.
func (h *health) live() error {
	phase, worker := h.now()
	if phase != "" {
		return nil
	}
	return worker.Live()
}
