package webhook

import (
	"context"
	"log/slog"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/clvstream/clvstream/stream/cluster"
)

// take puts what was read of a partition into its window.
func (d *Delivery) take(p kgo.FetchTopicPartition) {
	w := d.windows[cluster.Partition{Topic: p.Topic, ID: p.Partition}]
	if w == nil || w.retired {
		return
	}
	if gone := p.LogStartOffset - w.next; gone > 0 {
		d.missed(w, gone)
	}
	w.end = max(w.end, p.LastStableOffset)
	for _, record := range p.Records {
		if record.Offset < w.next {
			continue
		}
		w.next = record.Offset + 1
		if record.Attrs.IsControl() || record.Offset < w.begin {
			continue
		}
		finished, before := w.done.of(record.Offset)
		if finished {
			w.high = max(w.high, w.next)
			continue
		}
		d.accept(w, record, before)
	}
}

// missed notes what retention took before it was read.
func (d *Delivery) missed(w *window, offsets int64) {
	w.next += offsets
	d.counts.expired(offsets)
	slog.Error("the topic no longer has changes that a webhook has not sent: its retention is shorter than the receiver was away",
		"webhook", d.webhook.Name, "topic", w.partition.Topic, "partition", w.partition.ID, "offsets", offsets)
}

// accept queues a change. before is what an earlier process knew of it.
func (d *Delivery) accept(w *window, record *kgo.Record, before run) {
	it := newItem(record)
	if before.tries > 0 {
		it.tries, it.failures, it.due = before.tries, before.tries, before.due
	}
	w.add(it)
	d.queue.add(it)
	message, err := MessageOf(record)
	if err != nil {
		it.last = Outcome{Class: Malformed, Err: err}
		it.state = burying // whoever comes after it waits for that
		d.bury(it)
		return
	}
	message.Data = it.message.Data
	it.message = message
}

// newItem copies a record: its memory is that of all that was fetched with it.
func newItem(record *kgo.Record) *item {
	size := len(record.Key) + len(record.Value)
	for _, h := range record.Headers {
		size += len(h.Value)
	}
	memory := make([]byte, 0, size)
	keep := func(b []byte) []byte {
		if b == nil {
			return nil
		}
		at := len(memory)
		memory = append(memory, b...)
		return memory[at:len(memory):len(memory)]
	}
	it := &item{customer: string(record.Key), offset: record.Offset, at: record.Timestamp, size: size + itemBytes}
	it.message.Data = keep(record.Value)
	for _, h := range record.Headers {
		it.headers = append(it.headers, kgo.RecordHeader{Key: h.Key, Value: keep(h.Value)})
	}
	return it
}

// itemBytes is what an unfinished change takes beside its record: itself, its headers, its
// strings and its place in the queue.
const itemBytes = 1024

// landed takes what came of a try.
func (d *Delivery) landed(it *item, o *Outcome) {
	now := time.Now()
	defer it.window.land()
	d.gate.flying--
	if o.Class == interrupted { // its partition was given up
		d.drop(it)
		return
	}
	d.counts.tried(o)
	if o.Class == Delivered {
		d.finish(it)
		for _, other := range d.gate.took(it) {
			d.blamed(other)
		}
		if d.status.Paused {
			d.status.Paused = false
			slog.Info("a webhook's receiver takes changes again", "webhook", d.webhook.Name)
		}
		return
	}
	d.status.Class, d.status.At, it.last = o.Class, now, *o
	if o.Class == Gone {
		d.gone(it)
		return
	}
	d.failed(it, o, now)
}

// failed decides when a change is tried again.
func (d *Delivery) failed(it *item, o *Outcome, now time.Time) {
	verdict, others := d.gate.blame(it, o, now)
	if d.gate.paused && !d.status.Paused {
		slog.Warn("a webhook's receiver takes nothing: it is paused, and asked now and then", "webhook", d.webhook.Name, "class", string(o.Class), "status", o.Status)
	}
	d.status.Paused = d.gate.paused
	for _, other := range others {
		if other.failures = other.tries; other.state == waiting {
			d.queue.recall(other)
		}
	}
	switch {
	case it.window.retired:
		d.drop(it)
	case it.offset < it.window.begin:
		d.finish(it)
	case verdict == forgiven:
		it.failures = it.tries
		d.queue.recall(it)
	case it.tries >= d.webhook.Schedule.tries():
		d.bury(it)
	default:
		it.failures++
		it.failedAt = now
		d.queue.postpone(it, now.Add(max(d.webhook.Schedule.wait(it.failures), o.RetryAfter)))
	}
}

// blamed counts a failure against its change, since the receiver has taken another.
func (d *Delivery) blamed(it *item) {
	if it.state == over || it.state == burying {
		return
	}
	it.tries++
	it.failures = it.tries
	switch {
	case it.state == flying: // its answer decides
	case it.tries >= d.webhook.Schedule.tries():
		d.bury(it)
	case it.state == waiting:
		if due := it.failedAt.Add(d.webhook.Schedule.wait(it.tries)); due.Before(it.due) {
			d.queue.postpone(it, due)
		}
	}
}

// gone disables the webhook: the receiver wants nothing more.
func (d *Delivery) gone(it *item) {
	if it.window.retired {
		d.drop(it)
	} else {
		d.queue.recall(it) // it is sent again when the webhook is enabled again
	}
	if d.gate.disabled {
		return
	}
	s := d.standing
	s.Disabled, s.Reason, s.Since = true, ReasonGone, time.Now().UTC()
	d.stand(context.Background(), s)
	go d.keepStanding(s)
}

// keepStanding writes a standing until it is written, or the process ends: then the next try is
// answered with 410 again.
func (d *Delivery) keepStanding(s Standing) {
	for attempt := 0; ; attempt++ {
		ctx, cancel := context.WithTimeout(context.Background(), writeTimeout)
		err := WriteStanding(ctx, d.plain, d.config.Namespace, d.webhook.Name, s)
		cancel()
		if err == nil {
			return
		}
		slog.Warn("that a webhook is disabled could not be kept; it is tried again", "webhook", d.webhook.Name, "error", err)
		select {
		case <-d.ended:
			return
		case <-time.After(cluster.Backoff(attempt)):
		}
	}
}

// finish takes a change out of everything. Its customer's next may be sent.
func (d *Delivery) finish(it *item) {
	it.window.finish(it)
	d.gate.forget(it)
	d.queue.finished(it)
}

// drop leaves a change unfinished and sends it no more: its partition is given up.
func (d *Delivery) drop(it *item) {
	it.state = over
	d.gate.forget(it)
	d.queue.finished(it)
}
