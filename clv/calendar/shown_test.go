package calendar

import (
	"testing"
	"time"
)

// Times are those of the business's clock, whatever zone they come in.
func TestTimesAsShown(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	saoPaulo, err := time.LoadLocation("America/Sao_Paulo")
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 10, 25, 0, 30, 7, 250_000_000, time.UTC)
	for _, c := range []struct {
		calendar                     Calendar
		at                           time.Time
		minute, second, named, exact string
	}{
		{NewCalendar(nil), at, "2026-10-25 00:30", "2026-10-25 00:30:07", "2026-10-25 00:30:07 UTC", "2026-10-25T00:30:07.25Z"},
		{NewCalendar(berlin), at, "2026-10-25 02:30", "2026-10-25 02:30:07", "2026-10-25 02:30:07 CEST", "2026-10-25T02:30:07.25+02:00"},
		{NewCalendar(berlin), at.Add(time.Hour), "2026-10-25 02:30", "2026-10-25 02:30:07", "2026-10-25 02:30:07 CET", "2026-10-25T02:30:07.25+01:00"},
		{NewCalendar(saoPaulo), at.In(berlin), "2026-10-24 21:30", "2026-10-24 21:30:07", "2026-10-24 21:30:07 -03", "2026-10-24T21:30:07.25-03:00"},
		{Calendar{}, at, "2026-10-25 00:30", "2026-10-25 00:30:07", "2026-10-25 00:30:07 UTC", "2026-10-25T00:30:07.25Z"},
	} {
		if minute, second := c.calendar.Minute(c.at), c.calendar.Second(c.at); minute != c.minute || second != c.second {
			t.Errorf("%s, %s; want %s, %s", minute, second, c.minute, c.second)
		}
		if named, exact := c.calendar.Named(c.at), c.calendar.Exact(c.at); named != c.named || exact != c.exact {
			t.Errorf("%s, %s; want %s, %s", named, exact, c.named, c.exact)
		}
	}
}
