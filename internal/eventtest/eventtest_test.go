package eventtest

import (
	"math/rand/v2"
	"testing"

	"github.com/clvstream/clvstream/clv/calendar"
	"github.com/clvstream/clvstream/clv/history"
)

func TestDeliverDeliversEverythingAndNothingTooLate(t *testing.T) {
	seed := rand.Uint64()
	rnd := rand.New(rand.NewPCG(seed, 0))
	kinds, again, shuffled := map[history.Kind]bool{}, 0, 0
	for range 300 {
		rules := &history.Rules{LatenessDays: calendar.Day(rnd.IntN(20))}
		events := Life{CustomerID: "c", Events: 1 + rnd.IntN(40), SpanDays: 90, Orders: 5, LatenessDays: int(rules.LatenessDays)}.Draw(rnd)
		arrived := map[*history.Event]bool{}
		var latestMicros int64
		for _, e := range Deliver(rnd, events, rules) {
			if rules.Calendar.Day(e.AtMicros) < rules.Calendar.Day(latestMicros)-rules.LatenessDays {
				t.Fatalf("seed %d: an event arrives more than %d days behind", seed, rules.LatenessDays)
			}
			if e.AtMicros < latestMicros {
				shuffled++
			}
			if arrived[e] {
				again++
			}
			latestMicros = max(latestMicros, e.AtMicros)
			arrived[e], kinds[e.Kind] = true, true
		}
		if len(arrived) != len(events) {
			t.Fatalf("seed %d: %d of %d events arrive", seed, len(arrived), len(events))
		}
	}
	if len(kinds) != int(history.CustomerAcquired) || again == 0 || shuffled == 0 {
		t.Errorf("seed %d: %d kinds drawn, %d events again, %d out of order: the draws are too tame", seed, len(kinds), again, shuffled)
	}
}
