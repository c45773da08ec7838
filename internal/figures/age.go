package figures

import (
	"fmt"
	"time"

	"github.com/clvstream/clvstream/clv/calendar"
	"github.com/clvstream/clvstream/clv/statistics"
)

// Age says how old the values are that a figure adds up.
type Age struct {
	// NotBefore is an instant; no value is of a day before it. Empty: nobody has bought.
	NotBefore string `json:"values_not_before,omitempty"`
	// Refreshed says that all customers have been valued anew since then. Otherwise values
	// are as last stored, and the instant is when the first month of purchases began.
	Refreshed bool `json:"values_refreshed"`
}

// Age is that of the base's values.
func (b *Base) Age() Age {
	at, bought := b.notBefore()
	if !bought {
		return Age{}
	}
	return Age{NotBefore: at.UTC().Format(time.RFC3339Nano), Refreshed: b.RefreshedMicros > 0}
}

// AgeInWords is the same for a person, in the business's time zone.
func (b *Base) AgeInWords() string {
	at, bought := b.notBefore()
	switch {
	case !bought:
		return nobodyIsWorth
	case b.RefreshedMicros > 0:
		return "no value is older than " + b.Calendar.Named(at)
	}
	why := "awake.refresh has not gone through all customers yet"
	if !b.Refreshes {
		why = "awake.refresh is off"
	}
	return fmt.Sprintf("values are as last stored, the oldest perhaps of %s: %s", b.Calendar.Day(at.UnixMicro()).Month(), why)
}

const nobodyIsWorth = "no customer has bought yet, so there are no values"

// notBefore is an instant that no value is of a day before. Whoever has bought was valued
// then, or later.
func (b *Base) notBefore() (at time.Time, bought bool) {
	first, bought := b.firstMonth()
	began := b.Calendar.Start((first - 1).LastDay() + 1)
	if b.RefreshedMicros > 0 {
		began = max(began, b.RefreshedMicros)
	}
	return time.UnixMicro(began), bought
}

// firstMonth is that of the oldest cohort.
func (b *Base) firstMonth() (first calendar.Month, bought bool) {
	for _, cohort := range b.By(statistics.ByCohort) {
		if month := calendar.Month(cohort.Key); month != statistics.NoCohort && (!bought || month < first) {
			first, bought = month, true
		}
	}
	return first, bought
}
