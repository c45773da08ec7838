package layout

import (
	"encoding/binary"
	"slices"

	"github.com/clvstream/clvstream/clv"
)

// Versions of an outbox entry's layout: without and with extensions, as they are written,
// and as they were before.
const (
	entrySchema               = 4
	extendedEntrySchema       = 5
	formerEntrySchema         = 2
	extendedFormerEntrySchema = 3
)

// Kinds of an entry's items.
const (
	itemChange     = 1
	itemDeadLetter = 2
	itemAhead      = 3
	itemRerouted   = 4
	// itemOfPart is added where the item is of another part of its record than the first.
	itemOfPart = 0x40
)

// Entry is what one commit leaves in a shard's outbox: the changes, dead letters
// and rerouted events of one input partition, ascending by offset, or the changes of due
// times, ascending by instant and customer.
type Entry struct {
	ID      string // the stream's id, for trimming; it says nothing about order across shards
	Source  Source // the zero Source of due times
	Items   []Item
	AtMilli int64 // wall clock of the commit, from the stream's id
}

// OfDueTimes says whether the entry's changes were caused by due times.
func (e *Entry) OfDueTimes() bool { return e.Source == Source{} }

// Item is one change, one dead letter or one rerouted event, and the record it came from. What was due before
// an event, and the shard had not come to yet, is announced in front of it, as of the same
// record.
type Item struct {
	Offset      int64  // of the input record; 0 of a due time
	Part        int32  // of the record, from 0: a mapped one may be several events
	Ahead       bool   // a change of time that the shard had not come to yet
	TraceParent string // W3C traceparent of the input record; may be empty
	Change      *clv.Change
	DeadLetter  *DeadLetter
	Rerouted    *Rerouted
	// Extensions are what a later version of the program says of the item, as bytes.
	Extensions string
}

// AppendEntry appends the stored form of an entry to dst:
//
//	schema  1 byte: 5 if there are extensions, else 4
//	source  topic string, partition varint, topic id 16 bytes
//	items   uvarint count, then each: kind byte (change 1, dead letter 2,
//	        change of time that is ahead 3, rerouted 4; 64 more: the part of the
//	        record, uvarint), offset varint, traceparent string, then the change
//	        (appendChange), the dead letter (appendDeadLetter) or the rerouted event
//	        (appendRerouted)
//	extensions  up to the end, of each item that has any: uvarint number of the
//	        item, counted from 1, and a string: ascending by tag, tag uvarint, value
//	        string
func AppendEntry(dst []byte, source Source, items []Item) []byte {
	start := len(dst)
	dst = append(dst, entrySchema)
	dst = appendString(dst, source.Topic)
	dst = binary.AppendVarint(dst, int64(source.Partition))
	dst = append(dst, source.TopicID[:]...)
	dst = binary.AppendUvarint(dst, uint64(len(items)))
	for i := range items {
		dst = appendItem(dst, &items[i])
	}
	end := len(dst)
	if dst = appendItemExtensions(dst, items); len(dst) > end {
		dst[start] = extendedEntrySchema
	}
	return dst
}

func appendItemExtensions(dst []byte, items []Item) []byte {
	for i := range items {
		at := len(dst)
		if dst = appendExtensions(dst, itemExtensions, &items[i], items[i].Extensions); len(dst) > at {
			dst = slices.Insert(dst, at, binary.AppendUvarint(binary.AppendUvarint(nil, uint64(i+1)), uint64(len(dst)-at))...)
		}
	}
	return dst
}

func appendItem(dst []byte, item *Item) []byte {
	kind := byte(itemChange)
	switch {
	case item.DeadLetter != nil:
		kind = itemDeadLetter
	case item.Rerouted != nil:
		kind = itemRerouted
	case item.Ahead:
		kind = itemAhead
	}
	if item.Part > 0 {
		dst = binary.AppendUvarint(append(dst, kind|itemOfPart), uint64(item.Part))
	} else {
		dst = append(dst, kind)
	}
	dst = binary.AppendVarint(dst, item.Offset)
	dst = appendString(dst, item.TraceParent)
	switch kind {
	case itemDeadLetter:
		return appendDeadLetter(dst, item.DeadLetter)
	case itemRerouted:
		return appendRerouted(dst, item.Rerouted)
	default:
		return appendChange(dst, item.Change)
	}
}

// DecodeEntry is the inverse of AppendEntry, and as strict as DecodeCustomer. The
// items' strings are parts of the stored one.
func DecodeEntry(stored string) (Entry, error) { return new(EntryMemory).Decode(stored) }

// readItemExtensions reads the extensions up to the end, those of one item at least.
func readItemExtensions(r *reader, items []Item) {
	if len(r.rest) == 0 {
		r.fail(errForeign)
	}
	for last := uint64(0); len(r.rest) > 0; {
		number, block := r.uvarint(), r.string()
		if number <= last || number > uint64(len(items)) {
			r.fail(errForeign)
		}
		if r.err != nil {
			return
		}
		last = number
		item := &items[number-1]
		r.within(block, func() { item.Extensions = readExtensions(r, itemExtensions, item) })
	}
}
