package state

import (
	"context"
	"fmt"
	"strconv"

	"github.com/redis/go-redis/v9"

	"github.com/clvstream/clvstream/state/layout"
)

// revalued notes that a customer's value is by another model than before.
func (w *writes) revalued(from, to string) {
	if from == to {
		return
	}
	if w.models == nil {
		w.models = map[string]int64{}
	}
	if from != "" {
		w.models[from]--
	}
	if to != "" {
		w.models[to]++
	}
}

// countModels adds to how many customers are valued by which model.
func (w *writes) countModels(ctx context.Context, pipe redis.Pipeliner, sh *shard) {
	for version, n := range w.models {
		if n != 0 {
			pipe.Do(ctx, "HINCRBY", sh.keys.models, version, n)
		}
	}
}

// customersByModel is how many customers of some shards are valued by which model.
func (s *Store) customersByModel(ctx context.Context, shards []*shard) (map[string]int64, error) {
	counts := make([]*redis.MapStringStringCmd, len(shards))
	_, err := s.client.Pipelined(ctx, func(pipe redis.Pipeliner) error {
		for i, sh := range shards {
			counts[i] = pipe.HGetAll(ctx, sh.keys.models)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("count customers by model: %w", damagedType(err))
	}
	sum := map[string]int64{}
	for i, sh := range shards {
		for version, count := range counts[i].Val() {
			n, err := strconv.ParseInt(count, 10, 64)
			if err != nil {
				return nil, fmt.Errorf("count customers by model in shard %d: %w: %q", sh.index, layout.ErrDamaged, count)
			}
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
	Met       int64            // customers that the activation has met so far
	Shards    int              // in which it has met all
}

// Moving reads how far the activation of a number has come. It is exact, and
// costs one answer a shard.
func (s *Store) Moving(ctx context.Context, number uint64) (Moving, error) {
	m := Moving{}
	var err error
	if m.Customers, err = s.customersByModel(ctx, s.shards); err != nil {
		return Moving{}, err
	}
	met := make([]*redis.SliceCmd, len(s.shards))
	_, err = s.client.Pipelined(ctx, func(pipe redis.Pipeliner) error {
		for i, sh := range s.shards {
			met[i] = pipe.HMGet(ctx, sh.keys.src, enlistedField)
		}
		return nil
	})
	if err != nil {
		return Moving{}, fmt.Errorf("read how far the activation has come: %w", err)
	}
	for i := range met {
		stored, _ := met[i].Val()[0].(string)
		e, err := parseEnlisted(stored)
		if err != nil {
			return Moving{}, fmt.Errorf("read how far the activation has come in shard %d: %w", i, err)
		}
		if e.number == number {
			m.Met += e.seen
		}
		if e.number == number && e.all {
			m.Shards++
		}
	}
	return m, nil
}
