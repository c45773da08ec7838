package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/spf13/cobra"

	"github.com/clvstream/clvstream/clv"
)

func newTop() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "top",
		Short: "Show which share of the value the best customers hold",
		Long: `Orders the customers who have bought by CLV and sums up the best of them. Sums are
kept exactly for every step of CLV (a tenth wide), so only of the step that the last
of the best fall into is not known who is who: each share is given with the least and
the most that it can be.`,
		Example: `  clvstream top --redis 127.0.0.1:6379
  clvstream top --share 5 --json`,
	}
	share := cmd.Flags().Float64("share", 20, "the best so many `percent` of the customers")
	return statisticsCommand(cmd, func(b *base) (shown, error) {
		if !(*share > 0 && *share <= 100) {
			return shown{}, errors.New("--share wants percent above 0, up to 100")
		}
		return b.top(*share / 100), nil
	})
}

// topView is what the best customers hold. The shares are of the CLV of all.
type topView struct {
	Currency   string   `json:"currency"`
	Share      float64  `json:"share"`
	Customers  int64    `json:"customers"`
	Of         int64    `json:"of"`
	From       string   `json:"from"` // CLV of the last of them, within the histogram's error
	Value      string   `json:"value"`
	ValueLeast string   `json:"value_least"`
	ValueMost  string   `json:"value_most"`
	ValueOfAll string   `json:"value_of_all"`
	Holds      *float64 `json:"holds"` // null where all together are worth nothing
	HoldsLeast *float64 `json:"holds_least"`
	HoldsMost  *float64 `json:"holds_most"`
}

func (b *base) topOf(h *clv.Histogram, share float64) topView {
	top := h.Top(share)
	middle := top.LowMinor + (top.HighMinor-top.LowMinor)/2
	holds := func(minor int64) *float64 {
		if h.SumMinor <= 0 {
			return nil
		}
		held := ratio(minor, h.SumMinor)
		return &held
	}
	return topView{
		Currency: b.currency.String(), Share: share, Customers: top.Customers, Of: h.Customers,
		From:  b.money(int64(top.Border.Middle())),
		Value: b.money(middle), ValueLeast: b.money(top.LowMinor), ValueMost: b.money(top.HighMinor), ValueOfAll: b.money(h.SumMinor),
		Holds: holds(middle), HoldsLeast: holds(top.LowMinor), HoldsMost: holds(top.HighMinor),
	}
}

// otherShares are shown beside the one that was asked for.
var otherShares = []float64{0.01, 0.05, 0.1, 0.2, 0.5}

func (b *base) top(share float64) shown {
	h := b.CLVHistogram()
	view := b.topOf(&h, share)
	views := []topView{view}
	for _, other := range otherShares {
		if other != share {
			views = append(views, b.topOf(&h, other))
		}
	}
	slices.SortFunc(views, func(a, b topView) int { return cmp.Compare(a.Share, b.Share) })
	csv := sheet{header: []string{
		"share", "customers", "of", "from", "value", "value_least", "value_most", "value_of_all", "holds", "holds_least", "holds_most", "currency",
	}}
	for _, v := range views {
		csv.add(decimals(v.Share), whole(v.Customers), whole(v.Of), v.From, v.Value, v.ValueLeast, v.ValueMost, v.ValueOfAll,
			decimalsOrNone(v.Holds), decimalsOrNone(v.HoldsLeast), decimalsOrNone(v.HoldsMost), v.Currency)
	}
	return shown{json: view, csv: csv, text: func(out io.Writer, charts bool) error { return b.printTop(out, view, views, charts) }}
}

func decimalsOrNone(f *float64) string {
	if f == nil {
		return ""
	}
	return decimals(*f)
}

func (b *base) printTop(out io.Writer, asked topView, views []topView, charts bool) error {
	if asked.Of == 0 {
		fmt.Fprintln(out, "nobody has bought yet")
		return nil
	}
	fmt.Fprintf(out, "The best %s of %d customers who have bought, %d of them, are worth %s of %s %s",
		inPercent(asked.Share), asked.Of, asked.Customers, asked.Value, asked.ValueOfAll, asked.Currency)
	if asked.Holds != nil {
		fmt.Fprintf(out, ": %s", inPercent(*asked.Holds))
	}
	fmt.Fprint(out, ".\n\n")
	rows := make([][]string, len(views))
	for i, v := range views {
		rows[i] = []string{inPercent(v.Share), whole(v.Customers), v.From, v.Value}
		if v.Holds != nil {
			rows[i] = append(rows[i], fmt.Sprintf("%.2f %%", 100**v.Holds), fmt.Sprintf("%.2f to %.2f %%", 100**v.HoldsLeast, 100**v.HoldsMost))
			if charts {
				rows[i] = append(rows[i], bar(*v.Holds, barCells))
			}
		}
	}
	c := chart{drawn: charts}
	return table(out, c.header("BEST", "CUSTOMERS", b.inCurrency("CLV FROM ABOUT"), "WORTH", "OF ALL", "AT LEAST, AT MOST"), rows)
}
