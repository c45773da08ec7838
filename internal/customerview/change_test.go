package customerview

import (
	"strings"
	"testing"

	"github.com/clvstream/clvstream/stream/change"
)

func TestAnnouncedChangesAsLines(t *testing.T) {
	const begin = `{"customer_id":"c1","version":3,"reason":"purchase","as_of":"2026-12-24T18:30:00.123456Z","currency":"EUR",` +
		`"clv":{"previous":"10.00","current":"12.50","delta":"2.50"},"p_alive":0.75,"orders":2`
	const line = "2026-12-24T18:30:00. c1               v3    purchase          10.00 ->      12.50 EUR (+2.50)  P(alive) 0.750  orders 2"
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
		if err != nil || Moved(c) != want || Line(c) != line+want {
			t.Errorf("%s is\n%s, want\n%s: %v", rest, Line(c), line+want, err)
		}
	}
	c := must(change.Parse([]byte(`{"clv":{"delta":"-1.00"}}`)))
	if !strings.Contains(Line(c), "(-1.00)") {
		t.Error(Line(c))
	}
}
