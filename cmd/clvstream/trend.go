package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/clvstream/clvstream/clv/statistics"
	"github.com/clvstream/clvstream/internal/figures"
)

func newTrend() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "trend",
		Short: "Show revenue, orders, and new, lost and won-back customers, month by month",
		Long: `Shows the calendar months of business.time_zone: revenue of the orders that stand,
less late refunds; orders; customers who bought, and how many of them for the first
time; customers who were won back, were lost to silence, or have a confirmed churn.
A customer who was lost and won back counts in both months. Margin is net of late
refunds, as revenue is. Acquisition cost counts in the month of customer.acquired.`,
		Example: `  clvstream trend --months 24 --redis 127.0.0.1:6379
  clvstream trend --by channel --months 6
  clvstream trend --csv > months.csv`,
	}
	months := monthsFlag(cmd, 0, "how many of the last months to show; 0: all")
	return figureCommand(cmd, question[figures.Trend]{
		of:   func(b *figures.Base, f *statistics.Figures) figures.Trend { return b.Trend(f, *months) },
		text: printTrend,
	})
}

func printTrend(out io.Writer, v *figures.Trend, charts bool) error {
	if len(v.Months) == 0 {
		fmt.Fprintln(out, "there are no events yet")
		return nil
	}
	var rows [][]string
	var values []float64
	for _, m := range v.Months {
		rows = append(rows, cells(m.Month, m.Revenue, m.Orders, m.Buyers, m.New, m.WonBack, m.Lost, m.Churned, m.Margin, m.AcquisitionCost))
		values = append(values, float64(m.Revenue.Minor))
	}
	header := []string{"MONTH", "REVENUE " + v.Currency, "ORDERS", "BUYERS", "NEW", "WON BACK", "LOST", "CHURNED", "MARGIN", "COST"}
	return tableWithBars(out, charts, header, rows, values, 0)
}
