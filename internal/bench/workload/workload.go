// Package workload makes the records of a benchmark: orders of a shop, and harder mixes.
//
//	New(name, options) ──► Stream.Next ──► Record (topic, key, JSON)
//
// The same name, seed and span give the same records. An order is 200 bytes of JSON, as a
// shop would write it. It knows neither Kafka nor what becomes of a record.
package workload

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"time"
)

// The workloads. Grown has the orders of Shop: what differs is what was stored before.
const (
	Shop    = "shop"    // customers with gamma rates (shape 0.5), as a retailer's: five orders each on average
	Zipf    = "zipf"    // 1,000,000 customers, exponent 1.07: the largest has a tenth of the orders
	Uniform = "uniform" // each order is another's of 2,000,000 customers
	Hostile = "hostile" // Shop with repetitions, late events, refunds, broken records and churn
	Grown   = "grown"   // Shop beside many stored customers
)

// Names lists the workloads.
func Names() []string { return []string{Shop, Zipf, Uniform, Hostile, Grown} }

// Options say which records.
type Options struct {
	Events   int           // how many records; ≥ 1
	Seed     uint64        // equal seeds give equal records
	Currency string        // ISO 4217, with two decimals
	End      time.Time     // the events end here
	Span     time.Duration // and begin this much earlier, evenly spaced
	Prefix   string        // of every id: "" or what sets these customers apart from others
	// Customers is how many Uniform has, no multiple of three; 0: 2,000,000.
	Customers int
}

// Topic is which input topic a record belongs to.
type Topic int

// The input topics.
const (
	Orders Topic = iota
	Churn
)

// Record is one input record.
type Record struct {
	Topic Topic
	Key   []byte // the customer's id
	Value []byte
}

// Stream makes a workload's records in order.
type Stream struct {
	o       Options
	random  *rand.Rand
	draw    func() uint64 // the next customer's number
	hostile *hostile      // nil: only orders
	step    time.Duration // between two events
	// customers is what numbers of customers are taken by.
	customers uint64
	made      int
	seen      map[uint64]int // orders by customer
	largest   int
}

// New begins a workload.
func New(name string, o Options) (*Stream, error) {
	if o.Events < 1 || o.Span < 0 {
		return nil, fmt.Errorf("make workload %s: %d events in %s: both must be positive", name, o.Events, o.Span)
	}
	s := &Stream{o: o, random: rand.New(rand.NewPCG(o.Seed, 0)), step: o.Span / time.Duration(o.Events), seen: map[uint64]int{}}
	s.customers = uint64(cmp.Or(o.Customers, uniformCustomers))
	switch name {
	case Shop, Grown:
		s.draw = gammaRates(s.random, o.Events)
	case Hostile:
		s.draw = gammaRates(s.random, o.Events)
		s.hostile = &hostile{}
	case Zipf:
		s.draw = rand.NewZipf(s.random, zipfExponent, 1, zipfCustomers-1).Uint64
	case Uniform:
		s.draw = func() uint64 { return uint64(s.made) % s.customers }
	default:
		return nil, fmt.Errorf("make workload %q: not known; give %s", name, strings.Join(Names(), ", "))
	}
	return s, nil
}

// Next is the next record; ok is false after the last.
func (s *Stream) Next() (r Record, ok bool) {
	if s.made == s.o.Events {
		return Record{}, false
	}
	o := s.order()
	if s.hostile != nil {
		r = s.hostile.next(s, o)
	} else {
		r = Record{Key: s.key(o.customer), Value: s.appendOrder(nil, o)}
	}
	s.made++
	return r, true
}

// Customers is how many customers have ordered so far.
func (s *Stream) Customers() int { return len(s.seen) }

// Largest is the most orders of one customer so far.
func (s *Stream) Largest() int { return s.largest }

// At is when the event of a number happens, from 0.
func (s *Stream) At(number int) time.Time {
	return s.o.End.Add(-s.o.Span + time.Duration(number)*s.step)
}

const (
	// shopOrders is how many orders a customer of a shop has on average, of whom a
	// third never orders: 2,000,000 orders are of 280,000 customers.
	shopOrders       = 5
	zipfCustomers    = 1_000_000
	uniformCustomers = 2_000_000
	zipfExponent     = 1.07
	// spread is prime to the numbers of customers: popular customers are not neighbours.
	spread = 387_420_489
)

// gammaRates draws customers by rates of their own: squared normal deviates, which are
// gamma variates of shape 0.5. There are as many customers as the events are for.
func gammaRates(random *rand.Rand, events int) func() uint64 {
	sums := make([]float64, (events+shopOrders-1)/shopOrders)
	sum := 0.0
	for i := range sums {
		x := random.NormFloat64()
		sum += x * x
		sums[i] = sum
	}
	return func() uint64 {
		at, _ := slices.BinarySearch(sums, random.Float64()*sum)
		return uint64(min(at, len(sums)-1))
	}
}

// amountMinor is a lognormal amount with a median of 50.00, at least 0.50.
func (s *Stream) amountMinor() int64 {
	return max(50, int64(5000*math.Exp(0.6*s.random.NormFloat64())))
}
