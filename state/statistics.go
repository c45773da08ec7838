package state

import (
	"context"
	"fmt"

	"github.com/redis/go-redis/v9"

	"github.com/clvstream/clvstream/clv/statistics"
	"github.com/clvstream/clvstream/state/layout"
)

// Statistics are those of the whole base as they are kept, read in one call. No
// customer is read.
func (s *Store) Statistics(ctx context.Context) (*statistics.Statistics, error) {
	asked, err := ask(ctx, s, s.shards, func(pipe redis.Pipeliner, sh *shard) *redis.MapStringStringCmd {
		return pipe.HGetAll(ctx, sh.keys.stat)
	})
	if err != nil {
		return nil, fmt.Errorf("read statistics: %w", err)
	}
	all := &statistics.Statistics{}
	for i := range asked {
		if err := layout.DecodeStatistics(all, asked[i].Val()); err != nil {
			return nil, fmt.Errorf("read statistics of shard %d: %w", i, err)
		}
	}
	return all, nil
}

// Unmatched is how many refunds and cancels wait for their order in the named shards. No
// customer is read.
func (s *Store) Unmatched(ctx context.Context, shards []int) (waiting int64, err error) {
	sums := string(layout.AppendCellName(nil, &statistics.Cell{Kind: statistics.CellSums}))
	asked, err := ask(ctx, s, s.numbered(shards), func(pipe redis.Pipeliner, sh *shard) *redis.SliceCmd {
		return pipe.HMGet(ctx, sh.keys.stat, sums)
	})
	if err != nil {
		return 0, fmt.Errorf("read statistics: %w", err)
	}
	all := &statistics.Statistics{}
	for i := range asked {
		if stored, ok := asked[i].Val()[0].(string); ok {
			if err := layout.DecodeStatistics(all, map[string]string{sums: stored}); err != nil {
				return 0, fmt.Errorf("read statistics of shard %d: %w", shards[i], err)
			}
		}
	}
	return all.Everybody().Sums().Waiting, nil
}
