package progress

import (
	"strings"

	"github.com/clvstream/clvstream/state/layout"
)

// Shard is how far one shard is published: of each input partition up to which
// offset, and of due times up to which instant and customer. It is a copy that is
// raised while a transaction is made up.
type Shard struct {
	offsets     map[string]int64
	fired       bool // a due time is published; the last one is that of:
	dueMicros   int64
	dueCustomer string
}

// Shard is a copy of where a shard stands.
func (p Lane) Shard(shard int) *Shard { return shardOf(p[shard]) }

func shardOf(stored map[string]int64) *Shard {
	s := &Shard{offsets: make(map[string]int64, len(stored)+1)}
	for key, at := range stored {
		if customer, due := strings.CutPrefix(key, duePrefix); due {
			s.fired, s.dueMicros, s.dueCustomer = true, at, customer
		} else {
			s.offsets[key] = at
		}
	}
	return s
}

// Stored is what a lane's progress holds of the shard. The copy is not used after it.
func (s *Shard) Stored() map[string]int64 {
	if s.fired {
		s.offsets[duePrefix+s.dueCustomer] = s.dueMicros
	}
	return s.offsets
}

// Has says whether what came from a record is published.
func (s *Shard) Has(source string, offset int64) bool {
	published, ok := s.offsets[source]
	return ok && offset <= published
}

// Raise notes that what came from a record is published.
func (s *Shard) Raise(source string, offset int64) {
	if !s.Has(source, offset) {
		s.offsets[source] = offset
	}
}

// HasDue says whether a due time is published.
func (s *Shard) HasDue(atMicros int64, customer string) bool {
	return s.fired && (atMicros < s.dueMicros || atMicros == s.dueMicros && customer <= s.dueCustomer)
}

// RaiseDue notes that a due time is published.
func (s *Shard) RaiseDue(atMicros int64, customer string) {
	s.fired, s.dueMicros, s.dueCustomer = true, atMicros, customer
}

// FiredBeyond says whether a due time is published that is later than an instant, µs.
func (s *Shard) FiredBeyond(micros int64) bool { return micros < s.dueMicros }

// Published says which of an entry's items were published before it. Due times are
// published in their order, so those up to the last one are. What is due of a late
// customer, of whom an event was published that comes before the last due time, is not; late
// may be nil. It occurs where a Redis that was restored from an older copy passes those
// instants a second time.
func (s *Shard) Published(entry *layout.Entry, late func(customer string) bool) func(*layout.Item) bool {
	before, any := s.offsets[Source(entry.Source)]
	return func(item *layout.Item) bool {
		if any && item.Offset <= before && !entry.OfDueTimes() {
			return true
		}
		if !entry.OfDueTimes() && !item.Ahead {
			return false
		}
		if late != nil && late(item.Change.CustomerID) {
			return false
		}
		return s.HasDue(item.Change.Cause.AtMicros, item.Change.CustomerID)
	}
}
