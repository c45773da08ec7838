package webhook

import (
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/clvstream/clvstream/stream/cluster"
)

// state of a change that is read and not finished.
type state uint8

const (
	behind  state = iota // an earlier change of its customer
	ready                // to be sent
	flying               // sent, and not answered
	waiting              // for its next try
	burying              // its last try failed: it is being written to the dead changes
	over                 // finished, or its partition was given up
)

// item is a change that is not finished.
type item struct {
	message  Message
	customer string
	headers  []kgo.RecordHeader // the record's own
	window   *window
	offset   int64
	at       time.Time // of the record
	size     int

	state    state
	tries    int       // that count: see gate
	failures int       // in a row, those that may be the receiver's included
	failedAt time.Time // the last time
	due      time.Time // of the next try, while waiting
	last     Outcome   // of the last try that failed
	probe    bool      // sent to see whether the receiver is back
	cancel   func()    // of the try under way

	before, after *item // in the window, by offset
	next          *item // of the customer
}

// window is what of a partition is read and not finished. Everything else before next is
// finished, so its memory does not depend on how far one change is behind the others.
//
//	finished   ■ ■ ■ □ ■ ■ □ ■ ■ ■ ┆
//	position         ▲ first          ▲ next: to be read
type window struct {
	partition   cluster.Partition
	first, last *item
	count       int
	bytes       int
	flying      int   // tries and burials under way
	next        int64 // the offset before which all is read
	high        int64 // the offset after the last that is finished
	end         int64 // of the partition, as far as is known
	begin       int64 // what lies before is not sent

	done      done   // finished before the process had the partition
	committed string // what the group has: see snapshot
	paused    bool   // no more is fetched
	retired   bool   // given up: nothing more is sent
	drained   chan struct{}
}

// The most of a partition that may be unfinished in memory. What is beyond waits in Kafka.
const (
	mostWindowItems = 8192
	mostWindowBytes = 8 << 20
)

func newWindow(partition cluster.Partition, p position) *window {
	return &window{partition: partition, next: p.offset, high: p.offset, done: p.done}
}

// add appends a change that was read.
func (w *window) add(it *item) {
	it.window, it.before = w, w.last
	if w.last == nil {
		w.first = it
	} else {
		w.last.after = it
	}
	w.last = it
	w.count++
	w.bytes += it.size
}

// finish takes a change out.
func (w *window) finish(it *item) {
	w.take(it)
	w.high = max(w.high, it.offset+1)
}

func (w *window) take(it *item) {
	if it.before == nil {
		w.first = it.after
	} else {
		it.before.after = it.after
	}
	if it.after == nil {
		w.last = it.before
	} else {
		it.after.before = it.before
	}
	it.state = over
	w.count--
	w.bytes -= it.size
}

// position is the lowest offset that is not finished.
func (w *window) position() int64 {
	if w.first != nil {
		return w.first.offset
	}
	return w.next
}

// full says that no more should be read; roomy that it should be again.
func (w *window) full() bool  { return w.count >= mostWindowItems || w.bytes >= mostWindowBytes }
func (w *window) roomy() bool { return w.count < mostWindowItems/2 && w.bytes < mostWindowBytes/2 }

// land ends a try or a burial.
func (w *window) land() {
	w.flying--
	w.drain()
}

// drain says whether nothing is under way any more, once the window is given up.
func (w *window) drain() {
	if w.retired && w.flying == 0 && w.drained != nil {
		close(w.drained)
		w.drained = nil
	}
}

// unfinished counts what is not finished of the partition, read or not.
func (w *window) unfinished() int64 { return int64(w.count) + max(0, w.end-w.next) }
