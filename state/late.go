package state

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/clvstream/clvstream/state/layout"
)

// Counted is a number of events, and the time of the earliest.
type Counted struct {
	Events         int
	EarliestMicros int64 // event time; 0 if there are none
}

func (c *Counted) add(atMicros int64) { c.join(Counted{1, atMicros}) }

func (c *Counted) join(other Counted) {
	if other.Events == 0 {
		return
	}
	if c.Events == 0 || other.EarliestMicros < c.EarliestMicros {
		c.EarliestMicros = other.EarliestMicros
	}
	c.Events += other.Events
}

// Lateness is how late events of an input partition came for due times.
type Lateness struct {
	By time.Duration // behind the time that the partition had come to: a grace as long would have waited
	At time.Time     // when that was, by the consumer's clock
}

// latenessKey is a hash: topic/partition → how late an event came, and when, µs.
func latenessKey(namespace string) string { return namespace + ":lateness" }

// KeepLateness stores how late events of a partition come, unless more is stored that is
// not older than it is kept for.
func (s *Store) KeepLateness(ctx context.Context, source layout.Source, l Lateness, kept time.Duration) error {
	all, err := s.Latenesses(ctx)
	if err != nil {
		return err
	}
	if stored := all[source.String()]; stored.By >= l.By && l.At.Sub(stored.At) <= kept {
		return nil
	}
	text := fmt.Sprintf("%d %d", l.By.Microseconds(), l.At.UnixMicro())
	if err := s.client.HSet(ctx, latenessKey(s.options.Namespace), source.String(), text).Err(); err != nil {
		return fmt.Errorf("store lateness of %s: %w", source, err)
	}
	return nil
}

// Latenesses are those of all input partitions in which events came late, by
// topic/partition.
func (s *Store) Latenesses(ctx context.Context) (map[string]Lateness, error) {
	stored, err := s.client.HGetAll(ctx, latenessKey(s.options.Namespace)).Result()
	if err != nil {
		return nil, fmt.Errorf("read latenesses: %w", err)
	}
	all := make(map[string]Lateness, len(stored))
	for source, text := range stored {
		by, at, _ := strings.Cut(text, " ")
		byMicros, err := strconv.ParseInt(by, 10, 64)
		atMicros, err2 := strconv.ParseInt(at, 10, 64)
		if err == nil && err2 == nil { // what cannot be read says nothing
			all[source] = Lateness{By: time.Duration(byMicros) * time.Microsecond, At: time.UnixMicro(atMicros)}
		}
	}
	return all, nil
}
