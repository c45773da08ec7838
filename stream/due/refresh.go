package due

import (
	"context"
	"time"

	"github.com/clvstream/clvstream/state"
	"github.com/clvstream/clvstream/stream/cluster"
)

const (
	// refreshPoll is how often a lane asks whether its shards' values have to be counted anew.
	refreshPoll = time.Second
	// leastRefreshRate is how many customers a second a lane values at the least, so that a
	// new base waits minutes for its first figures of today: some 3 ms of each second.
	leastRefreshRate = 250
	// refreshShare is the part of the span in which all customers are gone through; a pass
	// begins so much before the span is over, and no value becomes older than it.
	refreshShare = 4
)

// Refresh has the statistics count what the customers of the lane's shards are worth by
// now, until ctx is done, or returns at once where nothing is counted anew. As with firing,
// it does not matter who does it. Its error is one that no retry heals.
//
// Now is stream time, the instant up to which due times fire: in a replay of the past it is
// the data's own. A pass waits while due times do, while stream time runs, and while an
// input has a backlog: then the customers' events are to come.
func (l *Lane) Refresh(ctx context.Context) error {
	config := &l.firing.config
	if !l.Fires() || config.Refresh == 0 || config.Valuation == nil {
		return nil
	}
	refresher := l.firing.store.NewRefresher(l.shards, config.Valuation)
	defer refresher.Close()
	defer l.tellAge(context.WithoutCancel(ctx), 0, 0) // the lane's next owner says it
	r := refreshing{lane: l, refresher: refresher, span: config.Refresh}
	return l.repeat(ctx, "count values anew", r.once, cluster.Wait)
}

// refreshing is a lane's passes.
type refreshing struct {
	lane      *Lane
	refresher *state.Refresher
	span      time.Duration
	pace      pace // of stream time
	customers int64
	countedAt time.Time // when they were
}

// once says how old the values are, takes a step, and returns after what pause to take the
// next.
func (r *refreshing) once(ctx context.Context) (pause time.Duration, err error) {
	l := r.lane
	if l.published.Load() == nil {
		return refreshPoll, nil
	}
	at, err := l.firing.config.inputsAt(ctx, l.firing.store)
	if err != nil || !at.known {
		return refreshPoll, err
	}
	oldest, err := r.refresher.OldestMicros(ctx)
	if err != nil {
		return refreshPoll, err
	}
	l.tellAge(ctx, oldest, at.micros)
	if waits, err := r.waits(ctx, &at); err != nil || waits {
		return refreshPoll, err
	}
	did, err := r.refresher.Step(ctx, at.micros-(r.span-r.span/refreshShare).Microseconds(), at.micros)
	countRefresh(ctx, did)
	if err != nil || did.Seen == 0 {
		return refreshPoll, err
	}
	return r.rest(ctx, did.Seen)
}

// waits says whether the lane has not come to the present: events of its customers, or due
// times, are to come.
func (r *refreshing) waits(ctx context.Context, at *inputs) (bool, error) {
	if r.pace.runs(at.micros, time.Now()) || at.backlog {
		return true, nil
	}
	next, err := r.lane.firing.store.Next(ctx, r.lane.shards)
	return len(r.lane.waiting(next, at.micros)) > 0, err
}

// rest is for how long to pause after so many customers: all of the lane's are gone
// through in a part of the span.
func (r *refreshing) rest(ctx context.Context, seen int64) (pause time.Duration, err error) {
	if time.Since(r.countedAt) > time.Minute {
		if r.customers, err = r.refresher.Customers(ctx); err != nil {
			return refreshPoll, err
		}
		r.countedAt = time.Now()
	}
	perSecond := max(leastRefreshRate, refreshShare*float64(r.customers)/r.span.Seconds())
	return time.Duration(float64(seen) / perSecond * float64(time.Second)), nil
}
