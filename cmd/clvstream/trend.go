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
	months := monthsFlag(cmd, 0, "show the last so many months; 0: all")
	return figureCommand(cmd, question[figures.Trend]{
		of:   func(b *figures.Base, f *statistics.Figures) figures.Trend { return b.Trend(f, *months) },
		text: printTrend,
	})
}

func printTrend(out io.Writer, v *figures.Trend, charts bool) error {
	if len(v.Months) == 0 {
		fmt.Fprintln(out, "nothing has come of any month")
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
