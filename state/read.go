package state

import (
	"cmp"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/redis/go-redis/v9"

	"github.com/clvstream/clvstream/clv"
	"github.com/clvstream/clvstream/state/layout"
)

// Applied is how far a shard has applied its input partitions.
type Applied map[layout.Source]int64

// Customer reads one customer; nil when nothing is stored of them.
func (s *Store) Customer(ctx context.Context, id string) (*clv.Customer, error) {
	customer, _, err := s.CustomerOfBytes(ctx, id)
	return customer, err
}

// CustomerOfBytes is Customer, and how many bytes are stored of them.
func (s *Store) CustomerOfBytes(ctx context.Context, id string) (customer *clv.Customer, bytes int, err error) {
	stored, err := s.client.HGet(ctx, s.shards[Shard(id, len(s.shards))].keys.customers, id).Result()
	switch {
	case errors.Is(err, redis.Nil):
		return nil, 0, nil
	case err != nil:
		return nil, 0, fmt.Errorf("read customer: %w", err)
	}
	customer, err = layout.DecodeCustomer(stored)
	return customer, len(stored), err
}

// Applied reads how far each shard has come, one answer a shard.
func (s *Store) Applied(ctx context.Context) ([]Applied, error) {
	src, err := ask(ctx, s, s.shards, func(pipe redis.Pipeliner, sh *shard) *redis.MapStringStringCmd {
		return pipe.HGetAll(ctx, sh.keys.src)
	})
	if err != nil {
		return nil, fmt.Errorf("read marks: %w", err)
	}
	applied := make([]Applied, len(src))
	for i := range src {
		if applied[i], err = parseApplied(src[i].Val()); err != nil {
			return nil, fmt.Errorf("read marks of shard %d: %w", i, err)
		}
	}
	return applied, nil
}

// Held reads, per named shard, the last record of each input partition that it has
// applied and of which nothing was to be published.
func (s *Store) Held(ctx context.Context, shards []int) ([]Applied, error) {
	src, err := ask(ctx, s, s.numbered(shards), func(pipe redis.Pipeliner, sh *shard) *redis.MapStringStringCmd {
		return pipe.HGetAll(ctx, sh.keys.src)
	})
	if err != nil {
		return nil, fmt.Errorf("read held records: %w", err)
	}
	held := make([]Applied, len(src))
	for i := range src {
		if held[i], err = parseHeld(src[i].Val()); err != nil {
			return nil, fmt.Errorf("read held records of shard %d: %w", shards[i], err)
		}
	}
	return held, nil
}

func parseHeld(src map[string]string) (Applied, error) {
	held := Applied{}
	for field, value := range src {
		name, ok := strings.CutPrefix(field, heldPrefix)
		if !ok {
			continue
		}
		source, err := layout.ParseSource(name)
		if err != nil {
			return nil, err
		}
		offset, err := strconv.ParseInt(value, 10, 64)
		if err != nil {
			return nil, fmt.Errorf("%w: held %q", layout.ErrDamaged, value)
		}
		if id, err := hex.DecodeString(src[topicField(source)]); err == nil {
			copy(source.TopicID[:], id)
		}
		held[source] = offset
	}
	return held, nil
}

func parseApplied(src map[string]string) (Applied, error) {
	applied := Applied{}
	for field, value := range src {
		name, ok := strings.CutPrefix(field, "mark:")
		if !ok {
			continue
		}
		source, err := layout.ParseSource(name)
		if err != nil {
			return nil, err
		}
		m, err := parseMark(value)
		if err != nil {
			return nil, err
		}
		if id, err := hex.DecodeString(src[topicField(source)]); err == nil {
			copy(source.TopicID[:], id)
		}
		applied[source] = m.offset
	}
	return applied, nil
}

// Snapshot is some customers of a shard with the positions at which exactly they
// stand.
type Snapshot struct {
	Shard     int
	Applied   Applied
	Customers map[string]*clv.Customer
	tip       string
	// FiredMicros is up to where the shard's due times were fired; 0: none was. No
	// customer's due time is before it.
	FiredMicros int64
	// RefreshedMicros is as of when the shard's statistics count values at the least; 0: as
	// last stored.
	RefreshedMicros int64
	// InForce says by what the shard's customers are valued.
	InForce InForce
}

// newSnapshot says where a shard stands, and has no customers yet.
func newSnapshot(shard int, src map[string]string) (Snapshot, error) {
	applied, err := parseApplied(src)
	fired, firedErr := parseFired(src[firedField])
	fresh, freshErr := parseFreshness(src[refreshedField])
	inForce, inForceErr := parseInForce(src[modelField])
	return Snapshot{
		Shard: shard, Applied: applied, tip: src[tipField], FiredMicros: fired, RefreshedMicros: fresh.wholeMicros, InForce: inForce,
	}, cmp.Or(err, firedErr, freshErr, inForceErr)
}

// scanCount is how many customers a scan asks for at once: small enough that
// Redis serves the live path in between.
const scanCount = 512

// Scan walks all customers of a shard in snapshots of a few hundred. Each
// snapshot is consistent in itself, also while the shard is being written:
// customers and positions are read in one transaction.
func (s *Store) Scan(ctx context.Context, shard int, visit func(Snapshot) error) error {
	seen := map[string]bool{} // HSCAN may show a customer twice
	var cursor uint64
	for {
		snapshot, next, err := s.page(ctx, s.shards[shard], cursor, seen)
		if err != nil {
			return fmt.Errorf("scan customers of shard %d: %w", shard, err)
		}
		if err := visit(snapshot); err != nil {
			return err
		}
		if cursor = next; cursor == 0 {
			return nil
		}
	}
}

func (s *Store) page(ctx context.Context, sh *shard, cursor uint64, seen map[string]bool) (Snapshot, uint64, error) {
	var src *redis.MapStringStringCmd
	var scanned *redis.ScanCmd
	_, err := s.client.TxPipelined(ctx, func(pipe redis.Pipeliner) error {
		src = pipe.HGetAll(ctx, sh.keys.src)
		scanned = pipe.HScan(ctx, sh.keys.customers, cursor, "", scanCount)
		return nil
	})
	if err != nil {
		return Snapshot{}, 0, err
	}
	snapshot, err := newSnapshot(sh.index, src.Val())
	if err != nil {
		return Snapshot{}, 0, err
	}
	snapshot.Customers = map[string]*clv.Customer{}
	fields, next := scanned.Val()
	for i := 0; i+1 < len(fields); i += 2 {
		id, stored := fields[i], fields[i+1]
		if seen[id] {
			continue
		}
		seen[id] = true
		if snapshot.Customers[id], err = layout.DecodeCustomer(stored); err != nil {
			return Snapshot{}, 0, err
		}
	}
	return snapshot, next, nil
}
