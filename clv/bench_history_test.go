package clv_test

import (
	"fmt"
	"testing"

	"github.com/clvstream/clvstream/clv"
	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/clv/standing"
	"github.com/clvstream/clvstream/internal/eventtest"
)

// BenchmarkApply folds and values the orders of a life, one by one, with the
// model's own cost left out: a shop's typical customer, a faithful one, a daily
// one, and one who is always at the ledger's limit.
func BenchmarkApply(b *testing.B) {
	const orders = 100
	for _, rhythm := range []struct {
		name    string
		days    int // between two orders
		perDay  int
		already int // orders before those measured
	}{
		{"an order in 45 days", 45, 1, 0}, {"an order a week", 7, 1, 30}, {"an order a day", 1, 1, 200}, {"ten orders a day", 1, 10, 2000},
	} {
		b.Run(rhythm.name, func(b *testing.B) {
			rules := eventtest.NewRules(b, "Europe/Berlin", history.DefaultLatenessDays)
			valuation := &clv.Valuation{Basis: standing.Basis{Rules: rules, Model: steady{}}}
			events := make([]history.Event, rhythm.already+orders)
			for i := range events {
				events[i] = eventtest.Order(i/rhythm.perDay*rhythm.days-5000, fmt.Sprint("order-", i), 2999)
			}
			b.ReportAllocs()
			b.ResetTimer()
			for done := 0; done < b.N; done += orders {
				b.StopTimer()
				var customer clv.Customer
				for i := range events[:rhythm.already] {
					customer.Apply(&events[i], valuation)
				}
				b.StartTimer()
				for i := range events[rhythm.already:] {
					if _, _, refused := customer.Apply(&events[rhythm.already+i], valuation); refused != nil {
						b.Fatal(refused)
					}
				}
			}
		})
	}
}
