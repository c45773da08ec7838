package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/clvstream/clvstream/internal/figures"
)

func newStats() *cobra.Command {
	return figureCommand(&cobra.Command{
		Use:   "stats",
		Short: "Show the whole base: customers, orders, revenue, value, and their distributions",
		Long: `Shows totals, and histograms of CLV, P(alive) and days between orders. Totals are
exact. The bins of CLV and days are a tenth of their value wide, so a quantile from
them is within 5 %; those of P(alive) are 0.02 wide, so within 0.01. The first two
count customers who have bought, the third those with two or more purchase days.`,
		Example: `  clvstream stats --redis 127.0.0.1:6379
  clvstream stats --by tier
  clvstream stats --json | jq .clv.quantiles`,
	}, question[figures.Stats]{of: (*figures.Base).Stats, values: true, text: printStats, groups: printStatsBeside})
}

func printStats(out io.Writer, v *figures.Stats, charts bool) error {
	t := &v.Total
	if t.Customers == 0 {
		fmt.Fprintln(out, nobody)
		return nil
	}
	rows := [][]string{
		cells("customers", t.Customers, ""),
		cells("orders", t.Orders, fmt.Sprintf("%.2f", figures.Ratio(t.Orders, t.Customers))),
	}
	for _, sum := range []struct {
		name  string
		total figures.Amount
	}{{"revenue", t.Revenue}, {"margin", t.Margin}, {"CLV", t.CLV}, {"  predicted", t.Predicted}, {"acquisition cost", t.AcquisitionCost}} {
		if sum.name != "acquisition cost" || sum.total.Minor > 0 {
			rows = append(rows, cells(sum.name+" "+v.Currency, sum.total, sum.total.Each(t.Customers)))
		}
	}
	if err := table(out, []string{"", "ALL", "A CUSTOMER"}, rows); err != nil {
		return err
	}
	for _, spread := range v.Spreads() {
		if err := printSpread(out, spread, charts); err != nil {
			return err
		}
	}
	return nil
}

// printSpread shows the quantiles and the histogram.
func printSpread(out io.Writer, v *figures.Spread, charts bool) error {
	if v.Customers == 0 {
		return nil
	}
	fmt.Fprintf(out, "\n%s of %d customers", strings.ToUpper(v.Title), v.Customers)
	for _, q := range figures.Quantiles {
		fmt.Fprintf(out, "  %s %s", q.Name, v.Quantiles[q.Name])
	}
	fmt.Fprintln(out, within(v))
	var rows [][]string
	var values []float64
	for _, step := range v.Steps {
		rows = append(rows, cells(step.From, step.To, step.Customers, inPercent(figures.Ratio(step.Customers, v.Customers))))
		values = append(values, float64(step.Customers))
	}
	return tableWithBars(out, charts, []string{"FROM", "TO", "CUSTOMERS", "OF ALL"}, rows, values, 0)
}

// within is the histogram's error in words.
func within(v *figures.Spread) string {
	if v.RelativeError > 0 {
		return fmt.Sprintf("  (each ± %.0f %%)", 100*v.RelativeError)
	}
	return fmt.Sprintf("  (each ± %g)", v.AbsoluteError)
}

// printStatsBeside shows the sums of groups, and each histogram as a line per group:
// its quantiles and, on a terminal, its shape over the bins that any group has.
func printStatsBeside(out io.Writer, v *figures.Groups[figures.Stats], charts bool) error {
	all := &v.All.Total
	var rows [][]string
	for i := range v.Segments {
		rows = append(rows, sumsRow(v.Segments[i].Name, &v.Segments[i].Figure.Total, all))
	}
	if err := table(out, sumsHeader(v.By, v.All.Currency), append(rows, sumsRow("all", all, all)), ids(strings.ToUpper(v.By))); err != nil {
		return err
	}
	for i, spread := range v.All.Spreads() {
		fmt.Fprintf(out, "\n%s%s\n", strings.ToUpper(spread.Title), within(spread))
		if err := printSpreads(out, v, i, charts); err != nil {
			return err
		}
	}
	return nil
}

// printSpreads shows one of the distributions of each group.
func printSpreads(out io.Writer, v *figures.Groups[figures.Stats], which int, charts bool) error {
	header := []string{strings.ToUpper(v.By), "CUSTOMERS"}
	for _, q := range figures.Quantiles {
		header = append(header, strings.ToUpper(q.Name))
	}
	spreads := make([]*figures.Spread, len(v.Segments))
	var numbers []int // of the bins that are not empty in all groups
	for i := range v.Segments {
		spreads[i] = v.Segments[i].Figure.Spreads()[which]
		for _, step := range spreads[i].Steps {
			numbers = append(numbers, step.Number)
		}
	}
	slices.Sort(numbers)
	numbers = slices.Compact(numbers)
	var rows [][]string
	for i, spread := range spreads {
		row := cells(v.Segments[i].Name, spread.Customers)
		for _, q := range figures.Quantiles {
			row = append(row, spread.Quantiles[q.Name])
		}
		if charts {
			row = append(row, shape(spread, numbers))
		}
		rows = append(rows, row)
	}
	if charts {
		header = append(header, "")
	}
	return table(out, header, rows, ids(header[0]), spare(""))
}

// shape draws how many customers are in each bin, as a share of the fullest.
func shape(v *figures.Spread, numbers []int) string {
	counts := map[int]int64{}
	var most int64
	for _, step := range v.Steps {
		counts[step.Number] = step.Customers
		most = max(most, step.Customers)
	}
	drawn := ""
	for _, number := range numbers {
		if counts[number] == 0 {
			drawn += " "
		} else {
			drawn += column(figures.Ratio(counts[number], most))
		}
	}
	return drawn
}
