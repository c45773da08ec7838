package main

import (
	"fmt"
	"io"
	"slices"

	"github.com/spf13/cobra"

	"github.com/clvstream/clvstream/clv/statistics"
	"github.com/clvstream/clvstream/internal/figures"
)

func newCohorts() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "cohorts",
		Short: "Show how many customers of each month bought again in the months after (the retention triangle)",
		Long: `A cohort is the customers whose first purchase day is in one month. A row shows its
size and the share of it that bought again 1, 2, 3, … months later. The last row
combines the cohorts, weighted by size, each up to its latest month. The triangle
ends with the last month in which anybody bought.`,
		Example: `  clvstream cohorts --redis 127.0.0.1:6379
  clvstream cohorts --by channel --months 6
  clvstream cohorts --months 0 --csv > triangle.csv`,
	}
	months := monthsFlag(cmd, 12, "how many months after the first to show; 0: all")
	return figureCommand(cmd, question[figures.Cohorts]{
		of:      func(b *figures.Base, f *statistics.Figures) figures.Cohorts { return b.Cohorts(f, *months) },
		caption: "of the customers who first bought in a month, % who bought again N months later",
		text:    printCohorts,
	})
}

func printCohorts(out io.Writer, v *figures.Cohorts, charts bool) error {
	if len(v.Cohorts) == 0 {
		fmt.Fprintln(out, nobodyBought)
		return nil
	}
	var most float64 // share of any cohort that came back: the highest column
	for _, one := range v.Cohorts {
		for _, share := range one.Share[1:] {
			most = max(most, share)
		}
	}
	header := []string{"COHORT", "CUSTOMERS"}
	for since := range v.Cohorts[0].Share[1:] { // the oldest has the most months
		header = append(header, fmt.Sprint("+", since+1))
	}
	shown := slices.Clip(v.Cohorts)
	if len(shown) > 1 {
		shown = append(shown, v.Together())
	}
	var rows [][]string
	for _, one := range shown {
		row := cells(one.Cohort, one.Customers)
		for _, share := range one.Share[1:] {
			text := fmt.Sprintf("%.0f", 100*share)
			if charts && most > 0 {
				text += column(share / most)
			}
			row = append(row, text)
		}
		rows = append(rows, row)
	}
	return table(out, header, rows)
}
