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

// once takes a step, and returns after what pause to take the next.
func (r *refreshing) once(ctx context.Context) (pause time.Duration, err error) {
	now, ok, err := r.now(ctx)
	if err != nil || !ok {
		return refreshPoll, err
	}
	before := now - (r.span - r.span/refreshShare).Microseconds()
	did, err := r.refresher.Step(ctx, before, now)
	if err != nil {
		return refreshPoll, err
	}
	countRefresh(ctx, r.lane.id, did, now)
	if did.Seen == 0 {
		return refreshPoll, nil
	}
	return r.rest(ctx, did.Seen)
}

// now is as of when to value, µs; ok is false while the lane has not come to the present.
func (r *refreshing) now(ctx context.Context) (micros int64, ok bool, err error) {
	l := r.lane
	if l.published.Load() == nil {
		return 0, false, nil
	}
	at, err := l.firing.config.inputsAt(ctx, l.firing.store)
	if err != nil || !at.known || r.pace.runs(at.micros, time.Now()) || at.backlog {
		return 0, false, err
	}
	next, err := l.firing.store.Next(ctx, l.shards)
	return at.micros, err == nil && len(l.waiting(next, at.micros)) == 0, err
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
