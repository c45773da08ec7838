package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/clvstream/clvstream/clv/estimate"
	"github.com/clvstream/clvstream/clv/statistics"
)

func newSegments() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "segments",
		Short: "Show what customers are worth by channel, tier, cohort, stage or status",
		Long: `Tells the customers apart by one trait and sums each group up: orders, revenue,
margin, value and what it cost to win them. Every customer is in exactly one group:
none is the group of those without the trait. CLV:CAC is a group's CLV for each unit
of acquisition cost, where any is known; then it also says since when the group's
margin covers what its customers cost, or when it is expected to.`,
		Example: `  clvstream segments --by channel --redis 127.0.0.1:6379
  clvstream segments --by cohort --csv > cohorts.csv`,
	}
	by := byFlag(cmd, "stage", "tell customers apart")
	return statisticsCommand(cmd, func(b *base) (shown, error) {
		trait, err := parseTrait(*by)
		if err != nil {
			return shown{}, err
		}
		return b.segments(*by, trait), nil
	})
}

// sumsView are the sums of a group. Money is decimal strings in major units.
type sumsView struct {
	Customers       int64   `json:"customers"`
	Orders          int64   `json:"orders"`
	Revenue         string  `json:"revenue"`
	Margin          string  `json:"margin"`
	CLV             string  `json:"clv"`
	Predicted       string  `json:"predicted"`
	AcquisitionCost string  `json:"acquisition_cost"`
	CLVToCAC        float64 `json:"clv_to_cac,omitempty"`
}

func (b *base) sumsOf(s statistics.Sums) sumsView {
	return sumsView{
		Customers: s.Customers, Orders: s.Orders, Revenue: b.money(s.RevenueMinor), Margin: b.money(s.MarginMinor),
		CLV: b.money(s.CLVMinor), Predicted: b.money(s.PredictedMinor), AcquisitionCost: b.money(s.CostMinor),
		CLVToCAC: ratio(s.CLVMinor, s.CostMinor),
	}
}

type segmentsView struct {
	Currency string        `json:"currency"`
	By       string        `json:"by"`
	Segments []segmentView `json:"segments"`
	Total    sumsView      `json:"total"`
}

type segmentView struct {
	Segment string `json:"segment"`
	sumsView
	// Of groups of whose customers costs are known: whether margin has covered them,
	// and since when, or when it will by what is predicted.
	BrokenEven *bool   `json:"broken_even,omitempty"`
	BreakEven  *string `json:"break_even,omitempty"`
}

// breakEven says of a group when it pays.
func (v *segmentView) breakEven(b estimate.BreakEven) {
	reached := b.Kind == estimate.BreakEvenReached
	if v.BrokenEven = &reached; b.Kind != estimate.BreakEvenUnknown {
		v.BreakEven = textOrNull(b.Day.String())
	}
}

func (v *segmentView) breakEvenText() string {
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

func (b *base) segments(by string, trait statistics.Trait) shown {
	var sums []statistics.Sums
	total := b.Everybody().Sums()
	view := segmentsView{Currency: b.currency.String(), By: by, Segments: []segmentView{}, Total: b.sumsOf(total)}
	csv := sheet{header: []string{
		by, "customers", "orders", "revenue", "margin", "clv", "predicted", "acquisition_cost", "currency", "broken_even", "break_even",
	}}
	for _, segment := range b.By(trait) {
		s := segment.Sums()
		one := segmentView{Segment: b.groupName(segment.Group), sumsView: b.sumsOf(s)}
		if s.CostMinor > 0 {
			one.breakEven(segment.BreakEven(b.horizonDays, b.today))
		}
		view.Segments = append(view.Segments, one)
		sums = append(sums, s)
		csv.add(one.Segment, whole(s.Customers), whole(s.Orders), one.Revenue, one.Margin, one.CLV, one.Predicted, one.AcquisitionCost, view.Currency,
			orEmpty(one.BrokenEven), orEmpty(one.BreakEven))
	}
	return shown{json: view, csv: csv, text: func(out io.Writer, charts bool) error {
		return b.printSegments(out, &view, sums, total, charts)
	}}
}

// orEmpty is a field of CSV that may be unknown.
func orEmpty[T any](known *T) string {
	if known == nil {
		return ""
	}
	return fmt.Sprint(*known)
}

func (b *base) printSegments(out io.Writer, view *segmentsView, sums []statistics.Sums, total statistics.Sums, charts bool) error {
	if total.Customers == 0 {
		fmt.Fprintln(out, nobody)
		return nil
	}
	values := make([]int64, len(sums))
	for i := range sums {
		values[i] = sums[i].CLVMinor
	}
	c := newChart(charts, values...)
	breakEven := ""
	if total.CostMinor > 0 {
		breakEven = "BREAK-EVEN"
	}
	var rows [][]string
	for i, s := range sums {
		one := &view.Segments[i]
		rows = append(rows, c.row(s.CLVMinor, append(b.segmentRow(one.Segment, s, total), one.breakEvenText())...))
	}
	rows = append(rows, b.segmentRow("all", total, total))
	return table(out, c.header(append(b.segmentHeader(view.By), breakEven)...), rows)
}

func (b *base) segmentHeader(by string) []string {
	return []string{
		strings.ToUpper(by), "CUSTOMERS", "OF ALL", "ORDERS", b.inCurrency("REVENUE"), "MARGIN", "CLV", "PREDICTED", "CLV EACH", "CLV:CAC",
	}
}

func (b *base) segmentRow(name string, s, total statistics.Sums) []string {
	toCAC := ""
	if s.CostMinor > 0 {
		toCAC = fmt.Sprintf("%.2f", ratio(s.CLVMinor, s.CostMinor))
	}
	return []string{
		name, whole(s.Customers), inPercent(ratio(s.Customers, total.Customers)), whole(s.Orders), b.money(s.RevenueMinor), b.money(s.MarginMinor),
		b.money(s.CLVMinor), b.money(s.PredictedMinor), b.moneyMean(s.CLVMinor, s.Customers), toCAC,
	}
}
