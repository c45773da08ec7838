package figures

import (
	"fmt"
	"math"

	"github.com/clvstream/clvstream/clv/money"
	"github.com/clvstream/clvstream/clv/statistics"
)

// Stats are totals, and how customers are spread.
type Stats struct {
	Currency string `json:"currency"`
	Age
	Total  Sums   `json:"total"`
	CLV    Spread `json:"clv"`
	PAlive Spread `json:"p_alive"`
	Days   Spread `json:"days_between_orders"`
}

// Spread is a histogram of a quantity, which is written as a decimal.
type Spread struct {
	Customers     int64             `json:"customers"`
	RelativeError float64           `json:"relative_error,omitempty"` // a share of the value
	AbsoluteError float64           `json:"absolute_error,omitempty"`
	Quantiles     map[string]string `json:"quantiles"` // by name; none of nobody
	Bins          []Bin             `json:"bins"`      // with customers, ascending
	Steps         []Step            `json:"-"`         // the bins joined, for a person
	Name          string            `json:"-"`         // of the quantity, as in JSON
	Title         string            `json:"-"`         // the same for a person
}

// Bin is a range of the quantity.
type Bin struct {
	From      string  `json:"from"`
	To        string  `json:"to"`
	Customers int64   `json:"customers"`
	Sum       *Amount `json:"sum,omitempty"` // of CLV alone
}

// Step is a range of several bins. Steps of two groups with the same number are of
// the same range, as far as each has bins in it.
type Step struct {
	Number int
	Bin
}

// Quantiles are the values that these shares of the customers do not exceed.
var Quantiles = []struct {
	Name  string
	Share float64
}{{"p10", 0.1}, {"p25", 0.25}, {"p50", 0.5}, {"p75", 0.75}, {"p90", 0.9}, {"p99", 0.99}}

// Stats shows how the customers are spread by value, P(alive) and rhythm.
func (b *Base) Stats(f *statistics.Figures) Stats {
	worth := f.CLVHistogram()
	v := Stats{
		Currency: b.Currency.String(), Age: b.Age(), Total: b.sums(f),
		CLV: spread("clv", "CLV "+b.Currency.String(), worth, doublings,
			func(minor float64) string { return string(money.AppendMajor(nil, minor, b.Currency.Exponent())) }),
		PAlive: spread("p_alive", "P(alive)", f.AliveHistogram(), tenths, func(p float64) string { return fmt.Sprintf("%.2f", p) }),
		Days:   spread("days_between_orders", "days between orders", f.WaitHistogram(), doublings, func(days float64) string { return fmt.Sprintf("%.1f", days) }),
	}
	for i := range worth.Bins {
		sum := b.amount(worth.Bins[i].SumMinor)
		v.CLV.Bins[i].Sum = &sum
	}
	return v
}

func spread(name, title string, h statistics.Histogram, step func(float64) int, write func(float64) string) Spread {
	s := Spread{Name: name, Title: title, Customers: h.Customers, Quantiles: map[string]string{}, Bins: []Bin{}}
	if h.Relative {
		s.RelativeError = h.Error
	} else {
		s.AbsoluteError = h.Error
	}
	binOf := func(bin statistics.Bin) Bin {
		return Bin{From: write(bin.From), To: write(bin.To), Customers: bin.Customers}
	}
	for _, bin := range h.Bins {
		s.Bins = append(s.Bins, binOf(bin))
	}
	for _, bin := range h.Coarser(step) {
		s.Steps = append(s.Steps, Step{step(bin.Middle()), binOf(bin)})
	}
	if h.Customers > 0 {
		for _, q := range Quantiles {
			s.Quantiles[q.Name] = write(h.Quantile(q.Share))
		}
	}
	return s
}

// doublings number the steps of a quantity of many magnitudes.
func doublings(v float64) int {
	if v == 0 {
		return 0
	}
	_, exponent := math.Frexp(math.Abs(v))
	return int(math.Copysign(float64(exponent+64), v))
}

func tenths(v float64) int { return int(v * 10) }

// Spreads are by what customers are spread.
func (v *Stats) Spreads() []*Spread { return []*Spread{&v.CLV, &v.PAlive, &v.Days} }

// Sheet has a row for each total and each bin.
func (v Stats) Sheet() Sheet {
	s := Sheet{Header: []string{"figure", "from", "to", "customers", "value", "currency"}}
	t := &v.Total
	for _, total := range []struct {
		name  string
		value any
	}{
		{"orders", t.Orders}, {"revenue", t.Revenue}, {"margin", t.Margin}, {"clv", t.CLV}, {"predicted", t.Predicted}, {"acquisition_cost", t.AcquisitionCost},
	} {
		s.add("total_"+total.name, "", "", t.Customers, total.value, v.Currency)
	}
	for _, of := range v.Spreads() {
		for _, bin := range of.Bins {
			s.add(of.Name, bin.From, bin.To, bin.Customers, known(bin.Sum), v.Currency)
		}
	}
	return s
}
