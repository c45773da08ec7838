package customerview

import (
	"strings"
	"testing"
	"time"

	"github.com/clvstream/clvstream/clv/calendar"
)

// A date is the business's, and a day begins where its clocks say.
func TestInstants(t *testing.T) {
	c := newCustomer(t)
	for text, want := range map[string]string{
		"2026-12-24": "2026-12-23T23:00:00Z", "2026-12-24T18:30": "2026-12-24T17:30:00Z", "2026-06-24 18:30": "2026-06-24T16:30:00Z",
		"2026-12-24T18:30:05": "2026-12-24T17:30:05Z", "2026-12-24 18:30:05": "2026-12-24T17:30:05Z",
		"2026-12-24T18:30:00+05:00": "2026-12-24T13:30:00Z", "2026-12-24T18:30:00.5Z": "2026-12-24T18:30:00.5Z", "now": "2026-11-25T22:37:40Z",
	} {
		if at, err := c.ParseInstant(text); err != nil || Instant(at) != want {
			t.Errorf("%s is %s, want %s: %v", text, Instant(at), want, err)
		}
	}
	for _, text := range []string{"", "yesterday", "2026-13-01", "2026-02-30", "24.12.2026", "Now"} {
		if _, err := c.ParseInstant(text); err == nil || !strings.Contains(err.Error(), TimeHelp) {
			t.Errorf("%q: %v", text, err)
		}
	}
	// In Santiago a day begins at one o'clock when summer time does.
	c.Valuation.Rules.Calendar = calendar.NewCalendar(must(time.LoadLocation("America/Santiago")))
	if at := must(c.ParseInstant("2024-09-08")); Instant(at) != "2024-09-08T04:00:00Z" {
		t.Errorf("a day without midnight begins at %s", Instant(at))
	}
}
