package feed

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"iter"
	"slices"
	"time"

	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/clv/money"
	"github.com/clvstream/clvstream/internal/dataset"
	"github.com/clvstream/clvstream/stream/cluster"
)

// Event is an event and the currency of its amounts.
type Event struct {
	history.Event
	Currency money.Currency
}

// File is a file's events; amounts that name no currency are in the business's. Refused
// rows are reported and passed over. What ends the file early is left in failed.
func File(reader *dataset.Reader, business money.Currency, report io.Writer, failed *error) iter.Seq[Event] {
	return func(yield func(Event) bool) {
		for row, err := range reader.Rows() {
			switch {
			case dataset.IsRefusal(err):
				fmt.Fprintln(report, err)
				continue
			case err != nil:
				*failed = err
				return
			}
			currency := row.Currency
			if currency == (money.Currency{}) {
				currency = business
			}
			if !yield(Event{row.Event, currency}) {
				return
			}
		}
	}
}

// ByTime is events in the order of their times, those of one time as they come. It holds all
// of them in memory: some 300 bytes each.
func ByTime(events iter.Seq[Event]) iter.Seq[Event] {
	return func(yield func(Event) bool) {
		sorted := slices.SortedStableFunc(events, func(a, b Event) int { return cmp.Compare(a.AtMicros, b.AtMicros) })
		slices.Values(sorted)(yield)
	}
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
