package layout

import (
	"math"
	"slices"

	"github.com/clvstream/clvstream/clv"
)

// EntryMemory is what outbox entries are decoded into, one after the other: a change takes
// half a kilobyte, and there is one for nearly every event. Who decodes owns the memory, and
// with it the last entry, up to the next Decode. It is one goroutine's. The zero
// EntryMemory is ready for use.
type EntryMemory struct {
	items   []Item
	changes []*clv.Change
	used    int // of changes, by the last entry
}

// Decode is DecodeEntry into this memory: the entry's items and changes are valid until the
// next Decode. Strings and dead letters are not in it, and stay.
func (m *EntryMemory) Decode(stored string) (Entry, error) {
	m.release()
	r := &reader{rest: stored}
	schema := r.schema(formerEntrySchema, extendedEntrySchema)
	r.former = schema < entrySchema
	e := Entry{Source: Source{Topic: r.string(), Partition: r.int32()}}
	for i := range e.Source.TopicID {
		e.Source.TopicID[i] = r.byte()
	}
	m.readItems(r, e.OfDueTimes())
	if schema == extendedEntrySchema || schema == extendedFormerEntrySchema {
		readItemExtensions(r, m.items)
	}
	if err := r.end("outbox entry"); err != nil {
		return Entry{}, err
	}
	e.Items = m.items
	return e, nil
}

// release empties what the last entry used, so that it does not keep what was stored of it.
func (m *EntryMemory) release() {
	clear(m.items)
	for _, change := range m.changes[:m.used] {
		*change = clv.Change{}
	}
	m.items, m.used = m.items[:0], 0
}

// change is an empty one.
func (m *EntryMemory) change() *clv.Change {
	if m.used == len(m.changes) {
		m.changes = append(m.changes, new(clv.Change))
	}
	m.used++
	return m.changes[m.used-1]
}

func (m *EntryMemory) readItems(r *reader, ofDueTimes bool) {
	n := r.count()
	m.items = slices.Grow(m.items, n)
	for range n {
		m.items = append(m.items, m.readItem(r))
		if m.items[len(m.items)-1].Change == nil && ofDueTimes { // of no record
			r.fail(errForeign)
		}
	}
}

// part is the number of a part of a record that is not the first.
func (r *reader) part() int32 {
	part := r.uvarint()
	if part == 0 || part > math.MaxInt32 {
		r.fail(errForeign)
	}
	return int32(part)
}

func (m *EntryMemory) readItem(r *reader) Item {
	kind, part := r.byte(), int32(0)
	if kind&itemOfPart != 0 {
		kind &^= itemOfPart
		part = r.part()
	}
	item := Item{Part: part, Offset: r.varint(), Ahead: kind == itemAhead, TraceParent: r.string()}
	switch kind {
	case itemChange, itemAhead:
		item.Change = m.change()
		readChange(r, item.Change)
	case itemDeadLetter:
		item.DeadLetter = readDeadLetter(r)
	case itemRerouted:
		item.Rerouted = readRerouted(r)
	case 0:
		r.fail(errForeign)
	default:
		r.fail(newer("kind of item", kind))
	}
	return item
}
