package state

import (
	"strconv"

	"github.com/clvstream/clvstream/clv"
	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/clv/statistics"
	"github.com/clvstream/clvstream/state/layout"
)

// encoder turns what a transaction writes into commands. They share its buffers,
// which are used again by the next transaction.
type encoder struct{ customers, outbox []byte }

// entry is the stored form of an outbox entry.
func (n *encoder) entry(source layout.Source, items []layout.Item) []byte {
	entry := layout.AppendEntry(n.outbox[:0], source, items)
	n.outbox = reusable(entry)
	return entry
}

// customersCommand is the HSET of every touched customer.
func (n *encoder) customersCommand(sh *shard, w *writes) []any {
	args := make([]any, 0, 2+2*len(w.changed))
	args = append(args, "HSET", sh.keys.customers)
	stored := n.customers[:0]
	for i := range w.changed {
		from := len(stored)
		stored = layout.AppendCustomer(stored, w.changed[i].customer)
		args = append(args, w.changed[i].id, stored[from:]) // also of a buffer that was outgrown since
	}
	n.customers = reusable(stored)
	return args
}

// reusable is a buffer, unless it is so large that it should not stay.
func reusable(buffer []byte) []byte {
	if cap(buffer) > largeEntryBytes {
		return nil
	}
	return buffer
}

// dueCommands bring the due index to what the touched customers say. Most events
// leave it as it is.
func dueCommands(sh *shard, w *writes) [][]any {
	add, remove := []any{"ZADD", sh.keys.due}, []any{"ZREM", sh.keys.due}
	for i := range w.changed {
		c := &w.changed[i]
		switch due := c.customer.DueMicros; due {
		case c.indexed:
		case 0:
			remove = append(remove, c.id)
		default:
			add = append(add, strconv.FormatInt(due, 10), c.id)
		}
	}
	var commands [][]any
	if len(add) > 2 {
		commands = append(commands, add)
	}
	if len(remove) > 2 {
		commands = append(commands, remove)
	}
	return commands
}

// changed is a customer whom a transaction changes, in place, and what the due
// index and the statistics have of them before it.
type changed struct {
	id       string
	customer *clv.Customer
	indexed  int64
	was      statistics.Contribution
}

// meet says how a customer stands who may be changed for the first time. Of one
// who was changed already it says nothing.
func (w *writes) meet(id string, customer *clv.Customer, rules *history.Rules) changed {
	met := changed{id: id, customer: customer, indexed: customer.DueMicros}
	if _, known := w.touched[id]; !known {
		met.was, w.months = customer.Contribution(rules, w.months)
	}
	return met
}

// touch notes that a customer has changed since they were met.
func (w *writes) touch(met *changed) {
	if _, known := w.touched[met.id]; !known {
		w.touched[met.id] = len(w.changed)
		w.changed = append(w.changed, *met)
	}
}

func newWrites(customers int) writes {
	return writes{touched: make(map[string]int, customers), changed: make([]changed, 0, customers)}
}
