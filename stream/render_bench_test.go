package stream

import (
	"testing"

	"github.com/clvstream/clvstream/clv"
	"github.com/clvstream/clvstream/clv/announce"
	"github.com/clvstream/clvstream/clv/estimate"
	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/clv/money"
	"github.com/clvstream/clvstream/clv/standing"
	"github.com/clvstream/clvstream/state/layout"
	"github.com/clvstream/clvstream/stream/change"
	"github.com/clvstream/clvstream/stream/cluster"
)

// BenchmarkRender renders a change of each kind of cause, with its headers.
func BenchmarkRender(b *testing.B) {
	for name, cause := range map[string]clv.Cause{
		"order":   {EventID: "order-00012345-v1", Kind: history.OrderPlaced, OrderID: "order-00012345", AtMicros: 1_790_000_000_123_456},
		"silence": {Kind: history.TimePassed, AtMicros: 1_790_000_000_000_000},
	} {
		b.Run(name, func(b *testing.B) {
			usd, err := money.ParseCurrency("USD")
			if err != nil {
				b.Fatal(err)
			}
			r := renderer{topics: cluster.OutputTopicsOf("clv"), source: []byte("/clvstream/clv"), change: change.NewRenderer(usd)}
			item := layout.Item{Offset: 123_456, Change: &clv.Change{
				CustomerID: "customer-0012345", Version: 7, Reason: announce.ReasonPurchase, Cause: cause, PreviousMinor: 12_345.6,
				Current: estimate.Estimate{
					AsOfMicros: cause.AtMicros, Status: history.Active, HistoricMinor: 20_000, PredictedMinor: 3456.7, CLVMinor: 23_456.7, PAlive: 0.8123456789,
					ExpectedOrders: 1.23456789, SpendMinor: 2999.5, NextOrderDays: 45.678,
					Facts: history.Facts{Orders: 8, PurchaseDays: 7, Frequency: 6, RecencyDays: 240, AgeDays: 300, RevenueMinor: 24_000, MarginMinor: 20_000, RepeatMeanMinor: 3100, MarginRatio: 0.8},
				},
				ModelName: "mbgnbd", ModelVersion: "2f014be07d8c",
				Was: standing.Standing{Stage: standing.StageCooling}, Standing: standing.Standing{Stage: standing.StageActive, StageMicros: cause.AtMicros, Tier: 2},
				Silence: standing.Silence{Days: 60, Quantile: 0.91}, Tier: standing.TierMove{Was: "silver", Now: "silver", Next: "gold", MissingMinor: 6346},
			}}
			source := layout.Source{Topic: "orders", Partition: 3}
			r.records(source, &item) // for the page's memory
			b.ReportAllocs()
			for b.Loop() {
				r.page.clear()
				r.records(source, &item)
			}
		})
	}
}
