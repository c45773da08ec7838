package stream

import (
	"context"
	"fmt"
	"io"
	"slices"
	"sync/atomic"
	"testing"

	"github.com/redis/go-redis/v9"

	"github.com/clvstream/clvstream/internal/testbed"
	"github.com/clvstream/clvstream/state"
)

// lostHeads loses the connection at the first requests for the heads.
type lostHeads struct{ left atomic.Int32 }

func (*lostHeads) DialHook(next redis.DialHook) redis.DialHook          { return next }
func (*lostHeads) ProcessHook(next redis.ProcessHook) redis.ProcessHook { return next }

func (h *lostHeads) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return func(ctx context.Context, commands []redis.Cmder) error {
		asked := slices.ContainsFunc(commands, func(c redis.Cmder) bool { return c.Name() == "hgetall" })
		if asked && h.left.Add(-1) >= 0 {
			return fmt.Errorf("read heads: %w", io.EOF)
		}
		return next(ctx, commands)
	}
}

// A Redis that goes away right after a claim is waited for, as one that goes away before it.
func TestClaimWaitsForTheHeads(t *testing.T) {
	pair := testbed.EmbeddedPair(t)
	in := newIntake(t, pair, 1)
	client, lost := pair.RedisClient(t), &lostHeads{}
	lost.left.Store(3)
	client.AddHook(lost)
	var err error
	if in.store, err = state.Open(t.Context(), client, state.Options{Namespace: in.topic, Shards: 4, CacheCustomers: 100}); err != nil {
		t.Fatal(err)
	}
	stop := run(t, in.consumer(t).Run)
	in.send(t, 3)
	in.applied(t)
	if left := lost.left.Load(); left >= 0 {
		t.Errorf("the connection was to be lost %d times more", left)
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
}
