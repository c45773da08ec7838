package state

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/redis/go-redis/v9"

	"github.com/clvstream/clvstream/state/layout"
)

// entryField is the one field of an outbox entry.
const entryField = "e"

// An outbox's cap counts entries, of which most are below a megabyte. What is
// larger (dead letters of megabytes) is let in only while few entries wait, or
// it would fill Redis: 1,000 of 10 MB are 10 GB.
const (
	largeEntryBytes = 4 << 20
	largeEntriesCap = 4
)

// errOutboxFull makes a commit wait for the publisher.
var errOutboxFull = errors.New("the outbox is full: is the publisher running?")

// Waiting reads up to count entries from the head of each named shard's outbox,
// oldest first. The answer has one slice a shard, in the order asked. Entries
// after an id can be asked for with after (one a shard; empty: from the head).
func (s *Store) Waiting(ctx context.Context, shards []int, after []string, count int64) ([][]layout.Entry, error) {
	from := map[int]string{}
	for i, shard := range shards {
		from[shard] = "-"
		if after[i] != "" {
			from[shard] = "(" + after[i]
		}
	}
	asked, err := ask(ctx, s, s.numbered(shards), func(pipe redis.Pipeliner, sh *shard) *redis.XMessageSliceCmd {
		return pipe.XRangeN(ctx, sh.keys.out, from[sh.index], "+", count)
	})
	if err != nil {
		return nil, fmt.Errorf("read outboxes: %w", err)
	}
	waiting := make([][]layout.Entry, len(shards))
	for i, shard := range shards {
		if waiting[i], err = decodeEntries(asked[i].Val()); err != nil {
			return nil, fmt.Errorf("read outbox of shard %d: %w", shard, err)
		}
	}
	return waiting, nil
}

func decodeEntries(messages []redis.XMessage) ([]layout.Entry, error) {
	entries := make([]layout.Entry, 0, len(messages))
	for _, m := range messages {
		stored, ok := m.Values[entryField].(string)
		if !ok {
			return nil, fmt.Errorf("%w: entry %s has no field %q", layout.ErrDamaged, m.ID, entryField)
		}
		e, err := layout.DecodeEntry(stored)
		if err != nil {
			return nil, fmt.Errorf("entry %s: %w", m.ID, err)
		}
		millis, _, _ := strings.Cut(m.ID, "-")
		e.ID = m.ID
		e.AtMilli, _ = strconv.ParseInt(millis, 10, 64)
		entries = append(entries, e)
	}
	return entries, nil
}

// Trim deletes published entries, by id, a slice a shard.
func (s *Store) Trim(ctx context.Context, published map[int][]string) error {
	var shards []int
	for shard, ids := range published {
		if len(ids) > 0 {
			shards = append(shards, shard)
		}
	}
	_, err := ask(ctx, s, s.numbered(shards), func(pipe redis.Pipeliner, sh *shard) *redis.IntCmd {
		return pipe.XDel(ctx, sh.keys.out, published[sh.index]...)
	})
	if err != nil {
		return fmt.Errorf("trim outboxes: %w", err)
	}
	return nil
}

// Depth is the number of entries that wait in each shard's outbox.
func (s *Store) Depth(ctx context.Context) ([]int64, error) {
	lengths, err := ask(ctx, s, s.shards, func(pipe redis.Pipeliner, sh *shard) *redis.IntCmd {
		return pipe.XLen(ctx, sh.keys.out)
	})
	if err != nil {
		return nil, fmt.Errorf("read outbox lengths: %w", err)
	}
	depth := make([]int64, len(lengths))
	for i, length := range lengths {
		depth[i] = length.Val()
	}
	return depth, nil
}
