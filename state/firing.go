package state

import (
	"container/heap"
	"math"

	"github.com/clvstream/clvstream/clv"
	"github.com/clvstream/clvstream/state/layout"
)

// due is one entry of the due index.
type due struct {
	atMicros int64
	customer string
}

func (d due) before(other due) bool {
	return d.atMicros < other.atMicros || d.atMicros == other.atMicros && d.customer < other.customer
}

// firing is what one transaction fires, in strict order: a customer who is due
// again before the others' last instant takes their place among them.
type firing struct {
	valuation *clv.Valuation
	customers map[string]*involvedCustomer
	w         *writes
	changes   *changeSlab
	valued    int
	last      int64 // instant fired
	fresh     freshness
}

// dueHeap gives the earliest entry first.
type dueHeap []due

func (h dueHeap) Len() int           { return len(h) }
func (h dueHeap) Less(i, j int) bool { return h[i].before(h[j]) }
func (h dueHeap) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }
func (h *dueHeap) Push(d any)        { *h = append(*h, d.(due)) } //nolint:errcheck // heap gives back what it was given
func (h *dueHeap) Pop() any {
	old := *h
	d := old[len(old)-1]
	*h = old[:len(old)-1]
	return d
}

// run fires the waiting entries, which ascend, up to an instant.
func (r *firing) run(waiting []due, untilMicros int64) {
	h := dueHeap(waiting)
	for len(h) > 0 && h[0].atMicros <= untilMicros {
		d := heap.Pop(&h).(due) //nolint:errcheck // as above
		r.last = max(r.last, d.atMicros)
		customer := r.customers[d.customer]
		if customer == nil {
			r.w.gone = append(r.w.gone, d.customer)
			continue
		}
		r.take(d, customer)
		if next := customer.DueMicros; next != 0 && next <= untilMicros {
			heap.Push(&h, due{next, d.customer})
		}
	}
}

// take fires one entry.
func (r *firing) take(d due, customer *involvedCustomer) {
	r.w.before(customer, &r.valuation.Rules)
	customer.indexed = indexMoved
	r.w.add(customer)
	r.valued++
	model := customer.Value.ModelVersion
	customer.Advance(d.customer, clv.Occasion{UntilMicros: d.atMicros, Due: true}, r.valuation, func(change clv.Change) {
		r.w.items = append(r.w.items, layout.Item{Change: r.changes.add(&change)})
		r.w.changes++
	})
	r.fresh.keepFresh(customer, r.valuation)
	r.w.revalued(model, customer.Value.ModelVersion)
}

// indexMoved is no due time: the entry of a customer who was fired is always
// written anew.
const indexMoved = math.MinInt64
