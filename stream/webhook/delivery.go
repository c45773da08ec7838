package webhook

import (
	"context"
	"log/slog"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
	"golang.org/x/time/rate"

	"github.com/clvstream/clvstream/stream/cluster"
)

// Delivery is one webhook in one process. What it knows belongs to the goroutine of loop:
// others have it run functions there.
type Delivery struct {
	config   *Config
	webhook  Webhook
	endpoint *Endpoint
	plain    *kgo.Client // for dead changes and standings
	inbox    chan func()
	ended    chan struct{}
	counts   counts

	// Of the loop.
	standing Standing
	member   *member
	windows  map[cluster.Partition]*window
	queue    *queue
	gate     *gate
	limiter  *rate.Limiter
	status   Status
	metadata int // most bytes beside an offset
	turned   time.Time

	committing chan struct{} // holds a token while nobody commits
}

// metadataBytes is what a broker takes beside an offset by default (offset.metadata.max.bytes),
// with some room.
const metadataBytes = 4000

func newDelivery(config *Config, webhook Webhook, plain *kgo.Client, standing Standing) (*Delivery, error) {
	endpoint, err := newEndpoint(&webhook, config.UserAgent)
	if err != nil {
		return nil, err
	}
	limit := rate.Inf
	if webhook.RatePerSecond > 0 {
		limit = rate.Limit(webhook.RatePerSecond)
	}
	d := &Delivery{
		config: config, webhook: webhook, endpoint: endpoint, plain: plain, standing: standing,
		inbox: make(chan func(), webhook.InFlight), ended: make(chan struct{}), counts: newCounts(webhook.Name),
		windows: map[cluster.Partition]*window{}, queue: newQueue(), gate: newGate(webhook.InFlight, config.pauses),
		limiter: rate.NewLimiter(limit, max(1, webhook.RatePerSecond/10)), metadata: metadataBytes,
		turned: time.Now(), committing: make(chan struct{}, 1),
	}
	d.gate.disabled = standing.Disabled
	d.committing <- struct{}{}
	return d, nil
}

// topics are what a webhook reads: its changes, and those that are to be sent once more.
func (d *Delivery) topics() []string {
	return []string{d.webhook.Source, ReplayTopic(d.config.Namespace, d.webhook.Name)}
}

// run takes part in the webhook's group until ctx is done. Requests under way are waited for.
func (d *Delivery) run(ctx context.Context) error {
	working, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	m, err := d.join(working)
	if err != nil {
		close(d.ended)
		return err
	}
	d.member = m
	over := make(chan struct{})
	go func() {
		defer close(over)
		d.loop(working)
	}()
	go d.commitOften(working, m)
	go d.watchEnds(working, m)
	d.poll(ctx, m)
	m.client.CloseAllowingRebalance() // gives the partitions up
	stop()
	<-over
	d.endpoint.Close()
	return nil
}

// loop runs what others ask for, and sends what may be sent.
func (d *Delivery) loop(ctx context.Context) {
	defer close(d.ended)
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for {
		timer.Reset(d.turn(ctx, time.Now()))
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		case f := <-d.inbox:
			f()
			d.runWaiting()
		}
	}
}

// runWaiting runs what is asked for already.
func (d *Delivery) runWaiting() {
	for range cap(d.inbox) {
		select {
		case f := <-d.inbox:
			f()
		default:
			return
		}
	}
}

// post has the loop run something; after its end nothing.
func (d *Delivery) post(f func()) {
	select {
	case d.inbox <- f:
	case <-d.ended:
	}
}

// do has the loop run something, and waits for it.
func (d *Delivery) do(f func()) {
	done := make(chan struct{})
	d.post(func() {
		defer close(done)
		f()
	})
	select {
	case <-done:
	case <-d.ended:
	}
}

const (
	longestTurn = 5 * time.Second        // after which the loop turns without a reason
	leasePause  = 100 * time.Millisecond // until the group is asked again whether we live
)

// turn sends what may be sent now, and says how long to wait for the next turn.
func (d *Delivery) turn(ctx context.Context, now time.Time) (wait time.Duration) {
	d.turned = now
	wait = longestTurn
	sooner := func(at time.Time) {
		if !at.IsZero() {
			wait = min(wait, max(time.Millisecond, at.Sub(now)))
		}
	}
	sooner(d.queue.wake(now))
	for !d.queue.idle() {
		ok, again := d.gate.admits(now)
		if !ok {
			sooner(again)
			break
		}
		if !d.member.lease.holds() {
			sooner(now.Add(leasePause))
			break
		}
		if due := d.reserve(now); due > 0 {
			sooner(now.Add(due))
			break
		}
		d.launch(ctx, d.queue.take(d.gate.paused))
	}
	d.pace()
	return wait
}

// reserve takes a place within the rate, or says in how long there will be one.
func (d *Delivery) reserve(now time.Time) time.Duration {
	place := d.limiter.ReserveN(now, 1)
	due := place.DelayFrom(now)
	if due > 0 {
		place.CancelAt(now)
	}
	return due
}

// launch sends a change.
func (d *Delivery) launch(ctx context.Context, it *item) {
	ctx, cancel := context.WithCancel(ctx)
	it.cancel = cancel
	it.state = flying
	it.window.flying++
	d.gate.begin(it)
	go func() {
		outcome := d.endpoint.Send(ctx, &it.message)
		cancel()
		d.post(func() { d.landed(it, &outcome) })
	}()
}

// pace stops and resumes the fetching of partitions by what is unfinished of them.
func (d *Delivery) pace() {
	for at, w := range d.windows {
		stop := d.gate.disabled || w.full() || w.paused && !w.roomy()
		if stop == w.paused || w.retired {
			continue
		}
		w.paused = stop
		partition := map[string][]int32{at.Topic: {at.ID}}
		if stop {
			d.member.client.PauseFetchPartitions(partition)
		} else {
			d.member.client.ResumeFetchPartitions(partition)
		}
	}
}

// stand takes another standing.
func (d *Delivery) stand(ctx context.Context, s Standing) {
	was := d.gate.disabled
	d.standing, d.gate.disabled = s, s.Disabled
	if was && !s.Disabled {
		d.gate.reopen()
		d.status = Status{}
		slog.InfoContext(ctx, "a webhook is enabled", "webhook", d.webhook.Name)
	} else if s.Disabled && !was {
		slog.WarnContext(ctx, "a webhook is disabled", "webhook", d.webhook.Name, "reason", s.Reason)
	}
	for at, w := range d.windows {
		d.skip(w, s.begin(at))
	}
}

// skip drops what is unfinished before an offset. What is under way is dropped with its answer.
func (d *Delivery) skip(w *window, begin int64) {
	w.begin = max(w.begin, begin)
	for it := w.first; it != nil && it.offset < w.begin; {
		after := it.after
		if it.state != flying && it.state != burying {
			d.finish(it)
		}
		it = after
	}
}
