package figures

import (
	"cmp"
	"slices"

	"github.com/clvstream/clvstream/clv/statistics"
)

// Top is what the best customers hold.
type Top struct {
	TopShare
	Age
	Shares []TopShare `json:"-"` // that one among others, ascending
}

// TopShare is what a share of the customers who have bought, those of the highest
// CLV, is worth together. Of the step of CLV into which the last of them falls is not
// known who is who, so each value has bounds.
type TopShare struct {
	Currency   string   `json:"currency"`
	Share      float64  `json:"share"` // of the customers, (0, 1]
	Customers  int64    `json:"customers"`
	Of         int64    `json:"of"`
	From       Amount   `json:"from"` // CLV of the last of them, within the histogram's error
	Value      Amount   `json:"value"`
	ValueLeast Amount   `json:"value_least"`
	ValueMost  Amount   `json:"value_most"`
	ValueOfAll Amount   `json:"value_of_all"`
	Holds      *float64 `json:"holds"` // of the CLV of all; nil where that is nothing
	HoldsLeast *float64 `json:"holds_least"`
	HoldsMost  *float64 `json:"holds_most"`
	// Of a group: how many of everybody's best are in it.
	AmongBestLeast *int64 `json:"among_best_least,omitempty"`
	AmongBestMost  *int64 `json:"among_best_most,omitempty"`
}

// Top shows a share in (0, 1] of the customers, and some others beside it.
func (b *Base) Top(f *statistics.Figures, share float64) Top {
	v := Top{TopShare: b.topShare(f, share), Age: b.Age()}
	shares := []float64{0.01, 0.05, 0.1, 0.2, 0.5}
	if !slices.Contains(shares, share) {
		shares = append(shares, share)
	}
	for _, one := range shares {
		v.Shares = append(v.Shares, b.topShare(f, one))
	}
	slices.SortFunc(v.Shares, func(a, b TopShare) int { return cmp.Compare(a.Share, b.Share) })
	return v
}

func (b *Base) topShare(f *statistics.Figures, share float64) TopShare {
	h := f.CLVHistogram()
	top := h.Top(share)
	middle := top.LowMinor + (top.HighMinor-top.LowMinor)/2
	holds := func(minor int64) *float64 {
		if h.SumMinor <= 0 {
			return nil
		}
		held := Ratio(minor, h.SumMinor)
		return &held
	}
	v := TopShare{
		Currency: b.Currency.String(), Share: share, Customers: top.Customers, Of: h.Customers, From: b.amount(int64(top.Border.Middle())),
		Value: b.amount(middle), ValueLeast: b.amount(top.LowMinor), ValueMost: b.amount(top.HighMinor), ValueOfAll: b.amount(h.SumMinor),
		Holds: holds(middle), HoldsLeast: holds(top.LowMinor), HoldsMost: holds(top.HighMinor),
	}
	if everybody := b.Everybody(); f != everybody {
		all := everybody.CLVHistogram()
		best := all.Top(share)
		least, most := best.Within(&h)
		v.AmongBestLeast, v.AmongBestMost = &least, &most
	}
	return v
}

// Sheet has a row for each share.
func (v Top) Sheet() Sheet {
	s := Sheet{Header: []string{
		"share", "customers", "of", "from", "value", "value_least", "value_most", "value_of_all", "holds", "holds_least", "holds_most",
		"among_best_least", "among_best_most", "currency",
	}}
	for _, one := range v.Shares {
		s.add(one.Share, one.Customers, one.Of, one.From, one.Value, one.ValueLeast, one.ValueMost, one.ValueOfAll,
			known(one.Holds), known(one.HoldsLeast), known(one.HoldsMost), known(one.AmongBestLeast), known(one.AmongBestMost), one.Currency)
	}
	return s
}
