package stream

import (
	"context"
	"log/slog"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	"github.com/clvstream/clvstream/state"
)

var (
	activationEnlisted, _ = meter.Int64Counter("clvstream.activation.enlisted", metric.WithUnit("{customer}"),
		metric.WithDescription("Customers made due because another model came into force."))
	activationSeen, _ = meter.Int64Counter("clvstream.activation.seen", metric.WithUnit("{customer}"),
		metric.WithDescription("Customers that were looked through for those whom another model concerns."))
	activationWaiting, _ = meter.Int64Gauge("clvstream.activation.waiting", metric.WithUnit("{customer}"),
		metric.WithDescription("Customers of a lane whose value is still by another model than the one in force."))
)

const (
	// enlistPause lies between two pages of some hundred customers, so that a lane
	// takes a small part of Redis's time: 10 million customers take minutes.
	enlistPause = 20 * time.Millisecond
	// enlistPoll is how often a lane looks whether a model was activated.
	enlistPoll = time.Second
)

// enlist makes the customers of the lane's shards due whenever a model comes into
// force, until ctx is done. As with firing, it does not matter who does it.
func (r *relay) enlist(ctx context.Context) {
	config := &r.publisher.config
	enlister := config.Store.NewEnlister(r.shards, config.Awake.Valuation)
	defer enlister.Close()
	defer r.tellWaiting(context.WithoutCancel(ctx), 0) // whoever has the lane next tells what waits
	told := time.Time{}
	for attempt := 0; ctx.Err() == nil; {
		pause, err := r.enlistOnce(ctx, enlister, &told)
		if err != nil && ctx.Err() == nil {
			slog.WarnContext(ctx, "making customers due for another model is tried again", "lane", r.lane, "error", err)
			pause = backoff(attempt)
			attempt++
		} else {
			attempt = 0
		}
		wait(ctx, pause)
	}
}

// enlistOnce takes a step, and tells now and then what waits. It answers for how
// long to pause after it.
func (r *relay) enlistOnce(ctx context.Context, enlister *state.Enlister, told *time.Time) (pause time.Duration, err error) {
	did, err := enlister.Step(ctx)
	countEnlisted(ctx, did)
	if err == nil && time.Since(*told) >= enlistPoll {
		var waiting int64
		if waiting, err = enlister.Waiting(ctx); err == nil {
			*told = time.Now()
			r.tellWaiting(ctx, waiting)
		}
	}
	if did.More {
		return enlistPause, err
	}
	return max(enlistPoll, r.publisher.config.Awake.Pause), err
}

func (r *relay) tellWaiting(ctx context.Context, customers int64) {
	activationWaiting.Record(ctx, customers, metric.WithAttributes(attribute.Int("lane", int(r.lane))))
}

func countEnlisted(ctx context.Context, did state.Enlisted) {
	activationEnlisted.Add(ctx, did.Made)
	activationSeen.Add(ctx, did.Seen)
}
