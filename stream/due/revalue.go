package due

import (
	"context"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	"github.com/clvstream/clvstream/state"
	"github.com/clvstream/clvstream/stream/cluster"
)

const (
	// pagePause lies between two pages of some hundred customers, so that a lane
	// takes a small part of Redis's time: 10 million customers take minutes.
	pagePause = 20 * time.Millisecond
	// modelPoll is how often a lane asks whether a model was activated.
	modelPoll = time.Second
)

// Revalue makes the customers of the lane's shards due whenever a model comes into
// force, until ctx is done, or returns at once where there is no valuation. As with
// firing, it does not matter who does it. Its error is one that no retry heals.
func (l *Lane) Revalue(ctx context.Context) error {
	if l.firing.config.Valuation == nil {
		return nil
	}
	rollout := l.firing.store.NewRollout(l.shards, l.firing.config.Valuation)
	defer rollout.Close()
	defer func() { // the lane's next owner counts what waits
		ctx := context.WithoutCancel(ctx)
		l.countWaiting(ctx, 0)
		unmatchedWaiting.Record(ctx, 0, metric.WithAttributes(attribute.Int("lane", int(l.id))))
	}()
	counted := time.Time{}
	return l.repeat(ctx, "make customers due for another model", func(ctx context.Context) (time.Duration, error) {
		return l.revalueOnce(ctx, rollout, &counted)
	}, cluster.Wait)
}

// revalueOnce takes a step, and counts now and then what waits. It answers for how
// long to pause after it.
func (l *Lane) revalueOnce(ctx context.Context, rollout *state.Rollout, counted *time.Time) (pause time.Duration, err error) {
	did, err := rollout.Step(ctx)
	countRevaluing(ctx, did)
	if err == nil && time.Since(*counted) >= modelPoll {
		var waiting, unmatched int64
		if waiting, err = rollout.Waiting(ctx); err == nil {
			unmatched, err = l.firing.store.Unmatched(ctx, l.shards)
		}
		if err == nil {
			*counted = time.Now()
			l.countWaiting(ctx, waiting)
			unmatchedWaiting.Record(ctx, unmatched, metric.WithAttributes(attribute.Int("lane", int(l.id))))
		}
	}
	if did.More {
		return pagePause, err
	}
	return max(modelPoll, l.firing.config.Pause), err
}

func (l *Lane) countWaiting(ctx context.Context, customers int64) {
	activationWaiting.Record(ctx, customers, metric.WithAttributes(attribute.Int("lane", int(l.id))))
}
