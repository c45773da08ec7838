package state

import (
	"fmt"

	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/state/layout"
)

// writes is what one shard's transaction will hold.
type writes struct {
	changed []*involvedCustomer
	months  []history.MonthSum // of contributions
	items   []layout.Item
	held    int64 // the last record of which nothing is to be published; -1: there is none
	gone    []any // ids in the due index of customers who are not stored
	applied int
	changes int
	// rerouted are events put into the outbox for the customers of their orders.
	rerouted Counted
	orders   *indexing        // nil: the work is of customers alone
	erased   int              // customers
	exceed   int              // events after which refunds exceed their order by more than before
	models   map[string]int64 // by how many customers more or fewer each is valued by
	late     Counted
}

// reset empties it for another transaction, in the same memory.
func (w *writes) reset() {
	clear(w.items) // they hold changes and dead letters
	*w = writes{changed: w.changed[:0], months: w.months[:0], items: w.items[:0], held: -1}
}

// refuse adds the dead letter of a piece of work. Who was erased is not to be followed by what
// traces of their records, either.
func (w *writes) refuse(work *Work, refused *history.Refusal, letter *layout.DeadLetter) {
	item := layout.Item{Offset: work.Offset, Part: work.Part, TraceParent: work.TraceParent, DeadLetter: letter}
	if refused.Reason == history.Erased {
		item.TraceParent = ""
	}
	w.items = append(w.items, item)
}

// before notes how a customer is before they are changed for the first time.
func (w *writes) before(c *involvedCustomer, rules *history.Rules) {
	if c.counted {
		return
	}
	c.counted, c.indexed = true, c.DueMicros
	c.was, w.months = c.Contribution(rules, w.months)
}

// add notes that a customer has changed since.
func (w *writes) add(c *involvedCustomer) {
	if !c.changed {
		c.changed = true
		w.changed = append(w.changed, c)
	}
}

// revalued notes that a customer's value is by another model than before.
func (w *writes) revalued(from, to string) {
	if from == to {
		return
	}
	if w.models == nil {
		w.models = map[string]int64{}
	}
	if from != "" {
		w.models[from]--
	}
	if to != "" {
		w.models[to]++
	}
}

// composer turns what a transaction writes into commands. Its buffers are used
// again by the next transaction. Strings and numbers of customers are given as pointers: as
// values each would be allocated.
type composer struct {
	encoder     encoder
	tally       tally
	add, remove []any // of due times
}

// commands are the writes on an opened shard, and the shard's tip after them.
// Source is the zero Source for due times; src are fields and values to set in src
// beside the tip; counts are those by model as stored, known if any changes. An entry too large for an outbox with others in it is refused
// with errOutboxFull.
func (m *composer) commands(o *opened, w *writes, counts modelCounts, source layout.Source, commit string, src ...any) (commands [][]any, tip string, err error) {
	sh := o.shard
	tip = o.tip
	commands = make([][]any, 0, mostCommands)
	if len(w.changed) > 0 {
		tip = nextTip(o.tip, commit)
		commands = append(commands, m.encoder.customersCommand(sh, w))
	}
	commands = m.appendDue(commands, sh, w)
	commands = counts.appendCommands(commands, sh, w.models)
	commands = m.tally.appendCommands(commands, sh)
	if w.orders != nil {
		indexed, told := w.orders.commands(sh, commit)
		commands, src = append(commands, indexed...), append(src, told...)
	}
	if len(w.items) > 0 {
		entry := m.encoder.entry(source, w.items)
		if n := o.waiting.Val(); len(entry) > largeEntryBytes && n >= largeEntriesCap {
			return nil, "", fmt.Errorf("%d entries wait, too many for one more of %d bytes: %w", n, len(entry), errOutboxFull)
		}
		commands = append(commands, []any{"XADD", sh.keys.out, "*", entryField, entry})
	}
	set := append(make([]any, 0, 8+len(src)), "HSET", sh.keys.src, tipField, tip)
	if o.layout < layout.Number { // Redis was restored from a copy of before it was raised
		set = append(set, layoutField, layout.Number)
	}
	set = appendJournal(set, o.tip, tip, w)
	return append(commands, append(set, src...)), tip, nil
}

// mostCommands is how many a transaction has: customers, two each for due times, counts
// by model and statistics, an entry, and src.
const mostCommands = 14

// appendDue brings the due index to what the changed customers say. Most events
// leave it as it is.
func (m *composer) appendDue(commands [][]any, sh *shard, w *writes) [][]any {
	m.add, m.remove = append(m.add[:0], "ZADD", sh.keys.due), append(m.remove[:0], "ZREM", sh.keys.due)
	for _, c := range w.changed {
		switch c.DueMicros {
		case c.indexed:
		case 0:
			m.remove = append(m.remove, &c.id)
		default:
			m.add = append(m.add, &c.DueMicros, &c.id)
		}
	}
	m.remove = append(m.remove, w.gone...)
	return appendFilled(commands, m.add, m.remove)
}

// appendFilled appends the commands that have arguments beside their key.
func appendFilled(commands [][]any, candidates ...[]any) [][]any {
	for _, command := range candidates {
		if len(command) > 2 {
			commands = append(commands, command)
		}
	}
	return commands
}
