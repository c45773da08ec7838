package clv_test

import (
	"strconv"
	"testing"

	"github.com/clvstream/clvstream/clv"
	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/clv/standing"
	"github.com/clvstream/clvstream/internal/eventtest"
)

// BenchmarkValuation is one live valuation, and what the next due instant adds to
// it: with stages by silence alone, and with everything watched.
func BenchmarkValuation(b *testing.B) {
	for _, name := range []string{"mbgnbd", "paretonbd", "simple"} {
		model := models(b)[name]
		everything := watchful(b, model)
		stages := *everything
		stages.Awake = standing.Awake{Stages: standing.Stages{
			Cooling: standing.StageEntry{SilenceQuantile: 0.9}, Dormant: standing.StageEntry{SilenceQuantile: 0.99},
			Lost: standing.StageEntry{SilenceDays: 365}, WonBackDays: 30,
		}}
		nothing := stages
		nothing.Awake = standing.Awake{}
		for _, watch := range []struct {
			what string
			v    *clv.Valuation
		}{{"value", &nothing}, {"value+stages", &stages}, {"value+everything", everything}} {
			b.Run(name+"/"+watch.what, func(b *testing.B) { benchmarkFire(b, watch.v, 1) })
		}
	}
}

// BenchmarkFire is a due time that brings a stage, with what it tells of it.
func BenchmarkFire(b *testing.B) {
	benchmarkFire(b, watchful(b, models(b)["mbgnbd"]), 40)
}

// benchmarkFire values customers of 3 to 11 orders after silences of up to some
// days.
func benchmarkFire(b *testing.B, v *clv.Valuation, silentDays int) {
	rules := *v
	rules.Rules.LatenessDays = 90
	customers := make([]clv.Customer, 64)
	for i := range customers {
		for order := range 3 + i%9 {
			e := history.Event{
				Kind: history.OrderPlaced, ID: strconv.Itoa(order), OrderID: strconv.Itoa(order), CustomerID: "c",
				AtMicros: int64(20_000+order*(5+i%7)) * eventtest.DayMicros, AmountMinor: int64(1000 + 10*i),
			}
			customers[i].CatchUp("c", e.AtMicros, &rules, func(clv.Change) {})
			if _, _, refused := customers[i].Apply(&e, &rules); refused != nil {
				b.Fatal(refused)
			}
		}
	}
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		c := customers[i%len(customers)]
		at := c.Value.AsOfMicros + int64(i%silentDays)*eventtest.DayMicros
		c.Fire("c", at, &rules)
		i++
	}
}
