package state

import (
	"context"
	"fmt"
	"strconv"

	"github.com/redis/go-redis/v9"
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

// Moving is how far the customers have come to the model in force.
type Moving struct {
	Customers map[string]int64 // by the version of the model that their stored value is by
	Seen      int64            // customers that the activation in force was seen to concern, or not, so far
	Shards    int              // all of whose customers were seen
}

// Moving reads how far the activation of a number has come. It is exact, and
// costs one answer a shard.
func (s *Store) Moving(ctx context.Context, number uint64) (Moving, error) {
	counts := make([]*redis.MapStringStringCmd, len(s.shards))
	enlisted := make([]*redis.SliceCmd, len(s.shards))
	_, err := s.client.Pipelined(ctx, func(pipe redis.Pipeliner) error {
		for i, sh := range s.shards {
			counts[i] = pipe.HGetAll(ctx, sh.keys.models)
			enlisted[i] = pipe.HMGet(ctx, sh.keys.src, enlistedField)
		}
		return nil
	})
	if err != nil {
		return Moving{}, fmt.Errorf("read models of customers: %w", damagedType(err))
	}
	m := Moving{Customers: map[string]int64{}}
	for i := range s.shards {
		for version, count := range counts[i].Val() {
			n, err := strconv.ParseInt(count, 10, 64)
			if err != nil {
				return Moving{}, fmt.Errorf("read models of customers of shard %d: %w: %q", i, errDamaged, count)
			}
			if n != 0 {
				m.Customers[version] += n
			}
		}
		stored, _ := enlisted[i].Val()[0].(string)
		e, err := parseEnlisted(stored)
		if err != nil {
			return Moving{}, fmt.Errorf("read activation of shard %d: %w", i, err)
		}
		if e.number == number {
			m.Seen += e.seen
			if e.all {
				m.Shards++
			}
		}
	}
	return m, nil
}
