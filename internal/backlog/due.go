package backlog

import (
	"context"
	"slices"

	"github.com/clvstream/clvstream/state"
	"github.com/clvstream/clvstream/stream"
)

// NothingDue says whether no customer is due by the time that the inputs have come
// to. That time is known once all of them are at rest; until then it says false.
func NothingDue(ctx context.Context, store *state.Store, awake stream.Awake) (bool, error) {
	if awake.Mode == stream.AwakeOff {
		return true, nil
	}
	heads, err := store.Heads(ctx)
	if err != nil {
		return false, err
	}
	for _, head := range heads {
		if head.Kind != state.HeadIdle {
			return false, nil
		}
	}
	until, known, err := awake.Time(ctx, store)
	if err != nil || !known {
		return false, err
	}
	shards := make([]int, store.Shards())
	for shard := range shards {
		shards[shard] = shard
	}
	next, err := store.Next(ctx, shards)
	return err == nil && !slices.ContainsFunc(next, func(due int64) bool { return due != 0 && due <= until }), err
}
