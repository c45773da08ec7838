package webhook

import (
	"context"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
)

var meter = otel.Meter("github.com/clvstream/clvstream/stream") // one scope for all of stream

var (
	tries, _ = meter.Int64Counter("clvstream.webhook.tries", metric.WithUnit("{try}"),
		metric.WithDescription("Tries to deliver a change to a webhook's receiver, by what came of them."))
	trySeconds, _ = meter.Float64Histogram("clvstream.webhook.try.duration", metric.WithUnit("s"),
		metric.WithDescription("From the beginning of a try to the end of its answer."),
		metric.WithExplicitBucketBoundaries(.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30))
	dead, _ = meter.Int64Counter("clvstream.webhook.dead", metric.WithUnit("{change}"),
		metric.WithDescription("Changes that a webhook's receiver did not take, written to the dead ones."))
	expired, _ = meter.Int64Counter("clvstream.webhook.expired", metric.WithUnit("{offset}"),
		metric.WithDescription("Offsets that the topic's retention took before a webhook had sent them."))
	lagRecords, _ = meter.Int64ObservableGauge("clvstream.webhook.lag.records", metric.WithUnit("{change}"),
		metric.WithDescription("Changes that a webhook has not finished, of the partitions of this process."))
	lagSeconds, _ = meter.Float64ObservableGauge("clvstream.webhook.lag", metric.WithUnit("s"),
		metric.WithDescription("Age of the oldest change that a webhook has read and not finished, else 0."))
	held, _ = meter.Int64ObservableGauge("clvstream.webhook.held", metric.WithUnit("{change}"),
		metric.WithDescription("Changes that a webhook has read and not finished."))
	pausedGauge, _ = meter.Int64ObservableGauge("clvstream.webhook.paused", metric.WithUnit("{webhook}"),
		metric.WithDescription("1 while a webhook's receiver takes nothing, else 0."))
	disabledGauge, _ = meter.Int64ObservableGauge("clvstream.webhook.disabled", metric.WithUnit("{webhook}"),
		metric.WithDescription("1 while a webhook is disabled, else 0."))
)

// counts are a webhook's counters.
type counts struct {
	own      metric.MeasurementOption
	outcomes map[Class]metric.MeasurementOption
}

// classes are all that a try or a dead change may have.
var classes = []Class{Delivered, Redirected, Refused, Gone, Throttled, Failed, Overloaded, TimedOut, Broken, Unreachable, Forbidden, Malformed}

func newCounts(name string) counts {
	webhook := attribute.String("webhook", name)
	c := counts{own: metric.WithAttributes(webhook), outcomes: map[Class]metric.MeasurementOption{}}
	for _, class := range classes {
		c.outcomes[class] = metric.WithAttributes(webhook, attribute.String("outcome", string(class)))
	}
	return c
}

func (c *counts) tried(o *Outcome) {
	tries.Add(context.Background(), 1, c.outcomes[o.Class])
	trySeconds.Record(context.Background(), o.Took.Seconds(), c.own)
}

func (c *counts) died(class Class) { dead.Add(context.Background(), 1, c.outcomes[class]) }

func (c *counts) expired(offsets int64) { expired.Add(context.Background(), offsets, c.own) }

// figures are what metrics show of a webhook.
type figures struct {
	unfinished, held int64
	oldest           time.Time // zero: none
	paused, disabled bool
}

func (d *Delivery) figures() (f figures) {
	d.do(func() {
		f.paused, f.disabled = d.gate.paused, d.gate.disabled
		for _, w := range d.windows {
			f.unfinished += w.unfinished()
			f.held += int64(w.count)
			if w.first != nil && (f.oldest.IsZero() || w.first.at.Before(f.oldest)) {
				f.oldest = w.first.at
			}
		}
	})
	return f
}

// observe reports all webhooks until it is undone.
func (s *Sender) observe() (undo func()) {
	registration, err := meter.RegisterCallback(func(_ context.Context, o metric.Observer) error {
		for _, d := range s.deliveries {
			f := d.figures()
			o.ObserveInt64(lagRecords, f.unfinished, d.counts.own)
			o.ObserveInt64(held, f.held, d.counts.own)
			age := 0.0
			if !f.oldest.IsZero() {
				age = max(0, time.Since(f.oldest).Seconds())
			}
			o.ObserveFloat64(lagSeconds, age, d.counts.own)
			o.ObserveInt64(pausedGauge, number(f.paused), d.counts.own)
			o.ObserveInt64(disabledGauge, number(f.disabled), d.counts.own)
		}
		return nil
	}, lagRecords, lagSeconds, held, pausedGauge, disabledGauge)
	if err != nil {
		return func() {}
	}
	return func() { _ = registration.Unregister() }
}

func number(is bool) int64 {
	if is {
		return 1
	}
	return 0
}
