package state

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/clvstream/clvstream/state/layout"
)

// Head is how far an input partition has come in event time: the latest of what
// it has applied and its next record. Claims compare theirs, so that none runs far
// ahead of another during a replay, and due times fire up to the lowest. It is
// advice, not state: losing it loses nothing.
type Head struct {
	Kind       HeadKind
	AtMicros   int64 // for HeadAt; for HeadIdle the latest event time, 0 when none is known
	SeenMicros int64 // for HeadIdle: the wall clock when it was last seen that nothing waits
}

// HeadKind says what is known of a head.
type HeadKind uint8

// A partition's head is unknown until its first record is read, and idle while
// nothing waits in it.
const (
	HeadUnknown HeadKind = iota
	HeadAt
	HeadIdle
)

// headsKey is a hash: topic/partition → "unknown", microseconds, or "idle" with
// the latest event time and the wall clock, microseconds.
func headsKey(namespace string) string { return namespace + ":heads" }

func (h Head) String() string {
	switch h.Kind {
	case HeadAt:
		return strconv.FormatInt(h.AtMicros, 10)
	case HeadIdle:
		return fmt.Sprintf("idle %d %d", h.AtMicros, h.SeenMicros)
	default:
		return "unknown"
	}
}

func parseHead(s string) Head {
	if rest, idle := strings.CutPrefix(s, "idle"); idle {
		h := Head{Kind: HeadIdle}
		_, _ = fmt.Sscanf(rest, "%d %d", &h.AtMicros, &h.SeenMicros) // what cannot be read says nothing
		return h
	}
	if at, err := strconv.ParseInt(s, 10, 64); err == nil {
		return Head{Kind: HeadAt, AtMicros: at}
	}
	return Head{}
}

// Expect makes the heads of partitions unknown where nothing is known of them.
func (s *Store) Expect(ctx context.Context, sources []layout.Source) error {
	_, err := s.client.Pipelined(ctx, func(pipe redis.Pipeliner) error {
		for _, source := range sources {
			pipe.HSetNX(ctx, headsKey(s.options.Namespace), source.String(), Head{}.String())
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("expect input partitions: %w", err)
	}
	return nil
}

// SetHead says to the other claims how far a partition has come.
func (s *Store) SetHead(ctx context.Context, source layout.Source, head Head) error {
	if err := s.client.HSet(ctx, headsKey(s.options.Namespace), source.String(), head.String()).Err(); err != nil {
		return fmt.Errorf("set head of %s: %w", source, err)
	}
	return nil
}

// Heads are the heads of all input partitions that were ever set, by
// topic/partition.
func (s *Store) Heads(ctx context.Context) (map[string]Head, error) {
	stored, err := s.client.HGetAll(ctx, headsKey(s.options.Namespace)).Result()
	if err != nil {
		return nil, fmt.Errorf("read heads: %w", err)
	}
	heads := make(map[string]Head, len(stored))
	for source, head := range stored {
		heads[source] = parseHead(head)
	}
	return heads, nil
}

// Clock is the time of the Redis server.
func (s *Store) Clock(ctx context.Context) (time.Time, error) {
	now, err := s.client.Time(ctx).Result()
	if err != nil {
		return time.Time{}, fmt.Errorf("ask Redis for the time: %w", err)
	}
	return now, nil
}
