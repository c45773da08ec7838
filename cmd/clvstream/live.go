package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/clvstream/clvstream/internal/customerview"
	"github.com/clvstream/clvstream/internal/demo"
	"github.com/clvstream/clvstream/stream/change"
	"github.com/clvstream/clvstream/stream/cluster"
)

// linesPerSecond is how many changes the demo shows: nobody can read more.
const linesPerSecond = 12

// show prints changes from now on, only some of them if they come fast. The returned
// function ends it.
func show(ctx context.Context, p *demo.Pipeline, out io.Writer) (end func()) {
	ctx, cancel := context.WithCancel(ctx)
	// Changes of stages and tiers have a rate of their own.
	var next, nextMove time.Time
	var seen sights
	w := watcher{print: func(out io.Writer, record *kgo.Record) {
		c, err := change.Parse(record.Value)
		if err != nil {
			return // `watch` reports it
		}
		seen.see(c)
		turn := &next
		if customerview.Moved(c) != "" {
			turn = &nextMove
		}
		if time.Now().After(*turn) {
			*turn = time.Now().Add(time.Second / linesPerSecond)
			fmt.Fprintln(out, customerview.Line(c, clockOf(p.Config).Calendar))
		}
	}}
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := w.run(ctx, p.Kafka, cluster.OutputTopicsOf(p.Config.Namespace).Changes, kgo.NewOffset().AtEnd(), out); err != nil && ctx.Err() == nil {
			fmt.Fprintln(out, err)
		}
	}()
	return func() {
		cancel()
		<-done
		seen.print(out)
	}
}
