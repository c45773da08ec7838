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
// ahead of another during a replay, and due times fire by them. It is advice, not
// state: losing it loses nothing.
type Head struct {
	Kind     HeadKind
	AtMicros int64 // for HeadAt; for HeadIdle the latest event time, 0 when none is known
	// Of HeadIdle, by the consumer's clock: when it was last seen that nothing waits, and
	// when a record was last applied.
	SeenMicros, ActiveMicros int64
	// UpTo is, for HeadIdle, the offset up to which every shard had applied the
	// partition; 0: not known. A shard that has not is behind the head.
	UpTo int64
	// Furthest is the event that brings the partition furthest, of all that were applied.
	Furthest Sighting
}

// Sighting is an event time, and the consumer's clock when it was applied; zero when
// there was none.
type Sighting struct{ AtMicros, SeenMicros int64 }

// By is the event time that the partition has come to at a clock, if time passes in it
// as it does for the clock: live that is the clock, in a replay the data's own time.
func (s Sighting) By(clockMicros int64) int64 {
	return s.AtMicros + max(0, clockMicros-s.SeenMicros)
}

// Beyond says whether one brings a partition further than another.
func (s Sighting) Beyond(other Sighting) bool {
	return other == Sighting{} || s.AtMicros-s.SeenMicros > other.AtMicros-other.SeenMicros
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

// headsKey is a hash: topic/partition → "unknown", microseconds, or "idle" with the
// latest event time, the wall clock, that of the last record, microseconds, and
// "upto:offset".
func headsKey(namespace string) string { return namespace + ":heads" }

// sightingsKey is a hash: topic/partition → the furthest sighting's event time and
// clock, microseconds. It outlives what is said of the head while a consumer starts.
func sightingsKey(namespace string) string { return namespace + ":sightings" }

// upToWord begins the word that the version before passes over.
const upToWord = "upto:"

func (h Head) String() string {
	switch h.Kind {
	case HeadAt:
		return strconv.FormatInt(h.AtMicros, 10)
	case HeadIdle:
		text := fmt.Sprintf("idle %d %d %d", h.AtMicros, h.SeenMicros, h.ActiveMicros)
		if h.UpTo > 0 {
			text += " " + upToWord + strconv.FormatInt(h.UpTo, 10)
		}
		return text
	default:
		return "unknown"
	}
}

// parseHead reads what a version before writes, too: it does not say when a record was
// last applied.
func parseHead(s string) Head {
	if rest, idle := strings.CutPrefix(s, "idle"); idle {
		h := Head{Kind: HeadIdle}
		rest, upTo, _ := strings.Cut(rest, " "+upToWord)
		_, _ = fmt.Sscanf(rest, "%d %d %d", &h.AtMicros, &h.SeenMicros, &h.ActiveMicros) // what cannot be read says nothing
		h.UpTo, _ = strconv.ParseInt(upTo, 10, 64)
		return h
	}
	if at, err := strconv.ParseInt(s, 10, 64); err == nil {
		return Head{Kind: HeadAt, AtMicros: at}
	}
	return Head{}
}

func (s Sighting) String() string { return fmt.Sprintf("%d %d", s.AtMicros, s.SeenMicros) }

func parseSighting(text string) (s Sighting) {
	if _, err := fmt.Sscanf(text, "%d %d", &s.AtMicros, &s.SeenMicros); err != nil {
		return Sighting{}
	}
	return s
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
	_, err := s.client.Pipelined(ctx, func(pipe redis.Pipeliner) error {
		pipe.HSet(ctx, headsKey(s.options.Namespace), source.String(), head.String())
		if head.Furthest != (Sighting{}) {
			pipe.HSet(ctx, sightingsKey(s.options.Namespace), source.String(), head.Furthest.String())
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("set head of %s: %w", source, err)
	}
	return nil
}

// SetSighting stores the furthest sighting of a partition alone.
func (s *Store) SetSighting(ctx context.Context, source layout.Source, furthest Sighting) error {
	if err := s.client.HSet(ctx, sightingsKey(s.options.Namespace), source.String(), furthest.String()).Err(); err != nil {
		return fmt.Errorf("set sighting of %s: %w", source, err)
	}
	return nil
}

// Heads are the heads of all input partitions that were ever set, by
// topic/partition.
func (s *Store) Heads(ctx context.Context) (map[string]Head, error) {
	var stored, sightings *redis.MapStringStringCmd
	_, err := s.client.Pipelined(ctx, func(pipe redis.Pipeliner) error {
		stored = pipe.HGetAll(ctx, headsKey(s.options.Namespace))
		sightings = pipe.HGetAll(ctx, sightingsKey(s.options.Namespace))
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read heads: %w", err)
	}
	heads := make(map[string]Head, len(stored.Val()))
	for source, text := range stored.Val() {
		head := parseHead(text)
		head.Furthest = parseSighting(sightings.Val()[source])
		heads[source] = head
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
