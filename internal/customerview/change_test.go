package customerview

import (
	"strings"
	"testing"
	"time"

	"github.com/clvstream/clvstream/clv/calendar"
	"github.com/clvstream/clvstream/stream/change"
)

func TestAnnouncedChangesAsLines(t *testing.T) {
	const begin = `{"customer_id":"c1","version":3,"reason":"purchase","as_of":"2026-12-24T18:30:00.123456Z","currency":"EUR",` +
		`"clv":{"previous":"10.00","current":"12.50","delta":"2.50"},"p_alive":0.75,"orders":2,"model":{"name":"simple"}`
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	berlin := calendar.NewCalendar(zone)
	const line = "2026-12-24 19:30  c1            purchase           10.00 ->      12.50 EUR (+2.50)  P(alive) 0.750  2 orders"
	for rest, want := range map[string]string{
		`}`: "",
		`,"stage":{"previous":"active","current":"active","silence_days":3}}`:                        "",
		`,"stage":{"previous":"active","current":"cooling","silence_days":30}}`:                      "  active -> cooling after 30 days",
		`,"stage":{"previous":"none","current":"active","silence_days":0}}`:                          "  none -> active",
		`,"tier":{"previous":null,"current":"gold","direction":"up","next":null,"distance":null}}`:   "  tier up: none -> gold",
		`,"tier":{"previous":"gold","current":null,"direction":"down"}}`:                             "  tier down: gold -> none",
		`,"tier":{"current":"gold","direction":"same","next":"top","distance":"3.00"}}`:              "",
		`,"tier":{"direction":"same","next":"top","distance":"3.00","approaching":true}}`:            "  approaching top: 3.00 missing",
		`,"stage":{"previous":"lost","current":"won_back"},"tier":{"direction":"up","current":"a"}}`: "  lost -> won_back  tier up: none -> a",
	} {
		c, err := change.Parse([]byte(begin + rest))
		if err != nil || Moved(c) != want || Line(c, berlin) != line+want {
			t.Errorf("%s is\n%s, want\n%s: %v", rest, Line(c, berlin), line+want, err)
		}
	}
	c := must(change.Parse([]byte(`{"clv":{"delta":"-1.00"}}`)))
	if !strings.Contains(Line(c, berlin), "(-1.00)") {
		t.Error(Line(c, berlin))
	}
}

// The first lines of a customer, and of a model that knows no silence, are to be understood
// without documents.
func TestLinesSpeakPlainly(t *testing.T) {
	for text, want := range map[string]string{
		`{"customer_id":"c1","reason":"first","as_of":"2026-12-24T18:30:00Z","currency":"EUR","clv":{"previous":"0.00","current":"0.00","delta":"0.00"},"status":"prospect","p_alive":null,"orders":0,"acquisition":{"cost":"12.50"}}`:                                                                 "2026-12-24 18:30  c1            acquired, no order yet; it cost 12.50 EUR",
		`{"customer_id":"c1","reason":"first","as_of":"2026-12-24T18:30:00Z","currency":"EUR","clv":{"previous":"0.00","current":"0.00","delta":"0.00"},"status":"prospect","p_alive":null,"orders":0}`:                                                                                                "2026-12-24 18:30  c1            acquired, no order yet",
		`{"customer_id":"c1","reason":"first","as_of":"2026-12-24T18:30:00Z","currency":"EUR","clv":{"previous":"0.00","current":"30.00","delta":"30.00"},"status":"active","p_alive":1.0,"orders":1}`:                                                                                                 "2026-12-24 18:30  c1            first order         0.00 ->      30.00 EUR (+30.00)  P(alive) 1.000  1 order ",
		`{"customer_id":"c1","reason":"dormant","as_of":"2026-12-24T18:30:00Z","currency":"EUR","clv":{"previous":"43.92","current":"43.92","delta":"0.00"},"status":"active","p_alive":null,"orders":1,"stage":{"previous":"dormant","current":"lost","silence_days":365},"model":{"name":"simple"}}`: "2026-12-24 18:30  c1            dormant            43.92 ->      43.92 EUR (+0.00)  P(alive) -      1 order   dormant -> lost after 365 days (simple does not count silence: the value stays)",
	} {
		c := must(change.Parse([]byte(text)))
		if got := Line(c, calendar.Calendar{}); got != want {
			t.Errorf("%s\nis  %q\nwant %q", text, got, want)
		}
	}
}
