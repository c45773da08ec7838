package state

import (
	"context"
	"math/rand/v2"
	"time"
)

// Waits between tries: short enough that a failover is found at once, long
// enough that a dead Redis is not hammered.
const (
	firstWait = 10 * time.Millisecond
	longWait  = 2 * time.Second
)

// backoff waits longer after each failure in a row, with jitter, so that claims
// do not all come back at once.
type backoff struct{ next time.Duration }

func (b *backoff) reset() { b.next = 0 }

func (b *backoff) sleep(ctx context.Context) {
	b.next = min(max(2*b.next, firstWait), longWait)
	timer := time.NewTimer(b.next/2 + rand.N(b.next/2+1))
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}
