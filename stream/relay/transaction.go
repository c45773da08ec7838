package relay

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

// transact publishes in one transaction, within the time that the broker gives
// it.
func (r *Relay) transact(ctx context.Context, t *transaction) error {
	began := time.Now()
	ctx, cancel := context.WithTimeout(ctx, r.config.TransactionTimeout)
	defer cancel()
	if err := r.producer.BeginTransaction(); err != nil {
		return fmt.Errorf("begin transaction of lane %d: %w", r.config.Lane, err)
	}
	var failed atomic.Pointer[error]
	delivered := func(_ *kgo.Record, err error) {
		if err != nil {
			first := err // its address is taken of failures alone: err would be allocated each time
			failed.CompareAndSwap(nil, &first)
		}
	}
	for _, record := range t.records {
		record.Timestamp = began // the client would read the clock for each
		r.producer.Produce(ctx, record, delivered)
	}
	if err := r.producer.Flush(ctx); err != nil {
		return fmt.Errorf("flush transaction of lane %d: %w", r.config.Lane, err)
	}
	if err := failed.Load(); err != nil {
		return fmt.Errorf("produce in lane %d: %w", r.config.Lane, *err)
	}
	if err := r.producer.EndTransaction(ctx, kgo.TryCommit); err != nil {
		return fmt.Errorf("commit transaction of lane %d: %w", r.config.Lane, err)
	}
	transactionSeconds.Record(ctx, time.Since(began).Seconds())
	r.suspect = time.Since(began) > suspectAfter
	return nil
}
