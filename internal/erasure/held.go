package erasure

import (
	"context"
	"time"

	"github.com/clvstream/clvstream/clv"
	"github.com/clvstream/clvstream/clv/calendar"
	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/state"
)

// Held is how much is held of a customer. It counts, and says nothing of what is counted.
type Held struct {
	Orders      int    `json:"orders"`              // singly and in sums, those that do not stand only while they are kept singly
	Refunds     int    `json:"refunds"`             // kept singly, or known by their hashes
	Waiting     int    `json:"waiting"`             // events that wait for their order
	FirstDay    string `json:"first_day,omitempty"` // of an order
	LastDay     string `json:"last_day,omitempty"`
	Changes     uint64 `json:"changes"` // announced so far
	StoredBytes int    `json:"stored_bytes"`
}

// Subject is a customer who is to be erased, as they are now.
type Subject struct {
	CustomerID string
	Held       Held
	// ErasedAt is when they were erased before, and nothing has come since; zero: they were not.
	ErasedAt     time.Time
	latestMicros int64
}

// Read reads a customer.
func Read(ctx context.Context, store *state.Store, id string, zone *calendar.Calendar) (Subject, error) {
	s := Subject{CustomerID: id}
	c, bytes, err := store.CustomerOfBytes(ctx, id)
	if err != nil || c == nil {
		return s, err
	}
	if c.Erased() {
		s.ErasedAt = time.UnixMicro(c.Erasure.AtMicros).UTC()
		return s, nil
	}
	s.Held, s.latestMicros = heldOf(c, zone), c.History.LatestMicros
	s.Held.StoredBytes = bytes
	return s, nil
}

func heldOf(c *clv.Customer, zone *calendar.Calendar) Held {
	h := &c.History
	held := Held{Orders: h.Sealed.Orders, Refunds: len(h.RefundHashes), Waiting: len(h.Waiting), Changes: c.Version}
	var days span
	if h.Sealed.Days > 0 {
		days.add(h.Sealed.FirstDay)
		days.add(h.Sealed.LastDay)
	}
	for i := range h.Orders {
		o := &h.Orders[i]
		if o.Placed {
			held.Orders++
			days.add(o.Day)
		}
		held.Refunds += known(o)
	}
	held.FirstDay, held.LastDay = days.text()
	return held
}

func known(o *history.Order) (refunds int) {
	for i := range o.Refunds {
		if o.Refunds[i].Known {
			refunds++
		}
	}
	return refunds
}

// span is from a first day to a last one.
type span struct {
	first, last calendar.Day
	any         bool
}

func (s *span) add(day calendar.Day) {
	if !s.any {
		s.first, s.last, s.any = day, day, true
	}
	s.first, s.last = min(s.first, day), max(s.last, day)
}

func (s *span) text() (first, last string) {
	if !s.any {
		return "", ""
	}
	return s.first.String(), s.last.String()
}
