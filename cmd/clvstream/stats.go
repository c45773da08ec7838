package main

import (
	"fmt"
	"io"
	"math"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/clvstream/clvstream/clv/money"
	"github.com/clvstream/clvstream/clv/statistics"
)

func newStats() *cobra.Command {
	return figuresCommand(&cobra.Command{
		Use:   "stats",
		Short: "Show the whole base: customers, orders, revenue, value, and how they are spread",
		Long: `Shows totals, and histograms of CLV, P(alive) and days between orders. Totals are
exact. CLV and days are counted in steps of a tenth, so a value read off them is
within 5 %; P(alive) in steps of 0.02, so within 0.01. Only customers who have
bought are in the first two, and only those with two purchase days in the third.`,
		Example: `  clvstream stats --redis 127.0.0.1:6379
  clvstream stats --by tier
  clvstream stats --json | jq .clv.quantiles`,
	}, view{of: (*base).stats, beside: (*base).printStatsBeside})
}

type statsView struct {
	Currency string   `json:"currency"`
	Total    sumsView `json:"total"`
	CLV      spread   `json:"clv"`
	PAlive   spread   `json:"p_alive"`
	Days     spread   `json:"days_between_orders"`
}

// spread is a histogram as it is printed.
type spread struct {
	Customers     int64             `json:"customers"`
	RelativeError float64           `json:"relative_error,omitempty"`
	AbsoluteError float64           `json:"absolute_error,omitempty"`
	Quantiles     map[string]string `json:"quantiles"`
	Bins          []binView         `json:"bins"`

	name, title string
	write       func(float64) string
	histogram   statistics.Histogram
	step        func(float64) int // of a chart's row
}

type binView struct {
	From      string `json:"from"`
	To        string `json:"to"`
	Customers int64  `json:"customers"`
	Sum       string `json:"sum,omitempty"` // CLV alone
}

var quantiles = []struct {
	name  string
	share float64
}{{"p10", 0.1}, {"p25", 0.25}, {"p50", 0.5}, {"p75", 0.75}, {"p90", 0.9}, {"p99", 0.99}}

func (b *base) spreadOf(name, title string, h statistics.Histogram, write func(float64) string) spread {
	s := spread{
		Customers: h.Customers, Quantiles: map[string]string{}, Bins: []binView{},
		name: name, title: title, write: write, histogram: h,
	}
	if h.Relative {
		s.RelativeError = h.Error
	} else {
		s.AbsoluteError = h.Error
	}
	for _, bin := range h.Bins {
		view := binView{From: write(bin.From), To: write(bin.To), Customers: bin.Customers}
		if name == "clv" {
			view.Sum = b.money(bin.SumMinor)
		}
		s.Bins = append(s.Bins, view)
	}
	if h.Customers > 0 {
		for _, q := range quantiles {
			s.Quantiles[q.name] = write(h.Quantile(q.share))
		}
	}
	return s
}

func (b *base) stats(f *statistics.Figures) shown {
	view := b.statsOf(f)
	return shown{json: view, csv: view.sheet(), text: func(out io.Writer, charts bool) error { return b.printStats(out, &view, f.Sums(), charts) }}
}

func (b *base) statsOf(f *statistics.Figures) statsView {
	view := statsView{
		Currency: b.currency.String(), Total: b.sumsOf(f.Sums()),
		CLV: b.spreadOf("clv", b.inCurrency("CLV"), f.CLVHistogram(), func(minor float64) string {
			return string(money.AppendMajor(nil, minor, b.currency.Exponent()))
		}),
		PAlive: b.spreadOf("p_alive", "P(ALIVE)", f.AliveHistogram(), func(p float64) string { return fmt.Sprintf("%.2f", p) }),
		Days:   b.spreadOf("days_between_orders", "DAYS BETWEEN ORDERS", f.WaitHistogram(), func(days float64) string { return fmt.Sprintf("%.1f", days) }),
	}
	view.CLV.step, view.PAlive.step, view.Days.step = doublings, tenths, doublings
	return view
}

// doublings rows a quantity of many magnitudes.
func doublings(v float64) int {
	if v == 0 {
		return 0
	}
	_, exponent := math.Frexp(math.Abs(v))
	return int(math.Copysign(float64(exponent+64), v))
}

func tenths(v float64) int { return int(v * 10) }

func (v *statsView) sheet() sheet {
	s := sheet{header: []string{"figure", "from", "to", "customers", "value", "currency"}}
	t := &v.Total
	for _, row := range [][2]string{
		{"orders", whole(t.Orders)}, {"revenue", t.Revenue}, {"margin", t.Margin}, {"clv", t.CLV}, {"predicted", t.Predicted}, {"acquisition_cost", t.AcquisitionCost},
	} {
		s.add("total_"+row[0], "", "", whole(t.Customers), row[1], v.Currency)
	}
	for _, spread := range []*spread{&v.CLV, &v.PAlive, &v.Days} {
		for _, bin := range spread.Bins {
			s.add(spread.name, bin.From, bin.To, whole(bin.Customers), bin.Sum, v.Currency)
		}
	}
	return s
}

