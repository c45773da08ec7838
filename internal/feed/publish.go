package feed

import (
	"context"
	"iter"
	"time"

	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/clv/money"
	"github.com/clvstream/clvstream/stream/cluster"
)

// Event is an event and the currency of its amounts.
type Event struct {
	history.Event
	Currency money.Currency
}

// Pace is how fast events are sent. The zero Pace is as fast as it goes.
type Pace struct {
	PerSecond float64 // 0: no limit
	Each      bool    // each event when it comes, and not when some are together
}

// Publish sends events until ctx is done, and says how many the brokers have; published
// gets that number along the way.
func Publish(ctx context.Context, client cluster.Access, topics []string, events iter.Seq[Event], pace Pace, published func(int64)) (int64, error) {
	f, err := New(client, topics)
	if err != nil {
		return 0, err
	}
	defer f.Close() // what was flushed is with the brokers
	rate := rate{perSecond: pace.PerSecond, began: time.Now()}
	for e := range events {
		if err := f.Add(ctx, &e.Event, e.Currency); err != nil {
			return f.Sent(), err
		}
		early := rate.early()
		if pace.Each || early {
			if err := f.Flush(ctx); err != nil {
				return f.Sent(), err
			}
		}
		published(f.Sent())
		if early {
			if sleepUntil(ctx, rate.due()); ctx.Err() != nil {
				break
			}
		}
	}
	err = f.Flush(context.WithoutCancel(ctx))
	published(f.Sent())
	return f.Sent(), err
}

// rate is held over the whole time, so that a pause is made up for.
type rate struct {
	perSecond float64
	began     time.Time
	given     int64
}

// early counts one more and says whether it is too soon for the next.
func (r *rate) early() bool {
	r.given++
	return r.perSecond > 0 && time.Until(r.due()) > time.Millisecond
}

func (r *rate) due() time.Time {
	return r.began.Add(time.Duration(float64(r.given) / r.perSecond * float64(time.Second)))
}

func sleepUntil(ctx context.Context, at time.Time) {
	timer := time.NewTimer(time.Until(at))
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}
