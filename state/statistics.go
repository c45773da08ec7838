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
