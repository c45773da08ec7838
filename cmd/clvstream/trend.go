package main

import (
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/clvstream/clvstream/clv"
)

func newTrend() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "trend",
		Short: "Show revenue, orders and who came, was lost or won back, month by month",
		Long: `Shows the calendar months of the business's time zone: revenue of the orders that
stand, less refunds that came late; orders; customers who bought, and how many of
them for the first time; who was won back, was lost to silence or is known to have
left. A customer who was lost and came back counts in both months.`,
		Example: `  clvstream trend --months 24 --redis 127.0.0.1:6379
  clvstream trend --csv > months.csv`,
	}
	months := cmd.Flags().Int("months", 0, "show the last so many months; 0: all")
	return statisticsCommand(cmd, func(b *base) (shown, error) {
		if *months < 0 {
			return shown{}, errors.New("--months wants a number of months, or 0 for all")
		}
		trends := b.Trends()
		if *months > 0 && len(trends) > *months {
			trends = trends[len(trends)-*months:]
		}
		return b.trend(trends), nil
	})
}

type trendView struct {
	Currency string      `json:"currency"`
	Months   []monthView `json:"months"`
}

type monthView struct {
	Month   string `json:"month"`
	Revenue string `json:"revenue"`
	Orders  int64  `json:"orders"`
	Buyers  int64  `json:"buyers"`
	New     int64  `json:"new"`
	WonBack int64  `json:"won_back"`
	Lost    int64  `json:"lost"`
	Churned int64  `json:"churned"`
}

func (b *base) trend(trends []clv.Trend) shown {
	view := trendView{Currency: b.currency.String(), Months: []monthView{}}
	csv := sheet{header: []string{"month", "revenue", "orders", "buyers", "new", "won_back", "lost", "churned", "currency"}}
	var rows [][]string
	var revenues []int64
	for _, t := range trends {
		one := monthView{t.Month.String(), b.money(t.RevenueMinor), t.Orders, t.Buyers, t.New, t.WonBack, t.Lost, t.Churned}
		view.Months = append(view.Months, one)
		row := []string{
			one.Month, one.Revenue, whole(t.Orders), whole(t.Buyers), whole(t.New), whole(t.WonBack), whole(t.Lost), whole(t.Churned),
		}
		csv.add(append(row[:len(row):len(row)], view.Currency)...)
		rows = append(rows, row)
		revenues = append(revenues, t.RevenueMinor)
	}
	return shown{json: view, csv: csv, text: func(out io.Writer, charts bool) error {
		if len(trends) == 0 {
			fmt.Fprintln(out, nobody)
			return nil
		}
		c := newChart(charts, revenues...)
		for i := range rows {
			rows[i] = c.row(revenues[i], rows[i]...)
		}
		return table(out, c.header("MONTH", b.inCurrency("REVENUE"), "ORDERS", "BUYERS", "NEW", "WON BACK", "LOST", "CHURNED"), rows)
	}}
}
