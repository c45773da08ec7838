package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/clvstream/clvstream/internal/figures"
)

func newSegments() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "segments",
		Short: "Show customers and their value by channel, tier, cohort, stage or status",
		Long: `Groups the customers by one trait and shows the sums of each group: orders, revenue,
margin, value and acquisition cost. Every customer is in exactly one group; "none" is
the group of those without the trait. CLV:CAC is a group's CLV divided by its
acquisition cost, if any is known. Then BREAK-EVEN shows since when the group's margin
covers that cost, or when it is expected to.`,
		Example: `  clvstream segments --by channel --redis 127.0.0.1:6379
  clvstream segments --by cohort --csv > cohorts.csv`,
	}
	by := byFlag(cmd, "stage", "group customers")
	return baseCommand(cmd, func(b *figures.Base) (shown, error) {
		v, err := b.Segments(*by)
		return shown{Figure: v, values: true, text: func(out io.Writer, charts bool) error { return printSegments(out, &v, charts) }}, err
	})
}

func printSegments(out io.Writer, v *figures.Segments, charts bool) error {
	if v.Total.Customers == 0 {
		fmt.Fprintln(out, nobody)
		return nil
	}
	header := append(sumsHeader(v.By, v.Currency), "")
	if v.Total.AcquisitionCost.Minor > 0 {
		header[len(header)-1] = "BREAK-EVEN"
	}
	var rows [][]string
	var values []float64
	for i := range v.Segments {
		one := &v.Segments[i]
		rows = append(rows, append(sumsRow(one.Segment, &one.Sums, &v.Total), breakEven(one)))
		values = append(values, float64(one.CLV.Minor))
	}
	return tableWithBars(out, charts, header, append(rows, sumsRow("all", &v.Total, &v.Total)), values, 0, ids(header[0]))
}

func breakEven(v *figures.Segment) string {
	switch {
	case v.BrokenEven == nil:
		return ""
	case v.BreakEven == nil:
		return "not expected"
	case *v.BrokenEven:
		return "since " + *v.BreakEven
	default:
		return "about " + *v.BreakEven
	}
}

// sumsHeader and sumsRow show the sums of groups beside those of the whole base.
func sumsHeader(by, currency string) []string {
	return []string{
		strings.ToUpper(by), "CUSTOMERS", "OF ALL", "ORDERS", "REVENUE " + currency, "MARGIN", "CLV", "PREDICTED", "CLV EACH", "CLV:CAC",
	}
}

func sumsRow(name string, v, all *figures.Sums) []string {
	toCAC := ""
	if v.AcquisitionCost.Minor > 0 {
		toCAC = fmt.Sprintf("%.2f", v.CLVToCAC)
	}
	return cells(name, v.Customers, inPercent(figures.Ratio(v.Customers, all.Customers)), v.Orders, v.Revenue, v.Margin, v.CLV, v.Predicted,
		v.CLV.Each(v.Customers), toCAC)
}
