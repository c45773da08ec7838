package layout

import (
	"encoding/binary"
	"math"

	"github.com/clvstream/clvstream/clv/calendar"
	"github.com/clvstream/clvstream/clv/history"
)

// Flags of a stored event that waits.
const (
	waitingVersioned = 1 << iota
	waitingUpdated
	waitingForeign

	waitingFlags = waitingForeign<<1 - 1
)

// appendWaiting appends the refunds, cancels and reverts that wait, if there are any: uvarint
// count, then of each
//
//	kind byte, flags byte (versioned 1, updated 2, foreign 4),
//	µs, day varint; if versioned: version uvarint; if updated: µs varint
//	event id, order id, refund id string, amount varint minor; if foreign: own
//	topic string, partition and offset varint of its record
func appendWaiting(dst []byte, waiting []history.Waiting) []byte {
	if len(waiting) == 0 {
		return dst
	}
	dst = binary.AppendUvarint(dst, uint64(len(waiting)))
	for i := range waiting {
		dst = appendWaitingEvent(dst, &waiting[i].Event, waiting[i].Day)
	}
	return dst
}

func appendWaitingEvent(dst []byte, e *history.Event, day calendar.Day) []byte {
	foreign := e.Own != history.Own{}
	dst = append(dst, byte(e.Kind), flag(e.Versioned, waitingVersioned)|flag(e.UpdatedMicros != 0, waitingUpdated)|flag(foreign, waitingForeign))
	dst = binary.AppendVarint(dst, e.AtMicros)
	dst = binary.AppendVarint(dst, int64(day))
	if e.Versioned {
		dst = binary.AppendUvarint(dst, uint64(e.Version))
	}
	if e.UpdatedMicros != 0 {
		dst = binary.AppendVarint(dst, e.UpdatedMicros)
	}
	for _, id := range [...]string{e.ID, e.OrderID, e.RefundID} {
		dst = appendString(dst, id)
	}
	dst = binary.AppendVarint(dst, e.AmountMinor)
	if foreign {
		dst = appendOwn(dst, &e.Own)
	}
	return appendPlace(dst, &e.Place)
}

func appendPlace(dst []byte, p *history.Place) []byte {
	dst = appendString(dst, p.Input)
	dst = binary.AppendVarint(dst, int64(p.Part)<<partShift|int64(p.Partition))
	return binary.AppendVarint(dst, p.Offset)
}

// partShift puts the part of a record above its partition: nearly all are the first.
const partShift = 32

func readPlace(r *reader) history.Place {
	input, partition := r.string(), r.varint()
	if partition < 0 || partition>>partShift > math.MaxInt32 || int32(partition) < 0 {
		r.fail(errForeign)
	}
	return history.Place{Input: input, Partition: int32(partition), Part: int32(partition >> partShift), Offset: r.varint()}
}

func readWaiting(r *reader) []history.Waiting {
	n := r.count()
	waiting := make([]history.Waiting, n)
	for i := range waiting {
		readWaitingEvent(r, &waiting[i])
	}
	return waiting
}

func readWaitingEvent(r *reader, w *history.Waiting) {
	e := &w.Event
	e.Kind = history.Kind(r.known(r.byte(), kinds, "kind of event"))
	flags := r.flags(waitingFlags)
	e.AtMicros, w.Day = r.varint(), r.day()
	if e.Versioned = flags&waitingVersioned != 0; e.Versioned {
		e.Version = r.minor()
	}
	if flags&waitingUpdated != 0 {
		if e.UpdatedMicros = r.varint(); e.UpdatedMicros == 0 {
			r.fail(errForeign)
		}
	}
	e.ID, e.OrderID, e.RefundID = r.string(), r.string(), r.string()
	e.AmountMinor = r.varint()
	if own := r.own(flags&waitingForeign != 0); own != nil {
		e.Own = *own
	}
	e.Place = readPlace(r)
}

// appendOrigin appends where the record of a dead letter stands that is not the item's.
func appendOrigin(dst []byte, item *Item) []byte {
	if item.DeadLetter == nil || item.DeadLetter.Origin == (history.Place{}) {
		return dst
	}
	return appendPlace(dst, &item.DeadLetter.Origin)
}

func readOrigin(r *reader, item *Item) {
	if item.DeadLetter == nil {
		r.fail(errForeign)
		return
	}
	if item.DeadLetter.Origin = readPlace(r); item.DeadLetter.Origin == (history.Place{}) {
		r.fail(errForeign)
	}
}
