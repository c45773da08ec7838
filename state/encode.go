package state

import "github.com/clvstream/clvstream/state/layout"

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
