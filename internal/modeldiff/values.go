package modeldiff

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"iter"
	"maps"
	"math"
	"slices"
	"time"

	"github.com/clvstream/clvstream/clv/estimate"
	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/clv/model"
	"github.com/clvstream/clvstream/clv/money"
	"github.com/clvstream/clvstream/clv/standing"
	"github.com/clvstream/clvstream/internal/calibrate"
	"github.com/clvstream/clvstream/internal/modelfile"
	"github.com/clvstream/clvstream/internal/terminal"
)

// Values is how customers' CLV moves from the left model to the right one. Money is
// decimal strings in major units.
type Values struct {
	Customers   int     `json:"customers"`
	AsOf        string  `json:"as_of"`
	Currency    string  `json:"currency"`
	Left        Sum     `json:"left"`
	Right       Sum     `json:"right"`
	MedianMove  string  `json:"median_move"`
	MedianShare float64 `json:"median_share"` // of the value by the left one
	Up          int     `json:"up"`
	Down        int     `json:"down"`
	Most        []Move  `json:"most"` // the furthest first
	// Difference is of all together; nil where neither model is fitted.
	Difference *Difference `json:"difference,omitempty"`

	asOf string // for people
}

// Sum is all customers by one model.
type Sum struct {
	Total  string `json:"total"`
	Median string `json:"median"`
}

// Move is one customer by both.
type Move struct {
	CustomerID string `json:"customer_id"`
	Left       string `json:"left"`
	Right      string `json:"right"`
	Move       string `json:"move"`
}

// Customers reads a source and folds each customer's events in the order of their
// times. It keeps all events in memory.
func Customers(ctx context.Context, source calibrate.Source, rules *history.Rules) (all iter.Seq2[string, *history.History], latestMicros int64, err error) {
	events := map[string][]history.Event{}
	err = source.Each(ctx, func(e *history.Event) {
		events[e.CustomerID] = append(events[e.CustomerID], *e)
		latestMicros = max(latestMicros, e.AtMicros)
	})
	return func(yield func(string, *history.History) bool) {
		for _, id := range slices.Sorted(maps.Keys(events)) {
			of := events[id]
			slices.SortStableFunc(of, func(a, b history.Event) int { return cmp.Compare(a.AtMicros, b.AtMicros) })
			var h history.History
			for i := range of {
				_, _ = h.Fold(&of[i], rules) // what the live path would refuse is left out, as there
			}
			if !yield(id, &h) {
				return
			}
		}
	}, latestMicros, err
}

// Comparison is what customers are valued by.
type Comparison struct {
	Left, Right model.Model
	// LeftFile and RightFile are the models' files; nil for a model that is not fitted.
	LeftFile, RightFile *modelfile.File

	Rules      *history.Rules
	AsOfMicros int64 // not before any customer's latest event
	Currency   money.Currency
	Most       int // how many of those who move furthest are named
}

// Of values those customers who bought by both models. It refuses a base without any.
func (c *Comparison) Of(customers iter.Seq2[string, *history.History]) (*Values, error) {
	var all []moved
	for id, h := range customers {
		if h.Facts(c.Rules, c.AsOfMicros).PurchaseDays > 0 {
			m := newMoved(id, c.estimate(h, c.Left).CLVMinor, c.estimate(h, c.Right).CLVMinor)
			m.history = h
			all = append(all, m)
		}
	}
	if len(all) == 0 {
		return nil, calibrate.ErrNoCustomers
	}
	difference, err := c.difference(all)
	if err != nil {
		return nil, fmt.Errorf("find how sure the difference is: %w", err)
	}
	v := c.sum(all)
	v.Difference = difference
	return v, nil
}

func (c *Comparison) estimate(h *history.History, by model.Model) estimate.Estimate {
	basis := standing.Basis{Rules: *c.Rules}
	basis.By(by)
	return estimate.Of(h, &basis.Rules, by, c.AsOfMicros)
}

// moved is a customer's value by both models, minor units, by how much it moves, and by
// what part of the left one; 0 where there is none.
type moved struct {
	id                       string
	left, right, move, share float64
	history                  *history.History
}

func newMoved(id string, left, right float64) moved {
	m := moved{id: id, left: left, right: right, move: right - left}
	if left != 0 {
		m.share = m.move / left
	}
	return m
}

func (c *Comparison) decimal(minor float64) string {
	return string(money.AppendMajor(nil, minor, c.Currency.Exponent()))
}

func (c *Comparison) sum(all []moved) *Values {
	money := c.decimal
	v := &Values{
		Customers: len(all), AsOf: time.UnixMicro(c.AsOfMicros).UTC().Format(time.RFC3339Nano),
		Currency: c.Currency.String(), Most: []Move{}, asOf: c.Rules.Calendar.Named(time.UnixMicro(c.AsOfMicros)),
	}
	var left, right float64
	for _, m := range all {
		left += m.left
		right += m.right
		if m.move > 0 {
			v.Up++
		} else if m.move < 0 {
			v.Down++
		}
	}
	v.Left = Sum{money(left), money(median(all, func(m *moved) float64 { return m.left }))}
	v.Right = Sum{money(right), money(median(all, func(m *moved) float64 { return m.right }))}
	v.MedianMove = money(median(all, func(m *moved) float64 { return m.move }))
	v.MedianShare = median(all, func(m *moved) float64 { return m.share })
	slices.SortFunc(all, func(a, b moved) int {
		return cmp.Or(cmp.Compare(math.Abs(b.move), math.Abs(a.move)), cmp.Compare(a.id, b.id))
	})
	for _, m := range all[:min(c.Most, len(all))] {
		v.Most = append(v.Most, Move{m.id, money(m.left), money(m.right), money(m.move)})
	}
	return v
}

// median is the middle one, or the mean of the two that are.
func median(all []moved, of func(*moved) float64) float64 {
	values := make([]float64, len(all))
	for i := range all {
		values[i] = of(&all[i])
	}
	slices.Sort(values)
	return (values[(len(values)-1)/2] + values[len(values)/2]) / 2
}

func (v *Values) writeText(w io.Writer) error {
	terminal.Line(w, "\n%d customers as of %s, %s: %d are worth more, %d less", v.Customers, v.asOf, v.Currency, v.Up, v.Down)
	rows := [][]string{
		{"all together", v.Left.Total, v.Right.Total, ""},
		{"the median customer", v.Left.Median, v.Right.Median, fmt.Sprintf("median move %s, %+.1f %%", v.MedianMove, 100*v.MedianShare)},
	}
	for _, m := range v.Most {
		rows = append(rows, []string{m.CustomerID, m.Left, m.Right, m.Move})
	}
	if err := terminal.Table(w, []string{"CLV", "LEFT", "RIGHT", "MOVE"}, rows, terminal.IDs("CLV"), terminal.Texts("MOVE")); err != nil {
		return err
	}
	if v.Difference != nil {
		v.Difference.writeText(w)
	}
	return nil
}
