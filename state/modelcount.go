package state

import (
	"context"
	"fmt"
	"strconv"

	"github.com/redis/go-redis/v9"

	"github.com/clvstream/clvstream/state/layout"
)

// modelCounts are how many of a shard's customers are valued by which model, as stored.
type modelCounts map[string]int64

func parseModelCounts(stored map[string]string) (modelCounts, error) {
	counts := make(modelCounts, len(stored))
	for version, count := range stored {
		n, err := strconv.ParseInt(count, 10, 64)
		if err != nil {
			return nil, fmt.Errorf("%w: customers by model: %q", layout.ErrDamaged, count)
		}
		counts[version] = n
	}
	return counts, nil
}

// appendCommands writes the counts that change as they are then. A model by which nobody
// is valued any more goes, so what is stored follows from the customers alone.
func (c modelCounts) appendCommands(commands [][]any, sh *shard, by map[string]int64) [][]any {
	set, remove := []any{"HSET", sh.keys.models}, []any{"HDEL", sh.keys.models}
	for version, n := range by {
		switch {
		case n == 0:
			continue
		case c[version]+n == 0:
			delete(c, version)
			remove = append(remove, version)
		default:
			c[version] += n
			set = append(set, version, strconv.FormatInt(c[version], 10))
		}
	}
	return appendFilled(commands, set, remove)
}

// customersByModel is how many customers of some shards are valued by which model.
func (s *Store) customersByModel(ctx context.Context, shards []*shard) (map[string]int64, error) {
	counts, err := ask(ctx, s, shards, func(pipe redis.Pipeliner, sh *shard) *redis.MapStringStringCmd {
		return pipe.HGetAll(ctx, sh.keys.models)
	})
	if err != nil {
		return nil, fmt.Errorf("count customers by model: %w", err)
	}
	sum := map[string]int64{}
	for i, sh := range shards {
		stored, err := parseModelCounts(counts[i].Val())
		if err != nil {
			return nil, fmt.Errorf("count customers by model in shard %d: %w", sh.index, err)
		}
		for version, n := range stored {
			if sum[version] += n; sum[version] == 0 {
				delete(sum, version)
			}
		}
	}
	return sum, nil
}

// Moving is how far the customers have come to the model in force.
type Moving struct {
	Customers map[string]int64 // by the version of the model that their stored value is by
	Met       int64            // customers that its rollout has seen so far
	Shards    int              // in which it has seen all
}

// Moving reads how far the activation of a number has come. It is exact, and
// costs one answer a shard.
func (s *Store) Moving(ctx context.Context, number uint64) (Moving, error) {
	m := Moving{}
	var err error
	if m.Customers, err = s.customersByModel(ctx, s.shards); err != nil {
		return Moving{}, err
	}
	asked, err := ask(ctx, s, s.shards, func(pipe redis.Pipeliner, sh *shard) *redis.SliceCmd {
		return pipe.HMGet(ctx, sh.keys.src, enlistedField)
	})
	if err != nil {
		return Moving{}, fmt.Errorf("read how far the activation has come: %w", err)
	}
	for i := range asked {
		stored, _ := asked[i].Val()[0].(string)
		covered, err := parseCoverage(stored)
		if err != nil {
			return Moving{}, fmt.Errorf("read how far the activation has come in shard %d: %w", i, err)
		}
		if covered.number == number {
			m.Met += covered.seen
		}
		if covered.number == number && covered.all {
			m.Shards++
		}
	}
	return m, nil
}
