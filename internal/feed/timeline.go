package feed

import (
	"context"
	"iter"
	"time"

	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/clv/money"
)

// Timeline lays simulated time beside real time: a history of some days, and then, where
// days are live, those that take DaySeconds each and end now, so that no event lies in
// the future.
type Timeline struct {
	Days       int
	DaySeconds float64 // 0: nothing is live
	LiveFor    time.Duration
	Now        time.Time
}

const day = 24 * time.Hour

// LiveFrom is when the live days begin, in simulated time.
func (t Timeline) LiveFrom() time.Time {
	if t.DaySeconds == 0 {
		return t.Now
	}
	return t.Now.Add(-time.Duration(t.LiveFor.Seconds() / t.DaySeconds * float64(day)))
}

// Start is when the history begins.
func (t Timeline) Start() time.Time { return t.LiveFrom().Add(-time.Duration(t.Days) * day) }

// Split parts the events of the history, with amounts in a currency, from the live ones. They
// come in the order of time.
func (t Timeline) Split(events iter.Seq[history.Event], currency money.Currency) (history, live iter.Seq[Event]) {
	border := t.LiveFrom().UnixMicro()
	part := func(isLive bool) iter.Seq[Event] {
		return func(yield func(Event) bool) {
			for e := range events {
				switch live := e.AtMicros >= border; {
				case live && !isLive: // the rest may be years
					return
				case live == isLive && !yield(Event{e, currency}):
					return
				}
			}
		}
	}
	return part(false), part(true)
}

// Paced yields each live event when its time has come, on a clock that starts now, until
// ctx is done.
func (t Timeline) Paced(ctx context.Context, live iter.Seq[Event]) iter.Seq[Event] {
	return func(yield func(Event) bool) {
		began, from := time.Now(), t.LiveFrom()
		for e := range live {
			passed := time.UnixMicro(e.AtMicros).Sub(from)
			sleepUntil(ctx, began.Add(time.Duration(passed.Hours()/24*t.DaySeconds*float64(time.Second))))
			if ctx.Err() != nil || !yield(e) {
				return
			}
		}
	}
}
