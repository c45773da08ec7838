package webhook

import (
	"container/heap"
	"slices"
	"time"
)

// queue says whose turn it is. Of each customer the earliest change alone is ready, under way,
// waiting for its next try or being buried; the others stand behind it.
type queue struct {
	customers map[string]*line
	ready     []*item // in the order in which they became so; may hold some that are no longer
	waiting   dueHeap // by time; likewise
}

// line is a customer's unfinished changes.
type line struct{ head, tail *item }

func newQueue() *queue { return &queue{customers: map[string]*line{}} }

// add appends a change to its customer's.
func (q *queue) add(it *item) {
	l := q.customers[it.customer]
	if l == nil {
		q.customers[it.customer] = &line{it, it}
		q.begin(it)
		return
	}
	l.tail.next, l.tail = it, it
}

// begin lets the first of a customer be sent, now or when its next try is due.
func (q *queue) begin(it *item) {
	if it.state == burying {
		return // it will be over, and then the next begins
	}
	if !it.due.IsZero() {
		q.postpone(it, it.due)
		return
	}
	it.state = ready
	q.ready = append(q.ready, it)
}

// postpone has the first of a customer wait.
func (q *queue) postpone(it *item, due time.Time) {
	it.state, it.due = waiting, due
	heap.Push(&q.waiting, dueItem{it, due})
}

// recall lets the first of a customer be sent, after those that are ready already.
func (q *queue) recall(it *item) {
	it.due = time.Time{}
	q.begin(it)
}

// finished lets the customer's next change be sent. The change itself is over.
func (q *queue) finished(it *item) {
	l := q.customers[it.customer]
	if l == nil || l.head != it {
		return
	}
	for l.head = it.next; l.head != nil && l.head.state == over; {
		l.head = l.head.next
	}
	if l.head == nil {
		delete(q.customers, it.customer)
		return
	}
	q.begin(l.head)
}

// wake makes ready what is due, and says when the next will be.
func (q *queue) wake(now time.Time) (next time.Time) {
	for len(q.waiting) > 0 {
		top := q.waiting[0]
		stale := top.state != waiting || !top.item.due.Equal(top.due)
		if !stale && top.due.After(now) {
			return top.due
		}
		heap.Pop(&q.waiting)
		if !stale {
			q.recall(top.item)
		}
	}
	return time.Time{}
}

// take is the next change to be sent; there is one, as idle says. To try a receiver that takes
// nothing, one that has not failed goes first: what has may be to blame itself.
func (q *queue) take(toTry bool) *item {
	at := 0
	if toTry {
		at = max(0, slices.IndexFunc(q.ready, func(it *item) bool { return it.state == ready && it.last.Class == "" }))
	}
	it := q.ready[at]
	if at > 0 {
		q.ready = slices.Delete(q.ready, at, at+1)
		return it
	}
	q.ready[0] = nil
	q.ready = q.ready[1:]
	return it
}

// idle says that nothing is ready.
func (q *queue) idle() bool {
	for len(q.ready) > 0 && q.ready[0].state != ready {
		q.ready[0] = nil
		q.ready = q.ready[1:]
	}
	return len(q.ready) == 0
}

// dueHeap is what waits, by when it is due.
type dueHeap []dueItem

type dueItem struct {
	*item
	due time.Time // as it was when it began to wait
}

func (h dueHeap) Len() int           { return len(h) }
func (h dueHeap) Less(i, j int) bool { return h[i].due.Before(h[j].due) }
func (h dueHeap) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }

// Push is heap's.
func (h *dueHeap) Push(x any) {
	if d, ok := x.(dueItem); ok {
		*h = append(*h, d)
	}
}

// Pop is heap's.
func (h *dueHeap) Pop() any {
	last := len(*h) - 1
	d := (*h)[last]
	(*h)[last] = dueItem{}
	*h = (*h)[:last]
	return d
}
