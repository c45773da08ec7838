package registry

import "container/list"

// recent keeps what was used last, up to a number.
type recent[V any] struct {
	most  int
	at    map[schemaID]*list.Element
	order *list.List // the last used in front
}

type kept[V any] struct {
	id    schemaID
	value V
}

func newRecent[V any](most int) recent[V] {
	return recent[V]{most: most, at: map[schemaID]*list.Element{}, order: list.New()}
}

func (r *recent[V]) get(id schemaID) (value V, ok bool) {
	element, ok := r.at[id]
	if !ok {
		return value, false
	}
	r.order.MoveToFront(element)
	return element.Value.(*kept[V]).value, true //nolint:errcheck // put adds nothing else
}

func (r *recent[V]) put(id schemaID, value V) {
	if element, ok := r.at[id]; ok {
		r.order.Remove(element)
	}
	r.at[id] = r.order.PushFront(&kept[V]{id, value})
	if r.order.Len() > r.most {
		oldest := r.order.Back()
		r.order.Remove(oldest)
		delete(r.at, oldest.Value.(*kept[V]).id) //nolint:errcheck // as above
	}
}
