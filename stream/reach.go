package stream

import "strings"

// reach is how far one shard is published: of each input partition up to which
// offset, and of due times up to which instant and customer. In progress it is a
// map, as it is stored.
type reach struct {
	offsets     map[string]int64
	fired       bool // a due time is out; the last one is that of:
	dueMicros   int64
	dueCustomer string
}

// reach is a copy of where a shard stands.
func (p progress) reach(shard int) *reach {
	r := &reach{offsets: make(map[string]int64, len(p[shard])+1)}
	for key, at := range p[shard] {
		if customer, due := strings.CutPrefix(key, duePrefix); due {
			r.fired, r.dueMicros, r.dueCustomer = true, at, customer
		} else {
			r.offsets[key] = at
		}
	}
	return r
}

// stored is what progress holds of the shard. The reach is not used after it.
func (r *reach) stored() map[string]int64 {
	if r.fired {
		r.offsets[duePrefix+r.dueCustomer] = r.dueMicros
	}
	return r.offsets
}

// has says whether what came from a record is out.
func (r *reach) has(source string, offset int64) bool {
	published, ok := r.offsets[source]
	return ok && offset <= published
}

func (r *reach) raise(source string, offset int64) {
	if !r.has(source, offset) {
		r.offsets[source] = offset
	}
}

// hasDue says whether a due time is out.
func (r *reach) hasDue(atMicros int64, customer string) bool {
	return r.fired && (atMicros < r.dueMicros || atMicros == r.dueMicros && customer <= r.dueCustomer)
}

func (r *reach) raiseDue(atMicros int64, customer string) {
	r.fired, r.dueMicros, r.dueCustomer = true, atMicros, customer
}