func (b *base) printStats(out io.Writer, v *statsView, total statistics.Sums, charts bool) error {
	if total.Customers == 0 {
		fmt.Fprintln(out, nobody)
		return nil
	}
	t := &v.Total
	each := func(minor int64) string { return b.moneyMean(minor, total.Customers) }
	rows := [][]string{
		{"customers", whole(t.Customers), ""},
		{"orders", whole(t.Orders), fmt.Sprintf("%.2f", ratio(t.Orders, t.Customers))},
		{b.inCurrency("revenue"), t.Revenue, each(total.RevenueMinor)},
		{b.inCurrency("margin"), t.Margin, each(total.MarginMinor)},
		{b.inCurrency("CLV"), t.CLV, each(total.CLVMinor)},
		{b.inCurrency("  predicted"), t.Predicted, each(total.PredictedMinor)},
	}
	if total.CostMinor > 0 {
		rows = append(rows, []string{b.inCurrency("acquisition cost"), t.AcquisitionCost, each(total.CostMinor)})
	}
	if err := table(out, []string{"", "ALL", "A CUSTOMER"}, rows); err != nil {
		return err
	}
	for _, s := range []*spread{&v.CLV, &v.PAlive, &v.Days} {
		if err := s.print(out, charts); err != nil {
			return err
		}
	}
	return nil
}

// print shows the quantiles, and a coarser histogram than is kept: a row a step.
func (s *spread) print(out io.Writer, charts bool) error {
	if s.Customers == 0 {
		return nil
	}
	fmt.Fprintf(out, "\n%s of %d customers", s.title, s.Customers)
	for _, q := range quantiles {
		fmt.Fprintf(out, "  %s %s", q.name, s.Quantiles[q.name])
	}
	fmt.Fprintln(out, s.within())
	bins := s.histogram.Coarser(s.step)
	counts := make([]int64, len(bins))
	for i := range bins {
		counts[i] = bins[i].Customers
	}
	c := newChart(charts, counts...)
	rows := make([][]string, len(bins))
	for i, bin := range bins {
		rows[i] = c.row(bin.Customers, s.write(bin.From), s.write(bin.To), whole(bin.Customers), inPercent(ratio(bin.Customers, s.Customers)))
	}
	return table(out, c.header("FROM", "TO", "CUSTOMERS", "OF ALL"), rows)
}

// within is the histogram's error in words.
func (s *spread) within() string {
	if s.RelativeError > 0 {
		return fmt.Sprintf("  (each ± %.0f %%)", 100*s.RelativeError)
	}
	return fmt.Sprintf("  (each ± %g)", s.AbsoluteError)
}

// printStatsBeside shows the sums of groups, and each histogram as a line a group:
// its quantiles, and on a terminal its shape, over the steps that any of them has.
func (b *base) printStatsBeside(by string, groups []segment, out io.Writer, charts bool) error {
	total := b.Everybody().Sums()
	views := make([]statsView, len(groups))
	var rows [][]string
	for i, g := range groups {
		views[i] = b.statsOf(g.Figures)
		rows = append(rows, b.segmentRow(g.name, g.Sums(), total))
	}
	rows = append(rows, b.segmentRow("all", total, total))
	if err := table(out, b.segmentHeader(by), rows); err != nil {
		return err
	}
	for _, which := range []func(*statsView) *spread{
		func(v *statsView) *spread { return &v.CLV }, func(v *statsView) *spread { return &v.PAlive }, func(v *statsView) *spread { return &v.Days },
	} {
		spreads := make([]*spread, len(views))
		for i := range views {
			spreads[i] = which(&views[i])
		}
		if err := printSpreads(out, by, groups, spreads, charts); err != nil {
			return err
		}
	}
	return nil
}

func printSpreads(out io.Writer, by string, groups []segment, spreads []*spread, charts bool) error {
	fmt.Fprintf(out, "\n%s%s\n", spreads[0].title, spreads[0].within())
	header := []string{strings.ToUpper(by), "CUSTOMERS"}
	for _, q := range quantiles {
		header = append(header, strings.ToUpper(q.name))
	}
	c := chart{drawn: charts}
	steps := stepsOf(spreads)
	var rows [][]string
	for i, s := range spreads {
		row := []string{groups[i].name, whole(s.Customers)}
		for _, q := range quantiles {
			row = append(row, s.Quantiles[q.name])
		}
		if charts {
			row = append(row, s.shape(steps))
		}
		rows = append(rows, row)
	}
	return table(out, c.header(header...), rows)
}

// stepsOf are the steps in which anybody is, ascending.
func stepsOf(spreads []*spread) (steps []int) {
	for _, s := range spreads {
		for _, bin := range s.histogram.Bins {
			steps = append(steps, s.step(bin.Middle()))
		}
	}
	slices.Sort(steps)
	return slices.Compact(steps)
}

// shape draws how many customers are in each step, next to the fullest.
func (s *spread) shape(steps []int) string {
	counts := map[int]int64{}
	var most int64
	for _, bin := range s.histogram.Bins {
		step := s.step(bin.Middle())
		counts[step] += bin.Customers
		most = max(most, counts[step])
	}
	var drawn strings.Builder
	for _, step := range steps {
		if counts[step] == 0 {
			drawn.WriteByte(' ')
			continue
		}
		drawn.WriteString(height(ratio(counts[step], most)))
	}
	return drawn.String()
}
