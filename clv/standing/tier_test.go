package standing_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/clvstream/clvstream/clv/standing"
	"github.com/clvstream/clvstream/clv/statistics"
)

// A tier by percentile begins where its share of the customers is below, within
// the histogram's error.
func TestBordersStandAtPercentiles(t *testing.T) {
	even := statistics.Histogram{Error: 0.5, Customers: 1000}
	for i := range 100 {
		even.Bins = append(even.Bins, statistics.Bin{From: float64(100*i - 50), To: float64(100*i + 50), Customers: 10})
	}
	tiers := standing.Tiers{Percentiles: []standing.Percentile{{Name: "silver", Below: 0.5}, {Name: "gold", Below: 0.9}}}
	borders, err := tiers.Borders(even.Customers, even.Quantile)
	if want := []int64{4900, 8900}; err != nil || !slices.Equal(borders, want) {
		t.Errorf("the borders are %v, %v, want %v", borders, err, want)
	}
	alike := statistics.Histogram{Customers: 5, Bins: []statistics.Bin{{From: 100, To: 100, Customers: 5}}}
	for _, c := range []struct {
		tiers standing.Tiers
		worth statistics.Histogram
		want  error
	}{
		{standing.Tiers{Tiers: []standing.Tier{{Name: "silver", FromMinor: 100}}}, even, standing.ErrNoPercentiles},
		{tiers, statistics.Histogram{}, standing.ErrNoCustomers},
		{tiers, alike, standing.ErrBordersMeet},
	} {
		if _, err := c.tiers.Borders(c.worth.Customers, c.worth.Quantile); !errors.Is(err, c.want) {
			t.Errorf("%+v: %v, want %v", c.tiers, err, c.want)
		}
	}
}

func TestTiersTakeTheBordersOfACut(t *testing.T) {
	byShare := standing.Tiers{Hysteresis: 0.1, Percentiles: []standing.Percentile{{Name: "silver", Below: 0.5}, {Name: "gold", Below: 0.9}}}
	cut, err := byShare.At(7, []int64{100, 200})
	if err != nil || cut.Cut != 7 || cut.Hysteresis != 0.1 || !slices.Equal(cut.Tiers, []standing.Tier{{Name: "silver", FromMinor: 100}, {Name: "gold", FromMinor: 200}}) {
		t.Errorf("%+v, %v", cut, err)
	}
	if uncut, err := byShare.At(0, nil); err != nil || uncut.Cut != 0 || len(uncut.Tiers) > 0 {
		t.Errorf("before the first cut: %+v, %v", uncut, err)
	}
	if _, err := byShare.At(8, []int64{100}); !errors.Is(err, standing.ErrOtherTiers) {
		t.Errorf("borders of another number of tiers: %v", err)
	}
	fixed := standing.Tiers{Tiers: []standing.Tier{{Name: "silver", FromMinor: 50}}}
	if same, err := fixed.At(7, []int64{100, 200}); err != nil || same.Cut != 0 || same.Tiers[0].FromMinor != 50 {
		t.Errorf("tiers that begin at amounts: %+v, %v", same, err)
	}
}
