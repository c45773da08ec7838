package figures

import (
	"slices"

	"github.com/clvstream/clvstream/clv/statistics"
)

// Trend is what customers did, month by month.
type Trend struct {
	Currency string  `json:"currency"`
	Months   []Month `json:"months"` // those with anything in them, ascending
}

// Month is a calendar month of the business's time zone; see clv.Trend.
type Month struct {
	Month           string `json:"month"`
	Revenue         Amount `json:"revenue"`
	Orders          int64  `json:"orders"`
	Buyers          int64  `json:"buyers"`
	New             int64  `json:"new"`
	WonBack         int64  `json:"won_back"`
	Lost            int64  `json:"lost"`
	Churned         int64  `json:"churned"`
	Margin          Amount `json:"margin"`
	AcquisitionCost Amount `json:"acquisition_cost"`
}

// Trend shows the last so many of the months in which anything is known of anybody;
// 0: all.
func (b *Base) Trend(f *statistics.Figures, months int) Trend {
	trends := f.Trends()
	if all := b.Everybody().Trends(); months > 0 && len(all) > months {
		from := all[len(all)-months].Month
		trends = slices.DeleteFunc(trends, func(t statistics.Trend) bool { return t.Month < from })
	}
	v := Trend{Currency: b.Currency.String(), Months: []Month{}}
	for _, t := range trends {
		v.Months = append(v.Months, Month{
			t.Month.String(), b.amount(t.RevenueMinor), t.Orders, t.Buyers, t.New, t.WonBack, t.Lost, t.Churned, b.amount(t.MarginMinor), b.amount(t.CostMinor),
		})
	}
	return v
}

// Sheet has a row for each month.
func (v Trend) Sheet() Sheet {
	s := Sheet{Header: []string{
		"month", "revenue", "orders", "buyers", "new", "won_back", "lost", "churned", "margin", "acquisition_cost", "currency",
	}}
	for _, m := range v.Months {
		s.add(m.Month, m.Revenue, m.Orders, m.Buyers, m.New, m.WonBack, m.Lost, m.Churned, m.Margin, m.AcquisitionCost, v.Currency)
	}
	return s
}
