package state

import "github.com/clvstream/clvstream/state/layout"

// encoder turns what a transaction writes into commands. They share its buffers,
// which are used again by the next transaction.
type encoder struct {
	customers, outbox []byte
	arguments         []any
}

// entry is the stored form of an outbox entry.
func (n *encoder) entry(source layout.Source, items []layout.Item) []byte {
	entry := layout.AppendEntry(n.outbox[:0], source, items)
	n.outbox = reusable(entry)
	return entry
}

// customersCommand is the HSET of every changed customer, whose stored form it keeps with them.
func (n *encoder) customersCommand(sh *shard, w *writes) []any {
	n.arguments = append(n.arguments[:0], "HSET", sh.keys.customers)
	for _, c := range w.changed {
		n.customers = layout.AppendCustomer(n.customers[:0], c.Customer)
		c.stored = string(n.customers)
		n.arguments = append(n.arguments, &c.id, &c.stored)
	}
	n.customers = reusable(n.customers)
	return n.arguments
}

// reusable is a buffer, unless it is so large that it should not stay.
func reusable(buffer []byte) []byte {
	if cap(buffer) > largeEntryBytes {
		return nil
	}
	return buffer
}
