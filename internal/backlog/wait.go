package backlog

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"

	"github.com/clvstream/clvstream/state"
	"github.com/clvstream/clvstream/stream/cluster"
	"github.com/clvstream/clvstream/stream/due"
)

// pollEvery is how often Kafka and Redis are asked while work is waited for.
const pollEvery = 50 * time.Millisecond

// Wait returns when every event is applied, all due times up to where the inputs have come
// are fired, and every change is published.
func Wait(ctx context.Context, admin *kadm.Client, store *state.Store, topics []string, awake due.Config) error {
	var left Backlog
	drain := func() error {
		err := poll(ctx, func() (bool, error) {
			now, err := Read(ctx, admin, store, topics)
			if err != nil && cluster.Passing(err) { // a broker has gone, or time is over, which poll says
				return false, nil
			}
			left = now
			return left.Records == 0 && left.Outbox == 0, err
		})
		if err != nil {
			return fmt.Errorf("wait for %d records and %d outbox entries: %w", left.Records, left.Outbox, err)
		}
		return nil
	}
	if err := drain(); err != nil || awake.Mode == due.Off {
		return err
	}
	if err := poll(ctx, func() (bool, error) { return nothingDue(ctx, store, awake) }); err != nil {
		return fmt.Errorf("wait for due times: %w", err)
	}
	return drain() // what was fired meanwhile has to leave, too
}

func poll(ctx context.Context, done func() (bool, error)) error {
	for {
		if is, err := done(); is || err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(pollEvery):
		}
	}
}

// nothingDue says whether no customer is due by the time that the inputs have come to.
// That time is known once all of them are at rest; until then it says false.
func nothingDue(ctx context.Context, store *state.Store, awake due.Config) (bool, error) {
	heads, err := store.Heads(ctx)
	if err != nil {
		return false, err
	}
	for _, head := range heads {
		if head.Kind != state.HeadIdle {
			return false, nil
		}
	}
	until, known, err := awake.StreamTime(ctx, store)
	if err != nil || !known {
		return false, err
	}
	next, err := store.Next(ctx, store.AllShards())
	return err == nil && !slices.ContainsFunc(next, func(due int64) bool { return due != 0 && due <= until }), err
}
