package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/clvstream/clvstream/clv/statistics"
)

func newTop() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "top",
		Short: "Show which share of the value the best customers hold",
		Long: `Orders the customers who have bought by CLV and sums up the best of them. Sums are
kept exactly for every step of CLV (a tenth wide), so only of the step that the last
of the best fall into is not known who is who: each share is given with the least and
the most that it can be. --by looks at the best of each group, and says how many of
everybody's best are among its customers.`,
		Example: `  clvstream top --redis 127.0.0.1:6379
  clvstream top --by channel
  clvstream top --share 5 --json`,
	}
	share := cmd.Flags().Float64("share", 20, "the best so many `percent` of the customers")
	return figuresCommand(cmd, view{
		check: func() error {
			if !(*share > 0 && *share <= 100) {
				return errors.New("--share wants percent above 0, up to 100")
			}
			return nil
		},
		of: func(b *base, f *statistics.Figures) shown { return b.top(f, *share/100) },
		beside: func(b *base, by string, groups []segment, out io.Writer, charts bool) error {
			return b.printTops(by, groups, *share/100, out, charts)
		},
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
	// Of a group: how many of everybody's best are in it.
	AmongBestLeast *int64 `json:"among_best_least,omitempty"`
	AmongBestMost  *int64 `json:"among_best_most,omitempty"`
}

func (b *base) topOf(f *statistics.Figures, share float64) topView {
	h := f.CLVHistogram()
	top := h.Top(share)
	middle := top.LowMinor + (top.HighMinor-top.LowMinor)/2
	holds := func(minor int64) *float64 {
		if h.SumMinor <= 0 {
			return nil
		}
		held := ratio(minor, h.SumMinor)
		return &held
	}
	view := topView{
		Currency: b.currency.String(), Share: share, Customers: top.Customers, Of: h.Customers,
		From:  b.money(int64(top.Border.Middle())),
		Value: b.money(middle), ValueLeast: b.money(top.LowMinor), ValueMost: b.money(top.HighMinor), ValueOfAll: b.money(h.SumMinor),
		Holds: holds(middle), HoldsLeast: holds(top.LowMinor), HoldsMost: holds(top.HighMinor),
	}
	if everybody := b.Everybody(); f != everybody {
		all := everybody.CLVHistogram()
		best := all.Top(share)
		least, most := best.Within(&h)
		view.AmongBestLeast, view.AmongBestMost = &least, &most
	}
	return view
}

// otherShares are shown beside the one that was asked for.
var otherShares = []float64{0.01, 0.05, 0.1, 0.2, 0.5}

func (b *base) top(f *statistics.Figures, share float64) shown {
	view := b.topOf(f, share)
	views := []topView{view}
	for _, other := range otherShares {
		if other != share {
			views = append(views, b.topOf(f, other))
		}
	}
	slices.SortFunc(views, func(a, b topView) int { return cmp.Compare(a.Share, b.Share) })
	csv := sheet{header: []string{
		"share", "customers", "of", "from", "value", "value_least", "value_most", "value_of_all", "holds", "holds_least", "holds_most",
		"among_best_least", "among_best_most", "currency",
	}}
	for _, v := range views {
		csv.add(decimals(v.Share), whole(v.Customers), whole(v.Of), v.From, v.Value, v.ValueLeast, v.ValueMost, v.ValueOfAll,
			decimalsOrNone(v.Holds), decimalsOrNone(v.HoldsLeast), decimalsOrNone(v.HoldsMost), orEmpty(v.AmongBestLeast), orEmpty(v.AmongBestMost), v.Currency)
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
		fmt.Fprintln(out, nobodyBought)
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

// printTops shows the best of each group, and where everybody's best are.
func (b *base) printTops(by string, groups []segment, share float64, out io.Writer, charts bool) error {
	everybody := b.topOf(b.Everybody(), share)
	fmt.Fprintf(out, "The best %s of each %s, and where everybody's best %d are.\n\n", inPercent(share), by, everybody.Customers)
	c := chart{drawn: charts}
	var rows [][]string
	for _, g := range groups {
		v := b.topOf(g.Figures, share)
		among := float64(*v.AmongBestLeast+*v.AmongBestMost) / 2 / float64(max(1, everybody.Customers))
		row := append(v.row(g.name), between(*v.AmongBestLeast, *v.AmongBestMost), inPercent(among))
		if charts {
			row = append(row, bar(among, barCells))
		}
		rows = append(rows, row)
	}
	rows = append(rows, append(everybody.row("all"), whole(everybody.Customers), inPercent(1)))
	return table(out, c.header(
		strings.ToUpper(by), "CUSTOMERS", "BEST", b.inCurrency("CLV FROM ABOUT"), "WORTH", "OF ITS CLV", "AMONG ALL'S BEST", "SHARE OF THEM",
	), rows)
}

func (v *topView) row(name string) []string {
	row := []string{name, whole(v.Of), whole(v.Customers), v.From, v.Value, ""}
	if v.Holds != nil {
		row[len(row)-1] = inPercent(*v.Holds)
	}
	return row
}

func between(least, most int64) string {
	if least == most {
		return whole(least)
	}
	return whole(least) + " to " + whole(most)
}
