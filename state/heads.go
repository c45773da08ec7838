package state

import (
	"context"
	"fmt"
	"strconv"

	"github.com/redis/go-redis/v9"
)

// Head is how far an input partition has come in event time: the latest of what
// it has applied and its next record. Lanes compare theirs, so that none runs far
// ahead of another during a replay. It is advice, not state: losing it loses
// nothing.
type Head struct {
	Kind     HeadKind
	AtMicros int64 // for HeadAt
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

// headsKey is a hash: topic/partition → "unknown", "idle" or microseconds.
func headsKey(namespace string) string { return namespace + ":heads" }

func (h Head) String() string {
	switch h.Kind {
	case HeadAt:
		return strconv.FormatInt(h.AtMicros, 10)
	case HeadIdle:
		return "idle"
	default:
		return "unknown"
	}
}

func parseHead(s string) Head {
	if s == "idle" {
		return Head{Kind: HeadIdle}
	}
	if at, err := strconv.ParseInt(s, 10, 64); err == nil {
		return Head{Kind: HeadAt, AtMicros: at}
	}
	return Head{}
}

// Expect makes the heads of partitions unknown where nothing is known of them.
func (s *Store) Expect(ctx context.Context, sources []Source) error {
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

// SetHead tells the other lanes how far a partition has come.
func (s *Store) SetHead(ctx context.Context, source Source, head Head) error {
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
