package calibrate

import (
	"context"

	"github.com/clvstream/clvstream/clv/history"
)

// batchEvents is how many events are handed over at once: enough that handing
// over costs nothing.
const batchEvents = 1 << 10

// readAhead reads the source on a goroutine of its own, a few batches ahead of
// what takes the events: parsing and counting take about as long.
func (s Source) readAhead(ctx context.Context, take func(*history.Event)) error {
	full, empty := make(chan []history.Event, 2), make(chan []history.Event, 4)
	for range cap(empty) {
		empty <- make([]history.Event, 0, batchEvents)
	}
	var failed error
	go func() {
		defer close(full)
		batch := <-empty
		failed = s.Each(ctx, func(e *history.Event) {
			if batch = append(batch, *e); len(batch) == batchEvents {
				full <- batch
				batch = <-empty
			}
		})
		full <- batch
	}()
	for batch := range full {
		for i := range batch {
			take(&batch[i])
		}
		empty <- batch[:0]
	}
	return failed
}
