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
	asked := make([]*redis.MapStringStringCmd, len(s.shards))
	_, err := s.client.Pipelined(ctx, func(pipe redis.Pipeliner) error {
		for i, sh := range s.shards {
			asked[i] = pipe.HGetAll(ctx, sh.keys.stat)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read statistics: %w", damagedType(err))
	}
	all := &statistics.Statistics{}
	for i := range asked {
		if err := layout.DecodeStatistics(all, asked[i].Val()); err != nil {
			return nil, fmt.Errorf("read statistics of shard %d: %w", i, err)
		}
	}
	return all, nil
}
