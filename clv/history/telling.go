package history

import (
	"cmp"
	"strings"

	"github.com/clvstream/clvstream/clv/calendar"
)

// Telling says when something was told, and so which of two tellings of it is newer.
type Telling struct {
	Micros  int64  // updated_at, or occurred_at where that is not given
	Version uint64 // of the source, plus 1; 0: it gives none
	EventID string // empty of cancels and reverts, which tell nothing else, and of what a version before stored
}

func (e *Event) telling() Telling {
	t := Telling{Micros: e.AtMicros, EventID: e.ID}
	if e.UpdatedMicros != 0 {
		t.Micros = e.UpdatedMicros
	}
	if e.Versioned {
		t.Version = uint64(e.Version) + 1
	}
	return t
}

// dated says whether the source tells apart when something happened and when it was told.
func (e *Event) dated() bool { return e.UpdatedMicros != 0 || e.Versioned }

// compare orders tellings of one kind, the newest last: those without a version, then by
// version; then by time; then by the event's id. By versions only where both have one,
// and by time else, the newest of three could depend on their order.
func (t *Telling) compare(other *Telling) int {
	c := cmp.Or(cmp.Compare(t.Version, other.Version), cmp.Compare(t.Micros, other.Micros))
	if c != 0 {
		return c
	}
	return compareIDs(t.EventID, other.EventID)
}

// compareIDs orders events of one time. One whose id is not known is what any other is.
func compareIDs(a, b string) int {
	if a == "" || b == "" {
		return 0
	}
	return strings.Compare(a, b)
}

// undoes says whether a cancel or a revert takes back what the other telling tells: not
// where that is newer. Both exist once, so here versions count where both have one.
// Nothing is taken back before it was there, so of two at once the later word undoes.
func (t *Telling) undoes(other *Telling) bool {
	if t.Version != 0 && other.Version != 0 && t.Version != other.Version {
		return t.Version > other.Version
	}
	return t.Micros >= other.Micros
}

// Tellings is what is kept of an order's or a refund's tellings: the newest, and the
// earliest time. A newest one that is Dated counts whole. One that is not may be the edit of
// something that happened long before: then the earliest time is when it happened.
type Tellings struct {
	Newest      Telling
	Dated       bool         // the newest has a version or an updated_at
	Day         calendar.Day // of AtMicros
	FirstDay    calendar.Day // of FirstMicros: lateness counts from here
	AtMicros    int64        // when it happened
	FirstMicros int64        // the earliest occurred_at of all tellings
}

// take takes a telling and says whether it is the newest, and whether it changes anything.
func (t *Tellings) take(e *Event, day calendar.Day, known bool) (newest, changed bool) {
	told := e.telling()
	if !known || e.AtMicros < t.FirstMicros {
		t.FirstMicros, t.FirstDay = e.AtMicros, day
		changed = true
	}
	if !known || told.compare(&t.Newest) > 0 {
		t.Newest, t.Dated = told, e.dated()
		t.AtMicros, t.Day = e.AtMicros, day
		newest, changed = true, true
	}
	if !t.Dated {
		t.AtMicros, t.Day = t.FirstMicros, t.FirstDay
	}
	return newest, changed
}

// takeBack keeps the newest cancel or revert. Its id does not matter: each says the same.
func (t *Telling) takeBack(e *Event, known bool) (changed bool) {
	told := e.telling()
	told.EventID = ""
	if known && told.compare(t) <= 0 {
		return false
	}
	*t = told
	return true
}
