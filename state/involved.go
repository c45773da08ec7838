package state

import (
	"fmt"

	"github.com/clvstream/clvstream/clv"
	"github.com/clvstream/clvstream/clv/statistics"
	"github.com/clvstream/clvstream/state/layout"
)

// involved are the customers of a shard's share of a batch. They are looked up in the cache
// when the shard is opened, and decoded from it once all are there.
type involved struct {
	customers []involvedCustomer
	of        []int // per piece of work, the index of its customer; −1 of a refused record, and of what concerns the index of orders
	missing   []string
	tip       string // of the cache that they were looked up in

	numbers map[string]int // index by id
}

// decoded are the customers of the transaction under way, in memory that the next one uses
// again.
type decoded struct {
	customers []clv.Customer
	memory    layout.Memory
}

// involvedCustomer is a customer whom a transaction may change, and what the due index and
// the statistics have of them before it.
type involvedCustomer struct {
	*clv.Customer
	id      string
	stored  string
	counted bool // indexed and was are set
	changed bool
	indexed int64
	was     statistics.Contribution
}

// lookUp finds the customers of some work in the shard's cache, and names those who are not
// in it.
func (v *involved) lookUp(sh *shard, batch *Batch, work []int) {
	v.customers, v.of, v.missing, v.tip = v.customers[:0], v.of[:0], v.missing[:0], sh.tip
	if v.numbers == nil {
		v.numbers = map[string]int{}
	}
	clear(v.numbers)
	for _, i := range work {
		e := batch.Work[i].Event
		if e == nil || batch.Work[i].concernsOrders() {
			v.of = append(v.of, -1)
			continue
		}
		number, known := v.numbers[e.CustomerID]
		if !known {
			number = len(v.customers)
			v.numbers[e.CustomerID] = number
			v.add(sh, e.CustomerID)
		}
		v.of = append(v.of, number)
	}
}

func (v *involved) add(sh *shard, id string) {
	stored, cached := sh.cache.stored[id]
	if !cached {
		v.missing = append(v.missing, id)
	}
	v.customers = append(v.customers, involvedCustomer{id: id, stored: stored})
}

// complete says whether all were found, in what is cached now.
func (v *involved) complete(sh *shard) bool { return len(v.missing) == 0 && v.tip == sh.tip }

// take takes customers out of their stored bytes.
func (d *decoded) take(involved []involvedCustomer) error {
	d.memory.Reset()
	if missing := len(involved) - len(d.customers); missing > 0 {
		d.customers = append(d.customers, make([]clv.Customer, missing)...)
	}
	for i := range involved {
		c := &involved[i]
		if c.Customer = &d.customers[i]; c.stored == "" {
			*c.Customer = d.memory.New()
			continue
		}
		if err := d.memory.Decode(c.Customer, c.stored); err != nil {
			return fmt.Errorf("customer of %d stored bytes: %w", len(c.stored), err)
		}
	}
	return nil
}
