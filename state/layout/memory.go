package layout

import (
	"strings"

	"github.com/clvstream/clvstream/clv"
	"github.com/clvstream/clvstream/clv/history"
)

// Memory is where the customers of one transaction are decoded to, and after it those of the
// next: a ledger and its ids are half a dozen allocations otherwise, for each event. The zero
// Memory is ready. It belongs to one goroutine.
type Memory struct {
	orders slab[history.Order]
	hashes slab[uint64]
	worths slab[history.Worth]
	months slab[history.MonthSum]
	ids    strings.Builder // only grows: what was cut from it stays as it is
	// version is the model's of the last customer that was decoded.
	version string
}

// Reset ends the use of all customers that were decoded.
func (m *Memory) Reset() {
	m.orders.reset()
	m.hashes.reset()
	m.worths.reset()
	m.months.reset()
}

// New is a customer of whom nothing is stored, with room for orders.
func (m *Memory) New() clv.Customer {
	var c clv.Customer
	c.History.Orders = m.orders.take(0)
	return c
}

// Decode is DecodeCustomer into a customer and the memory. What was in the customer before
// is gone. Its slices have room for a few elements more, as an event adds one.
func (m *Memory) Decode(c *clv.Customer, stored string) error {
	return decodeCustomer(&reader{rest: stored, memory: m, made: &m.ids}, c)
}

// slab hands out parts of one slice. Once it is used up the rest is allocated part by part,
// and after a reset there is as much as was asked for the last time.
type slab[T any] struct {
	free  []T // what is left of all
	all   []T
	taken int
}

const (
	// slabSpare is how many elements more than asked for a part has room for.
	slabSpare = 2
	// slabMost bounds what stays after a reset: those of some hundred customers with ledgers of
	// some dozen orders.
	slabMost = 1 << 12
)

// take is n elements, zero.
func (s *slab[T]) take(n int) []T {
	room := n + slabSpare
	if s.taken += room; room > len(s.free) {
		return make([]T, n, room)
	}
	part := s.free[:n:room]
	s.free = s.free[room:]
	clear(part)
	return part
}

func (s *slab[T]) reset() {
	if s.taken > len(s.all) {
		s.all = make([]T, min(s.taken, slabMost))
	}
	s.free, s.taken = s.all, 0
}

// The parts of a customer, in memory if there is one.

func (r *reader) orders(n int) []history.Order {
	if r.memory == nil {
		return make([]history.Order, n)
	}
	return r.memory.orders.take(n)
}

func (r *reader) hashes(n int) []uint64 {
	if r.memory == nil {
		return make([]uint64, n)
	}
	return r.memory.hashes.take(n)
}

func (r *reader) worths(n int) []history.Worth {
	if r.memory == nil {
		return make([]history.Worth, n)
	}
	return r.memory.worths.take(n)
}

func (r *reader) months(n int) []history.MonthSum {
	if r.memory == nil {
		return make([]history.MonthSum, n)
	}
	return r.memory.months.take(n)
}
