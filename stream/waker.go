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
	// wakeWindow is how far shards may be apart in what they catch up on after an
	// absence.
	wakeWindow = 24 * time.Hour
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
		looked, err := w.once(ctx)
		switch {
		case err != nil && ctx.Err() == nil:
			slog.WarnContext(ctx, "firing due times is tried again", "lane", w.lane, "error", err)
			wait(ctx, backoff(attempt))
			attempt++
		case looked == 0:
			wait(ctx, orDefault(w.publisher.config.Awake.Pause, defaultWakePause))
			attempt = 0
		default:
			attempt = 0
		}
	}
}

// once fires a batch in each shard that has something due, and returns how many
// customers were looked at.
func (w *waker) once(ctx context.Context) (looked int, err error) {
	if w.published.Load() == nil {
		return 0, nil
	}
	until, ok, err := w.publisher.streamTime(ctx)
	if err != nil || !ok {
		return 0, err
	}
	next, err := w.publisher.config.Store.Next(ctx, w.shards)
	if err != nil {
		return 0, err
	}
	waiting := w.waiting(next, until)
	w.behind.Store(0)
	if len(waiting) == 0 {
		return 0, nil
	}
	earliest := waiting[0].atMicros
	w.behind.Store(until - earliest)
	until = min(until, earliest+wakeWindow.Microseconds())
	for _, due := range waiting {
		fired, err := w.fire(ctx, due.shard, until)
		if err != nil {
			return looked, err
		}
		looked += fired.Customers
		countFired(ctx, fired)
		if err := w.publisher.awakeRate.WaitN(ctx, min(fired.Customers, wakeBatch)); err != nil {
			return looked, nil //nolint:nilerr // the lane ends
		}
	}
	return looked, nil
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

func (a *Awake) limiter() *rate.Limiter {
	perSecond := orDefault(a.Rate, defaultAwakeRate)
	return rate.NewLimiter(rate.Limit(perSecond), max(wakeBatch, perSecond/10))
}
