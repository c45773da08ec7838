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
	kinds, again, shuffled, beyond := map[history.Kind]bool{}, 0, 0, 0
	for range 300 {
		rules := &history.Rules{LatenessDays: calendar.Day(rnd.IntN(20))}
		events := Life{CustomerID: "c", Events: 1 + rnd.IntN(40), SpanDays: 90, Orders: 5, LatenessDays: int(rules.LatenessDays)}.Draw(rnd)
		arrived := map[*history.Event]bool{}
		told := map[string]bool{}
		var latestMicros int64
		for _, e := range Deliver(rnd, events, rules) {
			behind := rules.Calendar.Day(latestMicros) - rules.Calendar.Day(e.AtMicros)
			if most := rules.LatenessDays; behind > most && (e.UpdatedMicros == 0 || !told[e.OrderID] || behind > 2*most) {
				t.Fatalf("seed %d: an event arrives %d days behind, the lateness is %d", seed, behind, most)
			} else if behind > most {
				beyond++
			}
			told[e.OrderID] = told[e.OrderID] || e.OrderID != ""
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
	if len(kinds) != int(history.CustomerAcquired)+1 || again == 0 || shuffled == 0 || beyond == 0 {
		t.Errorf("seed %d: %d kinds drawn, %d events again, %d out of order: the draws are too tame", seed, len(kinds), again, shuffled)
	}
}
