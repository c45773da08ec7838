package due

import (
	"context"
	"log/slog"
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
	// modelPoll is how often a lane looks whether a model was activated.
	modelPoll = time.Second
)

// Revalue makes the customers of the lane's shards due whenever a model comes into
// force, until ctx is done, or returns at once where there is no valuation. As with
// firing, it does not matter who does it.
func (l *Lane) Revalue(ctx context.Context) {
	if l.firing.config.Valuation == nil {
		return
	}
	enlister := l.firing.store.NewEnlister(l.shards, l.firing.config.Valuation)
	defer enlister.Close()
	defer l.countWaiting(context.WithoutCancel(ctx), 0) // the lane's next owner counts what waits
	counted := time.Time{}
	for attempt := 0; ctx.Err() == nil; {
		pause, err := l.revalueOnce(ctx, enlister, &counted)
		if err != nil && ctx.Err() == nil {
			slog.WarnContext(ctx, "making customers due for another model is tried again", "lane", l.id, "error", err)
			pause = cluster.Backoff(attempt)
			attempt++
		} else {
			attempt = 0
		}
		cluster.Wait(ctx, pause)
	}
}

// revalueOnce takes a step, and counts now and then what waits. It answers for how
// long to pause after it.
func (l *Lane) revalueOnce(ctx context.Context, enlister *state.Enlister, counted *time.Time) (pause time.Duration, err error) {
	did, err := enlister.Step(ctx)
	countRevaluing(ctx, did)
	if err == nil && time.Since(*counted) >= modelPoll {
		var waiting int64
		if waiting, err = enlister.Waiting(ctx); err == nil {
			*counted = time.Now()
			l.countWaiting(ctx, waiting)
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
