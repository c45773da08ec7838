package standing

import (
	"cmp"
	"github.com/clvstream/clvstream/clv/calendar"
	"slices"
)

// Entry counts how often a stage was entered in a month and left again. The
// stage that a customer is in is not among them yet.
type Entry struct {
	Month calendar.Month
	Stage Stage
	Count int
}

// Entries are those of a customer, ascending by (Month, Stage). They are shared by
// copies of the customer, so a change makes new ones.
type Entries []Entry

// Counted is the entries with a stage entered so many times more in a month. Only
// being lost and being won back are counted.
func (e Entries) Counted(stage Stage, month calendar.Month, times int) Entries {
	if stage != StageLost && stage != StageWonBack {
		return e
	}
	counted := slices.Clone(e)
	at, known := slices.BinarySearchFunc(counted, Entry{Month: month, Stage: stage}, compareEntries)
	if !known {
		counted = slices.Insert(counted, at, Entry{Month: month, Stage: stage})
	}
	if counted[at].Count += times; counted[at].Count <= 0 {
		counted = slices.Delete(counted, at, at+1)
	}
	return counted
}

func compareEntries(a, b Entry) int {
	return cmp.Or(cmp.Compare(a.Month, b.Month), cmp.Compare(a.Stage, b.Stage))
}
