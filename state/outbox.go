package state

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

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

// StoredEntry is an outbox entry that is read and not decoded.
type StoredEntry struct {
	shard      int
	id, stored string
}

// Bytes is the size of the entry.
func (e *StoredEntry) Bytes() int { return len(e.stored) }

// AtMilli is layout.Entry's.
func (e *StoredEntry) AtMilli() int64 {
	millis, _, _ := strings.Cut(e.id, "-")
	at, _ := strconv.ParseInt(millis, 10, 64)
	return at
}

// OldestWaiting is when the oldest entry of all outboxes was written, by the clock of Redis;
// zero: none waits.
func (s *Store) OldestWaiting(ctx context.Context) (oldest time.Time, err error) {
	heads, err := s.OutboxHeads(ctx, s.AllShards(), 1)
	if err != nil {
		return time.Time{}, err
	}
	for _, entries := range heads {
		for i := range entries {
			if at := time.UnixMilli(entries[i].AtMilli()); oldest.IsZero() || at.Before(oldest) {
				oldest = at
			}
		}
	}
	return oldest, nil
}

// NewestWaiting is the id of the newest entry in each shard's outbox, by shard; those that are
// empty are left out.
func (s *Store) NewestWaiting(ctx context.Context) (map[int]string, error) {
	asked, err := ask(ctx, s, s.shards, func(pipe redis.Pipeliner, sh *shard) *redis.XMessageSliceCmd {
		return pipe.XRevRangeN(ctx, sh.keys.out, "+", "-", 1)
	})
	if err != nil {
		return nil, fmt.Errorf("read the newest entries of outboxes: %w", err)
	}
	newest := map[int]string{}
	for shard := range asked {
		if messages := asked[shard].Val(); len(messages) > 0 {
			newest[shard] = messages[0].ID
		}
	}
	return newest, nil
}

// TrimmedUpTo says whether everything up to those entries, by shard, has been published and
// trimmed.
func (s *Store) TrimmedUpTo(ctx context.Context, entries map[int]string) (bool, error) {
	shards := slices.Sorted(maps.Keys(entries))
	heads, err := s.OutboxHeads(ctx, shards, 1)
	if err != nil {
		return false, err
	}
	for i, head := range heads {
		if len(head) > 0 && compareEntryIDs(head[0].id, entries[shards[i]]) <= 0 {
			return false, nil
		}
	}
	return true, nil
}

// compareEntryIDs compares ids of one stream: "milliseconds-sequence".
func compareEntryIDs(a, b string) int {
	aMillis, aSequence, _ := strings.Cut(a, "-")
	bMillis, bSequence, _ := strings.Cut(b, "-")
	return cmp.Or(cmp.Compare(len(aMillis), len(bMillis)), cmp.Compare(aMillis, bMillis),
		cmp.Compare(len(aSequence), len(bSequence)), cmp.Compare(aSequence, bSequence))
}

// Decode decodes the entry into memory, which it is valid with.
func (e *StoredEntry) Decode(memory *layout.EntryMemory) (layout.Entry, error) {
	entry, err := memory.Decode(e.stored)
	if err != nil {
		return layout.Entry{}, fmt.Errorf("read outbox of shard %d: entry %s: %w", e.shard, e.id, err)
	}
	entry.ID, entry.AtMilli = e.id, e.AtMilli()
	return entry, nil
}

// OutboxHeads reads up to count entries from the head of each named shard's outbox, oldest
// first, a slice a shard, in the order asked.
func (s *Store) OutboxHeads(ctx context.Context, shards []int, count int64) ([][]StoredEntry, error) {
	return s.stored(ctx, shards, make([]string, len(shards)), count)
}

// Waiting is OutboxHeads, decoded. Entries after an id can be asked for with after (one a
// shard; empty: from the head).
func (s *Store) Waiting(ctx context.Context, shards []int, after []string, count int64) ([][]layout.Entry, error) {
	stored, err := s.stored(ctx, shards, after, count)
	if err != nil {
		return nil, err
	}
	waiting := make([][]layout.Entry, len(shards))
	for i := range stored {
		waiting[i] = make([]layout.Entry, len(stored[i]))
		for e := range stored[i] {
			if waiting[i][e], err = stored[i][e].Decode(new(layout.EntryMemory)); err != nil {
				return nil, err
			}
		}
	}
	return waiting, nil
}

func (s *Store) stored(ctx context.Context, shards []int, after []string, count int64) ([][]StoredEntry, error) {
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
	read := make([][]StoredEntry, len(shards))
	for i, shard := range shards {
		if read[i], err = storedEntries(shard, asked[i].Val()); err != nil {
			return nil, fmt.Errorf("read outbox of shard %d: %w", shard, err)
		}
	}
	return read, nil
}

func storedEntries(shard int, messages []redis.XMessage) ([]StoredEntry, error) {
	entries := make([]StoredEntry, len(messages))
	for i, m := range messages {
		stored, ok := m.Values[entryField].(string)
		if !ok {
			return nil, fmt.Errorf("%w: entry %s has no field %q", layout.ErrDamaged, m.ID, entryField)
		}
		entries[i] = StoredEntry{shard: shard, id: m.ID, stored: stored}
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
func (s *Store) Depth(ctx context.Context) ([]int64, error) { return s.depth(ctx, s.shards) }

// DepthOf is Depth of some shards, in the order asked.
func (s *Store) DepthOf(ctx context.Context, shards []int) ([]int64, error) {
	return s.depth(ctx, s.numbered(shards))
}

func (s *Store) depth(ctx context.Context, shards []*shard) ([]int64, error) {
	lengths, err := ask(ctx, s, shards, func(pipe redis.Pipeliner, sh *shard) *redis.IntCmd {
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
