package figures

import (
	"testing"
	"time"

	"github.com/clvstream/clvstream/clv/calendar"
	"github.com/clvstream/clvstream/clv/statistics"
)

// What is said of the values' age is true before the first pass, too: no value is older than
// the first purchase of all.
func TestAgeOfValues(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	pass := time.Date(1970, 3, 1, 9, 30, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		change func(*Base)
		text   string
		age    Age
	}{
		"before the first pass": {
			func(*Base) {}, "values are as last stored, the oldest perhaps of 1970-01: awake.refresh has not gone through all customers yet",
			Age{NotBefore: "1969-12-31T23:00:00Z"},
		},
		"off": {
			func(b *Base) { b.Refreshes = false }, "values are as last stored, the oldest perhaps of 1970-01: awake.refresh is off",
			Age{NotBefore: "1969-12-31T23:00:00Z"},
		},
		"after a pass": {
			func(b *Base) { b.RefreshedMicros = pass.UnixMicro() }, "no value is older than 1970-03-01 10:30:00 CET",
			Age{NotBefore: "1970-03-01T09:30:00Z", Refreshed: true},
		},
		"nobody has bought": {
			func(b *Base) { b.Statistics = &statistics.Statistics{} }, "no customer has bought yet, so there are no values", Age{},
		},
	} {
		b := someBase(t)
		b.Calendar, b.Refreshes = calendar.NewCalendar(berlin), true
		c.change(b)
		if got := b.AgeInWords(); got != c.text {
			t.Errorf("%s: %q, want %q", name, got, c.text)
		}
		if got := b.Age(); got != c.age {
			t.Errorf("%s: %+v, want %+v", name, got, c.age)
		}
	}
}
