package cluster

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
)

// Waits between tries grow from firstBackoff by doubling to lastBackoff; half of
// each is random, so that the partitions of a lost broker do not come back at once.
const (
	firstBackoff = 50 * time.Millisecond
	lastBackoff  = 5 * time.Second
)

// Backoff is how long to wait before the try that follows attempt, which counts from
// 0: 25 ms to 5 s.
func Backoff(attempt int) time.Duration {
	wait := lastBackoff
	if attempt < 7 {
		wait = min(firstBackoff<<attempt, lastBackoff)
	}
	return wait/2 + rand.N(wait/2)
}

// Wait returns after a pause or when ctx is done.
func Wait(ctx context.Context, pause time.Duration) {
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}

// Outlive is a context for what is under way when ctx ends: it ends a while after
// it.
func Outlive(ctx context.Context, grace time.Duration) (context.Context, context.CancelFunc) {
	longer, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() { time.AfterFunc(grace, cancel) })
	return longer, func() { stop(); cancel() }
}

// startTimeout is how long a program waits at its start until a broker answers.
const startTimeout = 30 * time.Second

// Patiently asks until the cluster gives an answer that stays: while it elects
// leaders, after its start or a broker's end, it refuses for a moment. That a topic
// does not exist stays.
func Patiently(ctx context.Context, ask func(context.Context) error) (err error) {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	for attempt := 0; ; attempt++ {
		refused := err
		if err = ask(ctx); refused != nil && ctx.Err() != nil {
			return refused // that time is over is the least telling of all errors
		}
		if err == nil || ctx.Err() != nil || !Passing(err) || errors.Is(err, kerr.UnknownTopicOrPartition) {
			return err
		}
		if refused == nil {
			slog.WarnContext(ctx, "the request to the cluster is retried", "trying_for", startTimeout.String(), "error", err)
		}
		Wait(ctx, Backoff(attempt))
	}
}
