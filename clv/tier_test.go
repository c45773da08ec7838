package clv

import (
	"errors"
	"slices"
	"testing"
)

// A tier by percentile begins where its share of the customers is below, within
// the histogram's error.
func TestBordersStandAtPercentiles(t *testing.T) {
	even := Histogram{Error: 0.5}
	for i := range 100 {
		even.add(Bin{From: float64(100*i - 50), To: float64(100*i + 50), Customers: 10})
	}
	tiers := Tiers{Percentiles: []Percentile{{"silver", 0.5}, {"gold", 0.9}}}
	borders, err := tiers.Borders(even.Customers, even.Quantile)
	if want := []int64{4900, 8900}; err != nil || !slices.Equal(borders, want) {
		t.Errorf("the borders are %v, %v, want %v", borders, err, want)
	}
	alike := Histogram{}
	alike.add(Bin{From: 100, To: 100, Customers: 5})
	for _, c := range []struct {
		tiers Tiers
		worth Histogram
		want  error
	}{
		{Tiers{Tiers: []Tier{{"silver", 100}}}, even, ErrNoPercentiles},
		{tiers, Histogram{}, ErrNoCustomers},
		{tiers, alike, ErrBordersMeet},
	} {
		if _, err := c.tiers.Borders(c.worth.Customers, c.worth.Quantile); !errors.Is(err, c.want) {
			t.Errorf("%+v: %v, want %v", c.tiers, err, c.want)
		}
	}
}

func TestTiersTakeTheBordersOfACut(t *testing.T) {
	byShare := Tiers{Hysteresis: 0.1, Percentiles: []Percentile{{"silver", 0.5}, {"gold", 0.9}}}
	cut, err := byShare.At(7, []int64{100, 200})
	if err != nil || cut.Cut != 7 || cut.Hysteresis != 0.1 || !slices.Equal(cut.Tiers, []Tier{{"silver", 100}, {"gold", 200}}) {
		t.Errorf("%+v, %v", cut, err)
	}
	if uncut, err := byShare.At(0, nil); err != nil || uncut.Cut != 0 || len(uncut.Tiers) > 0 {
		t.Errorf("before the first cut: %+v, %v", uncut, err)
	}
	if _, err := byShare.At(8, []int64{100}); !errors.Is(err, ErrOtherTiers) {
		t.Errorf("borders of another number of tiers: %v", err)
	}
	fixed := Tiers{Tiers: []Tier{{"silver", 50}}}
	if same, err := fixed.At(7, []int64{100, 200}); err != nil || same.Cut != 0 || same.Tiers[0].FromMinor != 50 {
		t.Errorf("tiers that begin at amounts: %+v, %v", same, err)
	}
}
