package main

import (
	"fmt"
	"io"
	"slices"

	"github.com/spf13/cobra"

	"github.com/clvstream/clvstream/clv/statistics"
)

func newTrend() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "trend",
		Short: "Show revenue, orders and who came, was lost or won back, month by month",
		Long: `Shows the calendar months of the business's time zone: revenue of the orders that
stand, less refunds that came late; orders; customers who bought, and how many of
them for the first time; who was won back, was lost to silence or is known to have
left. A customer who was lost and came back counts in both months. Margin is net of
late refunds, as revenue is; the cost of acquisition is in the month that it was told of.`,
		Example: `  clvstream trend --months 24 --redis 127.0.0.1:6379
  clvstream trend --by channel --months 6
  clvstream trend --csv > months.csv`,
	}
	months := cmd.Flags().Int("months", 0, "show the last so many months; 0: all")
	return figuresCommand(cmd, view{
		check: func() error { return checkMonths(*months) },
		of:    func(b *base, f *statistics.Figures) shown { return b.trend(b.lastTrends(f, *months)) },
	})
}

// lastTrends are those of the last so many months in which anything is known of
// anybody; 0: all.
func (b *base) lastTrends(f *statistics.Figures, months int) []statistics.Trend {
	trends := f.Trends()
	if all := b.Everybody().Trends(); months > 0 && len(all) > months {
		from := all[len(all)-months].Month
		trends = slices.DeleteFunc(trends, func(t statistics.Trend) bool { return t.Month < from })
	}
	return trends
}

type trendView struct {
	Currency string      `json:"currency"`
	Months   []monthView `json:"months"`
}

type monthView struct {
	Month           string `json:"month"`
	Revenue         string `json:"revenue"`
	Orders          int64  `json:"orders"`
	Buyers          int64  `json:"buyers"`
	New             int64  `json:"new"`
	WonBack         int64  `json:"won_back"`
	Lost            int64  `json:"lost"`
	Churned         int64  `json:"churned"`
	Margin          string `json:"margin"`
	AcquisitionCost string `json:"acquisition_cost"`
}

func (v *monthView) row() []string {
	return []string{
		v.Month, v.Revenue, whole(v.Orders), whole(v.Buyers), whole(v.New), whole(v.WonBack), whole(v.Lost), whole(v.Churned), v.Margin, v.AcquisitionCost,
	}
}

func (b *base) trend(trends []statistics.Trend) shown {
	view := trendView{Currency: b.currency.String(), Months: []monthView{}}
	csv := sheet{header: []string{
		"month", "revenue", "orders", "buyers", "new", "won_back", "lost", "churned", "margin", "acquisition_cost", "currency",
	}}
	for _, t := range trends {
		one := monthView{
			t.Month.String(), b.money(t.RevenueMinor), t.Orders, t.Buyers, t.New, t.WonBack, t.Lost, t.Churned, b.money(t.MarginMinor), b.money(t.CostMinor),
		}
		view.Months = append(view.Months, one)
		csv.add(append(one.row(), view.Currency)...)
	}
	return shown{json: view, csv: csv, text: func(out io.Writer, charts bool) error { return b.printTrend(out, &view, trends, charts) }}
}

func (b *base) printTrend(out io.Writer, view *trendView, trends []statistics.Trend, charts bool) error {
	if len(trends) == 0 {
		fmt.Fprintln(out, "nothing has come of any month")
		return nil
	}
	revenues := make([]int64, len(trends))
	for i := range trends {
		revenues[i] = trends[i].RevenueMinor
	}
	c := newChart(charts, revenues...)
	rows := make([][]string, len(trends))
	for i, minor := range revenues {
		rows[i] = c.row(minor, view.Months[i].row()...)
	}
	return table(out, c.header("MONTH", b.inCurrency("REVENUE"), "ORDERS", "BUYERS", "NEW", "WON BACK", "LOST", "CHURNED", "MARGIN", "COST"), rows)
}
