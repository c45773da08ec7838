package webhook

import (
	"context"
	"log/slog"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/clvstream/clvstream/stream/cluster"
)

// assign begins with the partitions that the group gives, each where it was left.
func (d *Delivery) assign(m *member, given map[string]map[int32]kgo.Offset) map[string]map[int32]kgo.Offset {
	d.do(func() {
		for topic, partitions := range given {
			for id := range partitions {
				at := cluster.Partition{Topic: topic, ID: id}
				if w := d.windows[at]; w != nil { // the group began anew before it gave this up
					d.retire(w, true)
					delete(d.windows, at)
				}
				p := m.start(at, d.standing)
				w := newWindow(at, p)
				w.begin = d.standing.begin(at)
				d.windows[at] = w
				if d.status.Class == "" {
					d.status = p.status
				}
				partitions[id] = kgo.NewOffset().At(p.offset)
			}
		}
	})
	return given
}

// retire sends nothing more of a partition. What is under way is waited for or, at once, given up.
func (d *Delivery) retire(w *window, atOnce bool) (drained <-chan struct{}) {
	if !w.retired {
		w.retired, w.drained = true, make(chan struct{})
		for it := w.first; it != nil; it = it.after {
			if it.state != flying && it.state != burying {
				d.drop(it)
			}
		}
	}
	if atOnce {
		for it := w.first; it != nil; it = it.after {
			if it.state == flying {
				it.cancel()
			}
		}
	}
	if w.paused {
		w.paused = false
		d.member.client.ResumeFetchPartitions(map[string][]int32{w.partition.Topic: {w.partition.ID}})
	}
	drained = w.drained
	w.drain()
	return drained
}

// giveUp ends the work on partitions that the group takes: their next owner may not send a
// customer's next change while ours is under way.
func (d *Delivery) giveUp(ctx context.Context, m *member, taken map[string][]int32) {
	var windows []*window
	var drained []<-chan struct{}
	d.do(func() {
		for _, w := range d.owned(taken) {
			windows = append(windows, w)
			drained = append(drained, d.retire(w, false))
		}
	})
	grace := time.NewTimer(d.config.Grace)
	defer grace.Stop()
	for _, one := range drained {
		if one == nil {
			continue
		}
		select {
		case <-one:
		case <-grace.C:
			d.do(func() {
				for _, w := range windows {
					d.retire(w, true)
				}
			})
			<-one // requests end at once
		case <-d.ended:
		}
	}
	d.commit(ctx, m, windows)
}

// lose drops partitions that another process may have by now.
func (d *Delivery) lose(lost map[string][]int32) {
	d.do(func() {
		for _, w := range d.owned(lost) {
			d.retire(w, true)
			delete(d.windows, w.partition)
		}
	})
}

func (d *Delivery) owned(partitions map[string][]int32) (windows []*window) {
	for topic, ids := range partitions {
		for _, id := range ids {
			if w := d.windows[cluster.Partition{Topic: topic, ID: id}]; w != nil {
				windows = append(windows, w)
			}
		}
	}
	return windows
}

const (
	// commitEvery is how much is sent again at most after a process was killed.
	commitEvery = time.Second
	// endsEvery is how old the lag may be that metrics show.
	endsEvery = 10 * time.Second
)

// commitOften keeps positions in the group until ctx is done.
func (d *Delivery) commitOften(ctx context.Context, m *member) {
	ticks := time.NewTicker(commitEvery)
	defer ticks.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticks.C:
			d.commit(ctx, m, nil)
		}
	}
}

// watchEnds looks how far the topics go, also while nothing is fetched.
func (d *Delivery) watchEnds(ctx context.Context, m *member) {
	ticks := time.NewTicker(endsEvery)
	defer ticks.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticks.C:
		}
		for _, topic := range d.topics() {
			ends, err := Ends(ctx, adminOf(m.client), topic)
			if err != nil {
				if ctx.Err() == nil {
					slog.WarnContext(ctx, "the lag of a webhook could not be read", "webhook", d.webhook.Name, "error", err)
				}
				continue
			}
			d.do(func() {
				for id, end := range ends {
					if w := d.windows[cluster.Partition{Topic: topic, ID: int32(id)}]; w != nil {
						w.end = max(w.end, end)
					}
				}
			})
		}
	}
}
