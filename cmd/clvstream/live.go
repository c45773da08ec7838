package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/clvstream/clvstream/internal/feed"
)

// paced yields each live event when its time has come on the timeline's clock,
// which starts now. It ends with ctx.
func (t timeline) paced(ctx context.Context, live iter.Seq[moneyEvent]) iter.Seq[moneyEvent] {
	return func(yield func(moneyEvent) bool) {
		began, from := time.Now(), t.liveFrom()
		for e := range live {
			passed := time.UnixMicro(e.event.AtMicros).Sub(from)
			sleepUntil(ctx, began.Add(time.Duration(passed.Hours()/24*t.daySeconds*float64(time.Second))))
			if ctx.Err() != nil || !yield(e) {
				return
			}
		}
	}
}

// publishLive sends each event as it comes and says how many the brokers have.
func publishLive(ctx context.Context, s *system, events iter.Seq[moneyEvent]) (int64, error) {
	out, err := feed.New(s.kafka, s.cfg.Input.Topics)
	if err != nil {
		return 0, err
	}
	defer out.Close() // what was flushed is with the brokers
	for e := range events {
		if err := out.Add(ctx, &e.event, e.currency); err != nil {
			return out.Sent(), err
		}
		if err := out.Flush(context.WithoutCancel(ctx)); err != nil {
			return out.Sent(), err
		}
	}
	return out.Sent(), nil
}

// linesPerSecond is how many changes the demo shows: more can not be read.
const linesPerSecond = 12

// show prints changes as they are announced from now on, some of them when they
// come fast. The returned function ends it.
func (p *pipeline) show(ctx context.Context, out io.Writer) (end func()) {
	ctx, cancel := context.WithCancel(ctx)
	// News of stages and tiers have lines of their own, beside those of values.
	var next, nextNews time.Time
	var seen sights
	w := watcher{print: func(out io.Writer, record *kgo.Record) {
		var c changeLine
		if err := json.Unmarshal(record.Value, &c); err != nil {
			return // watch, which is for looking closely, says so
		}
		seen.see(&c)
		turn := &next
		if c.news() != "" {
			turn = &nextNews
		}
		if time.Now().After(*turn) {
			*turn = time.Now().Add(time.Second / linesPerSecond)
			c.print(out)
		}
	}}
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := w.run(ctx, p.kafka, p.outputs().Changes, kgo.NewOffset().AtEnd(), out); err != nil && ctx.Err() == nil {
			fmt.Fprintln(out, err)
		}
	}()
	return func() {
		cancel()
		<-done
		seen.print(out)
	}
}
