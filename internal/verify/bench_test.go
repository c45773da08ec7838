package verify_test

import (
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/internal/shop"
	"github.com/clvstream/clvstream/internal/testbed"
)

// BenchmarkVerify verifies two years of a shop of 10,000 customers, some 40,000
// events, on the in-process pair, which takes a part of the time itself.
func BenchmarkVerify(b *testing.B) {
	s := newSystem(b, testbed.EmbeddedPair(b))
	s.valuation.Rules.LatenessDays = history.DefaultLatenessDays
	config := shop.Default()
	config.Customers = 10_000
	config.Start, config.End = time.Date(2023, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)
	events, err := config.Events()
	if err != nil {
		b.Fatal(err)
	}
	var records []*kgo.Record
	for e := range events {
		records = append(records, s.record(&e, true))
	}
	s.consume(b)
	s.publish(b)
	s.send(b, records...)
	s.settle(b)
	for b.Loop() {
		if report := s.verify(b); !report.Verified {
			b.Fatal(report)
		}
	}
	b.ReportMetric(float64(len(records)*b.N)/b.Elapsed().Seconds(), "events/s")
}
