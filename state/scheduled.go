package state

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/redis/go-redis/v9"

	"github.com/clvstream/clvstream/clv"
	"github.com/clvstream/clvstream/state/layout"
)

// Customers reads some customers of a shard and where the shard stands, in one
// transaction. Who is not stored is left out.
func (s *Store) Customers(ctx context.Context, shard int, ids []string) (Snapshot, error) {
	keys := s.shards[shard].keys
	var src *redis.MapStringStringCmd
	var stored *redis.SliceCmd
	_, err := s.client.TxPipelined(ctx, func(pipe redis.Pipeliner) error {
		src = pipe.HGetAll(ctx, keys.src)
		stored = pipe.HMGet(ctx, keys.customers, ids...)
		return nil
	})
	if err != nil {
		return Snapshot{}, fmt.Errorf("read customers of shard %d: %w", shard, err)
	}
	snapshot, err := newSnapshot(shard, src.Val())
	if err == nil {
		snapshot.Customers, err = decodeCustomers(ids, stored.Val())
	}
	return snapshot, err
}

func decodeCustomers(ids []string, stored []any) (map[string]*clv.Customer, error) {
	customers := make(map[string]*clv.Customer, len(ids))
	for i, id := range ids {
		bytes, ok := stored[i].(string)
		if !ok {
			continue
		}
		customer, err := layout.DecodeCustomer(bytes)
		if err != nil {
			return nil, err
		}
		customers[id] = customer
	}
	return customers, nil
}

// Misscheduled is a customer whom the due index has later than they are due, or
// not at all (0): nobody would value them in time.
type Misscheduled struct{ DueMicros, IndexedMicros int64 }

// Misscheduled compares the due index with customers that were read of a shard.
// Whom it seems to have too late is read again in one transaction with it, as a
// commit may have come in between.
func (s *Store) Misscheduled(ctx context.Context, shard int, customers map[string]*clv.Customer) (map[string]Misscheduled, error) {
	key := s.shards[shard].keys.due
	var ids []string
	for id, customer := range customers {
		if customer.DueMicros != 0 {
			ids = append(ids, id)
		}
	}
	if len(ids) == 0 {
		return nil, nil
	}
	scores, err := s.client.ZMScore(ctx, key, ids...).Result()
	if err != nil {
		return nil, fmt.Errorf("read due index of shard %d: %w", shard, err)
	}
	suspects := misscheduled(ids, customers, scores)
	if len(suspects) == 0 {
		return nil, nil
	}
	ids = ids[:0]
	for id := range suspects {
		ids = append(ids, id)
	}
	var stored *redis.SliceCmd
	var indexed *redis.FloatSliceCmd
	_, err = s.client.TxPipelined(ctx, func(pipe redis.Pipeliner) error {
		stored = pipe.HMGet(ctx, s.shards[shard].keys.customers, ids...)
		indexed = pipe.ZMScore(ctx, key, ids...)
		return nil
	})
	if err == nil {
		customers, err = decodeCustomers(ids, stored.Val())
	}
	if err != nil {
		return nil, fmt.Errorf("read due index of shard %d: %w", shard, err)
	}
	return misscheduled(ids, customers, indexed.Val()), nil
}

func misscheduled(ids []string, customers map[string]*clv.Customer, scores []float64) map[string]Misscheduled {
	found := map[string]Misscheduled{}
	for i, id := range ids {
		customer, indexed := customers[id], int64(scores[i]) // a score that is not there reads as 0
		if customer != nil && customer.DueMicros != 0 && (indexed == 0 || indexed > customer.DueMicros) {
			found[id] = Misscheduled{DueMicros: customer.DueMicros, IndexedMicros: indexed}
		}
	}
	return found
}

// parseFired reads the instant up to which a shard's due times were fired; 0 for
// none.
func parseFired(field string) (int64, error) {
	if field == "" {
		return 0, nil
	}
	micros, err := strconv.ParseInt(field, 10, 64)
	if err != nil && strings.Contains(field, " ") {
		return 0, fmt.Errorf("fired %q is %w", field, layout.ErrNewer)
	}
	if err != nil {
		return 0, fmt.Errorf("%w: fired %q", layout.ErrDamaged, field)
	}
	return micros, nil
}
