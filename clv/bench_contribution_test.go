package clv_test

import (
	"fmt"
	"testing"

	"github.com/clvstream/clvstream/clv"
	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/clv/standing"
	"github.com/clvstream/clvstream/clv/statistics"
	"github.com/clvstream/clvstream/internal/eventtest"
)

// BenchmarkContribution is what a commit pays twice for each customer it changes,
// and the difference that it then writes: of one without channel and tier, and of
// one with both, in a stage of silence.
func BenchmarkContribution(b *testing.B) {
	for _, orders := range []int{1, 8, 26} { // in the ledger, one a week
		rules := eventtest.NewRules(b, "Europe/Berlin", history.DefaultLatenessDays)
		valuation := &clv.Valuation{Basis: standing.Basis{Rules: rules, Model: steady{}}}
		var customer clv.Customer
		apply := func(i int) {
			e := eventtest.Order(7*i, fmt.Sprint("order-", i), 2999)
			customer.Apply(&e, valuation)
		}
		for i := range orders {
			apply(i)
		}
		was, _ := customer.Contribution(&rules, nil)
		apply(orders)
		now, _ := customer.Contribution(&rules, nil)
		b.Run(fmt.Sprint(orders, " orders"), func(b *testing.B) {
			var months []history.MonthSum
			b.ReportAllocs()
			for b.Loop() {
				_, months = customer.Contribution(&rules, months[:0])
			}
		})
		difference := func(b *testing.B) {
			var s statistics.Statistics
			b.ReportAllocs()
			for b.Loop() {
				s.Replace(&was, &now)
			}
		}
		b.Run(fmt.Sprint(orders, " orders, difference"), difference)
		for _, of := range []*statistics.Contribution{&was, &now} {
			of.Channel, of.Tier, of.Stage = "tv", 2, standing.StageCooling
		}
		b.Run(fmt.Sprint(orders, " orders, difference in groups"), difference)
	}
}
