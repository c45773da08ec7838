package stream

import (
	"cmp"
	"context"
	"log/slog"
	"slices"
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"

	"github.com/clvstream/clvstream/clv"
	"github.com/clvstream/clvstream/state"
)

// Awake says how a publisher's lanes fire due times.
type Awake struct {
	Mode      AwakeMode
	Topics    []string      // the input topics, whose event times count
	Grace     time.Duration // for how long due times wait for events that come late
	Valuation func() *clv.Valuation
	Rate      int           // customers a second that one publisher looks at, at most; 0: 20,000
	Pause     time.Duration // how often a lane with nothing due looks again; 0: 250 ms
}

func (a *Awake) reads(topic string) bool { return slices.Contains(a.Topics, topic) }

const (
	defaultAwakeRate = 20_000
	// wakeBatch is how many customers one transaction looks at: some milliseconds,
	// so that the commits of events find the shard free.
	wakeBatch        = 250
	defaultWakePause = 250 * time.Millisecond
)

// waker fires the due times of one lane's shards, the earliest first:
//
//	stream time ──► due index ──► Firer.Fire, a transaction a shard ──► outbox ──► relay
//
// Which publisher fires does not matter to what is fired, so a waker needs no
// fence: of two that meet at a shard one finds its work done.
type waker struct {
	publisher *Publisher
	lane      int32
	shards    []int
	published *atomic.Pointer[progress] // nil: not known yet
	firer     *state.Firer
	behind    atomic.Int64 // how long the earliest due time has been waiting, µs

	held      <-chan struct{} // closed once another lane has come further; nil: not waited for
	heldAt    int64           // the earliest due time of all shards that was waited for, µs
	heldSince time.Time       // for how long it has been that
}

func newWaker(r *relay) *waker {
	config := &r.publisher.config
	return &waker{
		publisher: r.publisher, lane: r.lane, shards: r.shards, published: &r.leaving,
		firer: config.Store.NewFirer(config.Awake.Valuation),
	}
}

// run fires until ctx is done. What fails is tried again: the lane's relay says
// whether the publisher is well.
func (w *waker) run(ctx context.Context) {
	for attempt := 0; ctx.Err() == nil; {
		pause, err := w.once(ctx)
		if err != nil && ctx.Err() == nil {
			slog.WarnContext(ctx, "firing due times is tried again", "lane", w.lane, "error", err)
			pause = backoff(attempt)
			attempt++
		} else {
			attempt = 0
		}
		w.rest(ctx, pause)
	}
}

// rest pauses. Who waits for the other lanes goes on as soon as one of this publisher
// has come further.
func (w *waker) rest(ctx context.Context, pause time.Duration) {
	ctx, cancel := context.WithTimeout(ctx, pause)
	defer cancel()
	select {
	case <-ctx.Done():
	case <-w.held:
	}
}

// once fires a batch in each shard that has something due, and returns after what
// pause to look again.
func (w *waker) once(ctx context.Context) (pause time.Duration, err error) {
	pause, w.held = orDefault(w.publisher.config.Awake.Pause, defaultWakePause), nil
	if w.published.Load() == nil {
		return pause, nil
	}
	until, ok, err := w.publisher.streamTime(ctx)
	if err != nil || !ok {
		return pause, err
	}
	next, err := w.publisher.config.Store.Next(ctx, w.shards)
	if err != nil {
		return pause, err
	}
	waiting := w.waiting(next, until)
	w.behind.Store(0)
	if len(waiting) == 0 {
		return pause, nil
	}
	w.behind.Store(until - waiting[0].atMicros)
	moved := w.publisher.advance.next()
	if until, err = w.abreast(ctx, waiting[0].atMicros, until); err != nil {
		return pause, err
	}
	if waiting[0].atMicros > until {
		w.held = moved
		return min(pause, heldPause), nil
	}
	for _, due := range waiting {
		if due.atMicros > until {
			break
		}
		fired, err := w.fire(ctx, due.shard, until)
		if err != nil {
			return pause, err
		}
		if fired.Customers > 0 {
			pause = 0
			w.publisher.advance.tell()
		}
		countFired(ctx, fired)
		if err := w.publisher.awakeRate.WaitN(ctx, min(fired.Customers, wakeBatch)); err != nil {
			return 0, nil //nolint:nilerr // the lane ends
		}
	}
	return pause, nil
}

// fire fires a batch in one shard. Who comes second goes again at once: whoever was
// first has gone on.
func (w *waker) fire(ctx context.Context, shard int, untilMicros int64) (fired state.Fired, err error) {
	const tries = 8
	for range tries {
		var done bool
		published := w.published.Load().applied(shard, w.publisher.config.Awake.reads)
		if fired, done, err = w.firer.Fire(ctx, shard, untilMicros, wakeBatch, published); done || err != nil {
			break
		}
		countFireConflict(ctx)
	}
	return fired, err
}

type dueShard struct {
	shard    int
	atMicros int64
}

// waiting are the shards with something due, the earliest first.
func (w *waker) waiting(next []int64, untilMicros int64) []dueShard {
	var waiting []dueShard
	for i, at := range next {
		if at != 0 && at <= untilMicros {
			waiting = append(waiting, dueShard{w.shards[i], at})
		}
	}
	slices.SortFunc(waiting, func(a, b dueShard) int { return cmp.Compare(a.atMicros, b.atMicros) })
	return waiting
}

// limiter lets lanes that were held up for a tenth of a second catch up on it: with less
// to spare, a busy machine would fire a tenth fewer than the rate.
func (a *Awake) limiter() *rate.Limiter {
	perSecond := orDefault(a.Rate, defaultAwakeRate)
	return rate.NewLimiter(rate.Limit(perSecond), max(wakeBatch, perSecond/10))
}
