package due

import (
	"cmp"
	"context"
	"slices"
	"sync/atomic"
	"time"

	"github.com/clvstream/clvstream/state"
	"github.com/clvstream/clvstream/stream/progress"
)

// Lane fires the due times of one lane's shards.
type Lane struct {
	firing    *Firing
	id        int32
	shards    []int
	published *atomic.Pointer[progress.Lane]
	firer     *state.Firer
	behind    atomic.Int64 // how long the earliest due time has been waiting, µs
	pace      pace
	aged      bool              // the age of the oldest value was told
	fired     map[int]time.Time // per shard, when it was fired last while stream time ran

	otherFired   <-chan struct{} // closed once another lane has fired; nil: not waited for
	waitingFor   int64           // the earliest due time of all shards that was waited for, µs
	waitingSince time.Time       // for how long it has been that
}

// Lane makes a lane of the publisher. published is what the lane has published or is
// about to; nil while that is not known.
func (f *Firing) Lane(id int32, shards []int, published *atomic.Pointer[progress.Lane]) *Lane {
	l := &Lane{firing: f, id: id, shards: shards, published: published, fired: map[int]time.Time{}}
	if f.config.fires() {
		l.firer = f.store.NewFirer(f.config.Valuation)
	}
	return l
}

// Fires says whether due times fire at all.
func (l *Lane) Fires() bool { return l.firer != nil }

// Behind is for how long the earliest due time has been waiting, in stream time.
func (l *Lane) Behind() time.Duration { return time.Duration(l.behind.Load()) * time.Microsecond }

// Fire fires what is due until ctx is done, or returns at once where nothing fires.
// Its error is one that no retry heals.
func (l *Lane) Fire(ctx context.Context) error {
	if !l.Fires() {
		return nil
	}
	return l.repeat(ctx, "fire due times", l.once, l.rest)
}

// rest pauses. A lane that waits for others goes on as soon as one of this publisher
// has fired.
func (l *Lane) rest(ctx context.Context, pause time.Duration) {
	ctx, cancel := context.WithTimeout(ctx, pause)
	defer cancel()
	select {
	case <-ctx.Done():
	case <-l.otherFired:
	}
}

// once fires a batch in each shard that has something due, and returns after what
// pause to ask again.
func (l *Lane) once(ctx context.Context) (pause time.Duration, err error) {
	pause, l.otherFired = l.firing.config.Pause, nil
	if l.published.Load() == nil {
		return pause, nil
	}
	at, err := l.firing.config.inputsAt(ctx, l.firing.store)
	if err != nil || !at.known {
		return pause, err
	}
	until, needed := at.micros, at.needed
	runs := l.pace.runs(until, time.Now())
	next, err := l.firing.store.Next(ctx, l.shards)
	if err != nil {
		return pause, err
	}
	waiting := l.waiting(next, until)
	l.behind.Store(0)
	if len(waiting) == 0 {
		return pause, nil
	}
	l.behind.Store(until - waiting[0].atMicros)
	if runs {
		return pause, l.fireRested(ctx, waiting, until, needed)
	}
	otherFired := l.firing.fired.next()
	if until, err = l.catchUpWindow(ctx, waiting[0].atMicros, until); err != nil {
		return pause, err
	}
	if waiting[0].atMicros > until {
		l.otherFired = otherFired
		return min(pause, otherLanesPoll), nil
	}
	for _, due := range waiting {
		if due.atMicros > until {
			break
		}
		customers, err := l.fire(ctx, due.shard, until, batchCustomers, needed)
		if err != nil {
			return pause, err
		}
		if customers > 0 {
			pause = 0
			l.firing.fired.give()
		}
	}
	return pause, nil
}

// fireRested fires the shards that were not fired for a while. While stream time runs, events
// fire the due times of their customers themselves, and each firing makes the commits of
// events read again whom it changed: so it is done seldom, and of many customers at once.
func (l *Lane) fireRested(ctx context.Context, waiting []dueShard, untilMicros int64, needed state.Applied) error {
	for _, due := range waiting {
		if time.Since(l.fired[due.shard]) < restRunning {
			continue
		}
		l.fired[due.shard] = time.Now()
		if _, err := l.fire(ctx, due.shard, untilMicros, batchRunning, needed); err != nil {
			return err
		}
	}
	return nil
}

// fire fires a batch in one shard, and waits until the rate allows for more.
func (l *Lane) fire(ctx context.Context, shard int, untilMicros int64, most int, needed state.Applied) (customers int, err error) {
	fired, err := l.fireOnce(ctx, shard, untilMicros, most, needed)
	if err != nil {
		return 0, err
	}
	countFired(ctx, fired)
	for left := fired.Customers; left > 0 && ctx.Err() == nil; left -= batchCustomers {
		_ = l.firing.rate.WaitN(ctx, min(left, batchCustomers)) // an error is that the lane ends
	}
	return fired.Customers, nil
}

// fireOnce fires a batch in one shard. A loser of a conflict retries at once: the winner has
// made progress.
func (l *Lane) fireOnce(ctx context.Context, shard int, untilMicros int64, most int, needed state.Applied) (fired state.Fired, err error) {
	const tries = 8
	for range tries {
		mustHave := l.published.Load().Applied(shard, l.firing.config.reads)
		for source, offset := range needed {
			mustHave[source] = max(mustHave[source], offset)
		}
		if fired, err = l.firer.Fire(ctx, shard, untilMicros, most, mustHave); err == nil || state.Judge(err) != state.Beaten {
			return fired, err
		}
		countFireConflict(ctx)
	}
	return state.Fired{}, nil
}

type dueShard struct {
	shard    int
	atMicros int64
}

// waiting are the shards with something due, the earliest first.
func (l *Lane) waiting(next []int64, untilMicros int64) []dueShard {
	var waiting []dueShard
	for i, at := range next {
		if at != 0 && at <= untilMicros {
			waiting = append(waiting, dueShard{l.shards[i], at})
		}
	}
	slices.SortFunc(waiting, func(a, b dueShard) int { return cmp.Compare(a.atMicros, b.atMicros) })
	return waiting
}
