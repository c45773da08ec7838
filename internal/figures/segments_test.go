package figures

import (
	"fmt"
	"slices"
	"testing"

	"github.com/clvstream/clvstream/clv"
	"github.com/clvstream/clvstream/clv/estimate"
	"github.com/clvstream/clvstream/clv/history"
)

// A group pays since its margin covers the cost, or is expected to, or is not; and of
// one without a cost nothing is said.
func TestSegmentsBreakEven(t *testing.T) {
	for _, c := range []struct {
		cost, predicted int64
		want            string
	}{
		{0, 900, ""},
		{700, 0, "true since 1970-02-28"},     // margin is known by months
		{1500, 900, "false about 1971-01-20"}, // 7 of the 9 that are predicted for 365 days are missing: 284 days from day 100
		{1500, 100, "false"},
	} {
		b := someBase(t)
		p, _ := (&clv.Customer{
			History: history.History{
				Orders:      []history.Order{{ID: "a", Tellings: history.Tellings{Day: 40, FirstDay: 40}, Placed: true, Worth: history.Worth{AmountMinor: 1000, MarginMinor: 800}}},
				Acquisition: history.Acquisition{Known: true, CostMinor: c.cost, Channel: "web", AtMicros: 40 * 24 * 3600e6},
			},
			Value: estimate.Valued{Status: history.Active, HistoricMinor: 800, PredictedMinor: float64(c.predicted)},
		}).Contribution(&history.Rules{}, nil)
		b.Add(&p)
		v, err := b.Segments("channel")
		if err != nil {
			t.Fatal(err)
		}
		got, web := "", v.Segments[slices.IndexFunc(v.Segments, func(s Segment) bool { return s.Segment == "web" })]
		if web.BrokenEven != nil {
			got = fmt.Sprint(*web.BrokenEven)
		}
		if web.BreakEven != nil {
			got += map[string]string{"true": " since ", "false": " about "}[got] + *web.BreakEven
		}
		if got != c.want {
			t.Errorf("cost %d, predicted %d: %q, want %q", c.cost, c.predicted, got, c.want)
		}
	}
}
