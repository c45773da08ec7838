package shop

// before orders what waits in a queue. It must be a total order, or two runs of
// a seed could differ.
type before[T any] interface{ before(T) bool }

// queue is a binary heap whose head comes before all else in it. It is typed
// because container/heap allocates for each push.
type queue[T before[T]] []T

func (q *queue[T]) push(v T) {
	h := append(*q, v)
	i := len(h) - 1
	for i > 0 {
		parent := (i - 1) / 2
		if !v.before(h[parent]) {
			break
		}
		h[i] = h[parent]
		i = parent
	}
	h[i] = v
	*q = h
}

// pop removes the head; the queue must not be empty.
func (q *queue[T]) pop() T {
	h := *q
	head, last := h[0], h[len(h)-1]
	var zero T
	h[len(h)-1] = zero
	h = h[:len(h)-1]
	*q = h
	if len(h) == 0 {
		return head
	}
	i := 0
	for {
		child := 2*i + 1
		if child >= len(h) {
			break
		}
		if child+1 < len(h) && h[child+1].before(h[child]) {
			child++
		}
		if !h[child].before(last) {
			break
		}
		h[i] = h[child]
		i = child
	}
	h[i] = last
	return head
}
