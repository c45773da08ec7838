package figures

import (
	"fmt"

	"github.com/clvstream/clvstream/clv/estimate"
	"github.com/clvstream/clvstream/clv/statistics"
)

// Sums are what a group of customers comes to.
type Sums struct {
	Customers       int64   `json:"customers"`
	Orders          int64   `json:"orders"`
	Revenue         Amount  `json:"revenue"`
	Margin          Amount  `json:"margin"`
	CLV             Amount  `json:"clv"`
	Predicted       Amount  `json:"predicted"`
	AcquisitionCost Amount  `json:"acquisition_cost"`
	CLVToCAC        float64 `json:"clv_to_cac,omitempty"` // 0: no cost is known
}

func (b *Base) sums(f *statistics.Figures) Sums {
	s := f.Sums()
	return Sums{
		Customers: s.Customers, Orders: s.Orders, Revenue: b.amount(s.RevenueMinor), Margin: b.amount(s.MarginMinor),
		CLV: b.amount(s.CLVMinor), Predicted: b.amount(s.PredictedMinor), AcquisitionCost: b.amount(s.CostMinor),
		CLVToCAC: Ratio(s.CLVMinor, s.CostMinor),
	}
}

// Segments are the groups of a trait side by side.
type Segments struct {
	Currency string `json:"currency"`
	By       string `json:"by"`
	Age
	Segments []Segment `json:"segments"`
	Total    Sums      `json:"total"`
}

// Segment is one group. Whether its margin has covered what its customers cost, and
// the day since which it has, or by which it is expected to, are nil where nothing is
// known of the cost or the day.
type Segment struct {
	Segment string `json:"segment"`
	Sums
	BrokenEven *bool   `json:"broken_even,omitempty"`
	BreakEven  *string `json:"break_even,omitempty"`
}

// Segments sums each group of a trait up. It fails for an unknown trait, and where customers
// cost something to win, without the model in force.
func (b *Base) Segments(by string) (Segments, error) {
	trait, err := traitOf(by)
	if err != nil {
		return Segments{}, err
	}
	v := Segments{Currency: b.Currency.String(), By: by, Age: b.Age(), Segments: []Segment{}, Total: b.sums(b.Everybody())}
	for _, group := range b.By(trait) {
		one := Segment{Segment: b.groupName(group.Group), Sums: b.sums(group.Figures)}
		if one.AcquisitionCost.Minor > 0 {
			horizonDays, err := b.HorizonDays()
			if err != nil {
				return Segments{}, fmt.Errorf("expect when acquisition costs are covered: %w", err)
			}
			breakEven := group.BreakEven(horizonDays, b.Today)
			reached, day := breakEven.Kind == estimate.BreakEvenReached, breakEven.Day.String()
			if one.BrokenEven = &reached; breakEven.Kind != estimate.BreakEvenUnknown {
				one.BreakEven = &day
			}
		}
		v.Segments = append(v.Segments, one)
	}
	return v, nil
}

// Sheet has a row for each group.
func (v Segments) Sheet() Sheet {
	s := Sheet{Header: []string{
		v.By, "customers", "orders", "revenue", "margin", "clv", "predicted", "acquisition_cost", "currency", "broken_even", "break_even",
	}}
	for _, one := range v.Segments {
		s.add(one.Segment, one.Customers, one.Orders, one.Revenue, one.Margin, one.CLV, one.Predicted, one.AcquisitionCost, v.Currency,
			known(one.BrokenEven), known(one.BreakEven))
	}
	return s
}
