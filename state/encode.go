package state

import (
	"strconv"

	"github.com/clvstream/clvstream/clv"
)

// encoder turns what a transaction writes into commands. Its buffer is used again
// and again.
type encoder struct{ bytes []byte }

// entry is the stored form of an outbox entry. It shares the buffer, unless it is
// so large that the buffer should not stay so.
func (n *encoder) entry(source Source, items []Item) []byte {
	entry := appendEntry(n.bytes[:0], source, items)
	if n.bytes = entry; cap(entry) > largeEntryBytes {
		n.bytes = nil
	}
	return entry
}

// customersCommand is the HSET of every touched customer. Their bytes share one
// buffer.
func (n *encoder) customersCommand(sh *shard, w *writes) []any {
	args := make([]any, 0, 2+2*len(w.touched))
	args = append(args, "HSET", sh.keys.customers)
	for id, customer := range w.touched {
		n.bytes = AppendCustomer(n.bytes[:0], customer)
		args = append(args, id, string(n.bytes))
	}
	return args
}

// dueCommands bring the due index to what the touched customers say. Most events
// leave it as it is.
func dueCommands(sh *shard, w *writes) [][]any {
	add, remove := []any{"ZADD", sh.keys.due}, []any{"ZREM", sh.keys.due}
	for id, customer := range w.touched {
		switch indexed := w.due[id]; {
		case customer.DueMicros == indexed:
		case customer.DueMicros == 0:
			remove = append(remove, id)
		default:
			add = append(add, strconv.FormatInt(customer.DueMicros, 10), id)
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

// touch notes that a customer has changed, whom the due index had at an instant
// before the first change.
func (w *writes) touch(id string, customer *clv.Customer, indexed int64) {
	if _, known := w.touched[id]; !known {
		w.touched[id], w.due[id] = customer, indexed
	}
}

func newWrites(customers int) writes {
	return writes{touched: make(map[string]*clv.Customer, customers), due: make(map[string]int64, customers)}
}
