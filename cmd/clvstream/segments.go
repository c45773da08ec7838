package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/clvstream/clvstream/clv"
)

// traits are what customers can be told apart by.
var traits = []struct {
	name string
	kind clv.CellKind
}{
	{"channel", clv.CellChannel}, {"tier", clv.CellTier}, {"cohort", clv.CellCohort}, {"stage", clv.CellStage}, {"status", clv.CellStatus},
}

func traitNames() (names []string) {
	for _, trait := range traits {
		names = append(names, trait.name)
	}
	return names
}

func newSegments() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "segments",
		Short: "Show what customers are worth by channel, tier, cohort, stage or status",
		Long: `Tells the customers apart by one trait and sums each group up: orders, revenue,
margin, value and what it cost to win them. Every customer is in exactly one group:
none is the group of those without the trait. CLV:CAC is a group's CLV for each unit
of acquisition cost, where any is known. By channel it also says whether a channel's
margin has covered what its customers cost, or when it is expected to.`,
		Example: `  clvstream segments --by channel --redis 127.0.0.1:6379
  clvstream segments --by cohort --csv > cohorts.csv`,
	}
	by := cmd.Flags().String("by", "stage", "tell customers apart by `trait`: "+strings.Join(traitNames(), ", "))
	_ = cmd.RegisterFlagCompletionFunc("by", cobra.FixedCompletions(traitNames(), cobra.ShellCompDirectiveNoFileComp))
	return statisticsCommand(cmd, func(b *base) (shown, error) {
		for _, trait := range traits {
			if trait.name == *by {
				return b.segments(trait.name, trait.kind), nil
			}
		}
		return shown{}, fmt.Errorf("--by %q: want %s", *by, strings.Join(traitNames(), ", "))
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

func (b *base) sumsOf(s clv.Sums) sumsView {
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
	// Of channels whose customers' costs are known: whether margin has covered them,
	// and when it will, by what is predicted.
	BrokenEven *bool   `json:"broken_even,omitempty"`
	BreakEven  *string `json:"break_even,omitempty"`
}

// breakEven says of a channel when it pays.
func (v *segmentView) breakEven(b clv.BreakEven, costKnown bool) {
	if !costKnown {
		return
	}
	reached := b.Kind == clv.BreakEvenReached
	if v.BrokenEven = &reached; b.Kind == clv.BreakEvenExpected {
		v.BreakEven = textOrNull(b.Day.String())
	}
}

func (v *segmentView) breakEvenText() string {
	switch {
	case v.BrokenEven == nil:
		return ""
	case *v.BrokenEven:
		return "reached"
	case v.BreakEven == nil:
		return "not expected"
	default:
		return *v.BreakEven
	}
}

func (b *base) segments(by string, kind clv.CellKind) shown {
	segments, total := b.Segments(kind), b.Totals()
	view := segmentsView{Currency: b.currency.String(), By: by, Segments: []segmentView{}, Total: b.sumsOf(total)}
	csv := sheet{header: []string{by, "customers", "orders", "revenue", "margin", "clv", "predicted", "acquisition_cost", "currency", "break_even"}}
	for i := range segments {
		s := &segments[i]
		one := segmentView{Segment: b.segmentName(s.Cell), sumsView: b.sumsOf(s.Sums)}
		if kind == clv.CellChannel {
			one.breakEven(s.BreakEven(b.horizonDays, b.today), s.CostMinor > 0)
		}
		view.Segments = append(view.Segments, one)
		csv.add(one.Segment, whole(s.Customers), whole(s.Orders), one.Revenue, one.Margin, one.CLV, one.Predicted, one.AcquisitionCost, view.Currency, one.breakEvenText())
	}
	return shown{json: view, csv: csv, text: func(out io.Writer, charts bool) error {
		return b.printSegments(out, &view, segments, total, charts)
	}}
}

// segmentName is what a group shares.
func (b *base) segmentName(cell clv.Cell) string {
	switch cell.Kind {
	case clv.CellStatus:
		return clv.Status(cell.Key).String()
	case clv.CellStage:
		return clv.Stage(cell.Key).String()
	case clv.CellTier:
		return b.tierName(cell.Key)
	case clv.CellCohort:
		if clv.Month(cell.Key) == clv.NoCohort {
			return "none"
		}
		return clv.Month(cell.Key).String()
	default:
		if cell.Channel == "" {
			return "none"
		}
		return cell.Channel
	}
}

func (b *base) printSegments(out io.Writer, view *segmentsView, segments []clv.Segment, total clv.Sums, charts bool) error {
	if total.Customers == 0 {
		fmt.Fprintln(out, nobody)
		return nil
	}
	values := make([]int64, len(segments))
	for i := range segments {
		values[i] = segments[i].CLVMinor
	}
	c := newChart(charts, values...)
	var rows [][]string
	for i, s := range segments {
		cells := b.segmentRow(b.segmentName(s.Cell), s.Sums, total)
		rows = append(rows, c.row(s.CLVMinor, append(cells, view.Segments[i].breakEvenText())...))
	}
	rows = append(rows, b.segmentRow("all", total, total))
	return table(out, c.header(
		strings.ToUpper(view.By), "CUSTOMERS", "OF ALL", "ORDERS", b.inCurrency("REVENUE"), "MARGIN", "CLV", "PREDICTED", "CLV EACH", "CLV:CAC", breakEvenTitle(view.By),
	), rows)
}

// breakEvenTitle is empty where nothing stands under it.
func breakEvenTitle(by string) string {
	if by == "channel" {
		return "BREAK-EVEN"
	}
	return ""
}

func (b *base) segmentRow(name string, s, total clv.Sums) []string {
	toCAC := ""
	if s.CostMinor > 0 {
		toCAC = fmt.Sprintf("%.2f", ratio(s.CLVMinor, s.CostMinor))
	}
	return []string{
		name, whole(s.Customers), inPercent(ratio(s.Customers, total.Customers)), whole(s.Orders), b.money(s.RevenueMinor), b.money(s.MarginMinor),
		b.money(s.CLVMinor), b.money(s.PredictedMinor), b.moneyMean(s.CLVMinor, s.Customers), toCAC,
	}
}
