package report

import (
	"cmp"
	"context"
	"hash/fnv"
	"slices"

	"github.com/clvstream/clvstream/clv/calendar"
	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/internal/calibrate"
)

// Survey is the result of one reading of the orders: their days, and some customers with
// all their events.
type Survey struct {
	First, Last calendar.Day // of the orders
	Orders      int          // events of orders, refunds and cancellations
	sampled     map[string]*sampled
	below       uint64 // customers of a hash below it are sampled
}

type sampled struct {
	id     string
	hash   uint64
	events []history.Event
	many   bool // more than mostEvents: not kept
}

// Bounds of the sample: it takes some 75 MB at most, whatever the file.
const (
	sampleSize = 500
	mostEvents = 1000
)

// Look reads the source once. The sample is of the customers whose ids have the
// lowest hashes, so that it is the same every time and complete in one reading:
// a customer who is in it at the end was in it from the first event on.
func Look(ctx context.Context, source calibrate.Source, rules *history.Rules) (*Survey, error) {
	s := &Survey{sampled: map[string]*sampled{}, below: ^uint64(0)}
	err := source.Each(ctx, func(e *history.Event) {
		if !e.Kind.OfOrder() {
			return
		}
		day := rules.Calendar.Day(e.AtMicros)
		if s.Orders == 0 {
			s.First, s.Last = day, day
		}
		s.First, s.Last = min(s.First, day), max(s.Last, day)
		s.Orders++
		s.sample(e)
	})
	return s, err
}

func (s *Survey) sample(e *history.Event) {
	c := s.sampled[e.CustomerID]
	if c == nil {
		hash := sampleHash(e.CustomerID)
		if hash >= s.below {
			return
		}
		c = &sampled{id: e.CustomerID, hash: hash}
		s.sampled[c.id] = c
		s.shrink()
	}
	switch {
	case c.many:
	case len(c.events) == mostEvents:
		c.many, c.events = true, nil
	default:
		c.events = append(c.events, *e)
	}
}

// shrink keeps the lowest hashes once there are twice too many.
func (s *Survey) shrink() {
	if len(s.sampled) < 2*sampleSize {
		return
	}
	all := s.customers()
	s.below = all[sampleSize].hash
	for _, c := range all[sampleSize:] {
		delete(s.sampled, c.id)
	}
}

// customers are the sampled, by hash.
func (s *Survey) customers() []*sampled {
	all := make([]*sampled, 0, len(s.sampled))
	for _, c := range s.sampled {
		all = append(all, c)
	}
	slices.SortFunc(all, func(a, b *sampled) int { return cmp.Or(cmp.Compare(a.hash, b.hash), cmp.Compare(a.id, b.id)) })
	return all
}

// sampleHash spreads ids evenly, also those that differ in their last digit
// alone.
func sampleHash(id string) uint64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(id))
	sum := h.Sum64()
	sum ^= sum >> 33
	sum *= 0xff51afd7ed558ccd
	return sum ^ sum>>33
}
