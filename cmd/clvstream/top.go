package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/clvstream/clvstream/clv/statistics"
	"github.com/clvstream/clvstream/internal/cli"
	"github.com/clvstream/clvstream/internal/figures"
)

func newTop() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "top",
		Short: "Show the share of the value that the best customers hold",
		Long: `Ranks the customers who have bought by CLV and sums up the best. Each bin of the
histogram of CLV has an exact sum, so the only uncertainty is in the bin of the last
of the best: each share is given with its least and greatest possible value. --by
shows the best of each group, and how many of the best of the whole base it has.`,
		Example: `  clvstream top --redis 127.0.0.1:6379
  clvstream top --by channel
  clvstream top --share 5 --json`,
	}
	var share float64
	cli.Above(cmd.Flags(), &share, "share", 20, 0, 100, "how many `percent` of the customers count as the best")
	return figureCommand(cmd, question[figures.Top]{
		of:     func(b *figures.Base, f *statistics.Figures) figures.Top { return b.Top(f, share/100) },
		values: true, text: printTop, groups: printTops,
	})
}

func printTop(out io.Writer, v *figures.Top, charts bool) error {
	if v.Of == 0 {
		fmt.Fprintln(out, nobodyBought)
		return nil
	}
	fmt.Fprintf(out, "The best %s of %d customers who have bought, %d of them, are worth %s of %s %s",
		inPercent(v.Share), v.Of, v.Customers, v.Value, v.ValueOfAll, v.Currency)
	if v.Holds != nil {
		fmt.Fprintf(out, ": %s", inPercent(*v.Holds))
	}
	fmt.Fprint(out, ".\n\n")
	var rows [][]string
	var values []float64
	for _, one := range v.Shares {
		row := cells(inPercent(one.Share), one.Customers, one.From, one.Value)
		if one.Holds != nil {
			row = append(row, fmt.Sprintf("%.2f %%", 100**one.Holds), fmt.Sprintf("%.2f to %.2f %%", 100**one.HoldsLeast, 100**one.HoldsMost))
			values = append(values, *one.Holds)
		}
		rows = append(rows, row)
	}
	return tableWithBars(out, charts, []string{"BEST", "CUSTOMERS", "CLV FROM ABOUT " + v.Currency, "WORTH", "OF ALL", "AT LEAST, AT MOST"}, rows, values, 1)
}

// printTops shows the best of each group, and in which group the best of all are.
func printTops(out io.Writer, v *figures.Groups[figures.Top], charts bool) error {
	all := &v.All.TopShare
	fmt.Fprintf(out, "The best %s of each %s, and its share of the best %d of all customers.\n\n", inPercent(all.Share), v.By, all.Customers)
	var rows [][]string
	var values []float64
	for i := range v.Segments {
		group := &v.Segments[i]
		best := &group.Figure.TopShare
		least, most := *best.AmongBestLeast, *best.AmongBestMost
		count := fmt.Sprint(least)
		if least != most {
			count = fmt.Sprintf("%d to %d", least, most)
		}
		among := float64(least+most) / 2 / float64(max(1, all.Customers))
		rows, values = append(rows, append(topRow(group.Name, best), count, inPercent(among))), append(values, among)
	}
	rows = append(rows, append(topRow("all", all), fmt.Sprint(all.Customers), inPercent(1)))
	return tableWithBars(out, charts, []string{
		strings.ToUpper(v.By), "CUSTOMERS", "BEST", "CLV FROM ABOUT " + all.Currency, "WORTH", "OF ITS CLV", "AMONG BEST OF ALL", "SHARE OF THEM",
	}, rows, values, 1, ids(strings.ToUpper(v.By)))
}

func topRow(name string, v *figures.TopShare) []string {
	holds := ""
	if v.Holds != nil {
		holds = inPercent(*v.Holds)
	}
	return cells(name, v.Of, v.Customers, v.From, v.Value, holds)
}
