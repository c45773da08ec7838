package fetch

import (
	"encoding/binary"
	"slices"
)

// abortedTransaction is one entry of a fetch answer's list: the producer's
// transactional batches from FirstOffset to its next abort marker do not count.
type abortedTransaction struct {
	ProducerID  int64
	FirstOffset int64
}

// abortedFilter distinguishes committed batches from aborted ones while it is led over
// the batches of one answer in offset order. A producer has at most one
// transaction open in a partition, so producer and place suffice:
//
//	list: (A, 3)    offset   1   2   3   4   5   6         7
//	                batch    B   B   A   B   A   A aborts  A
//	                dropped          x       x   x
type abortedFilter struct {
	waiting []abortedTransaction // not reached yet, by first offset
	open    map[int64]struct{}   // producers inside an aborted transaction
}

func newAbortedFilter(list []abortedTransaction) abortedFilter {
	slices.SortFunc(list, func(a, b abortedTransaction) int {
		switch {
		case a.FirstOffset < b.FirstOffset:
			return -1
		case a.FirstOffset > b.FirstOffset:
			return 1
		}
		return 0
	})
	return abortedFilter{waiting: list, open: map[int64]struct{}{}}
}

// drops reports whether the batch's records are not to be handed out: it holds
// markers, or it belongs to an aborted transaction. Every batch must be shown,
// once and in order; body is a control batch's records.
func (f *abortedFilter) drops(batch batchHeader, body []byte) bool {
	for len(f.waiting) > 0 && f.waiting[0].FirstOffset <= batch.lastOffset {
		f.open[f.waiting[0].ProducerID] = struct{}{}
		f.waiting = f.waiting[1:]
	}
	if batch.control() {
		if isAbortMarker(body) {
			delete(f.open, batch.producerID)
		}
		return true
	}
	_, aborted := f.open[batch.producerID]
	return aborted && batch.transactional()
}

// isAbortMarker reads the key of a control batch's only record: version, type.
func isAbortMarker(body []byte) bool {
	fields := recordFields{bytes: body}
	fields.varint() // length
	fields.skip(1)  // attributes
	fields.varint() // timestamp delta
	fields.varint() // offset delta
	key := fields.lengthed()
	const abort = 0
	return !fields.bad && len(key) >= 4 && binary.BigEndian.Uint16(key[2:]) == abort
}
