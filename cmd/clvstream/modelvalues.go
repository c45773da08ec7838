package main

import (
	"cmp"
	"fmt"
	"io"
	"math"
	"slices"

	"github.com/spf13/cobra"

	"github.com/clvstream/clvstream/clv/estimate"
	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/clv/money"
	"github.com/clvstream/clvstream/internal/cli"
)

// valuesView is how customers' values move from one model to the other. Money is
// decimal strings in major units.
type valuesView struct {
	Customers   int        `json:"customers"`
	AsOf        string     `json:"as_of"`
	Currency    string     `json:"currency"`
	Left        sumView    `json:"left"`
	Right       sumView    `json:"right"`
	MedianMove  string     `json:"median_move"`
	MedianShare float64    `json:"median_share"` // of the value by the left one
	Up          int        `json:"up"`
	Down        int        `json:"down"`
	Most        []moveView `json:"most"`
}

type sumView struct {
	Total  string `json:"total"`
	Median string `json:"median"`
}

type moveView struct {
	CustomerID string `json:"customer_id"`
	Left       string `json:"left"`
	Right      string `json:"right"`
	Move       string `json:"move"`
}

// moved is a customer's value by both models, minor units.
type moved struct {
	id          string
	left, right float64
}

func (m *moved) move() float64 { return m.right - m.left }

// share is by what part of the left value it moves; 0 where there is none.
func (m *moved) share() float64 {
	if m.left == 0 {
		return 0
	}
	return m.move() / m.left
}

// values reads a file of orders and values its customers by both models as of its
// latest event.
func (d *modelDiff) values(cmd *cobra.Command, f *ordersFlags, top int) (*valuesView, error) {
	o, err := f.open(cmd, d.cfg)
	if err != nil {
		return nil, err
	}
	defer o.closed()
	if !o.source.Amounts {
		return nil, cli.Usage(fmt.Errorf("--input %s has no amounts, and so no values: name the column, as in --columns amount=total", f.input.path))
	}
	events := map[string][]history.Event{}
	var latest int64
	err = o.source.Each(cmd.Context(), func(e *history.Event) {
		events[e.CustomerID] = append(events[e.CustomerID], *e)
		latest = max(latest, e.AtMicros)
	})
	if err != nil {
		return nil, badData(err)
	}
	var all []moved
	for id, of := range events {
		if h := historyOf(of, &o.rules); h.Facts(&o.rules, latest).PurchaseDays > 0 {
			all = append(all, moved{
				id:    id,
				left:  estimate.Of(&h, &o.rules, d.left.model, latest).CLVMinor,
				right: estimate.Of(&h, &o.rules, d.right.model, latest).CLVMinor,
			})
		}
	}
	if len(all) == 0 {
		return nil, cli.Usage(fmt.Errorf("--input %s: nobody bought anything", f.input.path))
	}
	return d.sum(all, latest, top), nil
}

// historyOf folds a customer's events in the order of their times.
func historyOf(events []history.Event, rules *history.Rules) (h history.History) {
	slices.SortStableFunc(events, func(a, b history.Event) int { return cmp.Compare(a.AtMicros, b.AtMicros) })
	for i := range events {
		_, _ = h.Fold(&events[i], rules) // what the live path would refuse is left out, as there
	}
	return h
}

func (d *modelDiff) sum(all []moved, asOfMicros int64, top int) *valuesView {
	currency := d.cfg.Business.Currency
	money := func(minor float64) string { return string(money.AppendMajor(nil, minor, currency.Exponent())) }
	v := &valuesView{Customers: len(all), AsOf: instant(asOfMicros), Currency: currency.String(), Most: []moveView{}}
	var left, right float64
	for i := range all {
		left += all[i].left
		right += all[i].right
		switch move := all[i].move(); {
		case move > 0:
			v.Up++
		case move < 0:
			v.Down++
		}
	}
	v.Left = sumView{money(left), money(median(all, func(m *moved) float64 { return m.left }))}
	v.Right = sumView{money(right), money(median(all, func(m *moved) float64 { return m.right }))}
	v.MedianMove = money(median(all, (*moved).move))
	v.MedianShare = median(all, (*moved).share)
	slices.SortFunc(all, func(a, b moved) int {
		return cmp.Or(cmp.Compare(math.Abs(b.move()), math.Abs(a.move())), cmp.Compare(a.id, b.id))
	})
	for i := range all[:min(top, len(all))] {
		m := &all[i]
		v.Most = append(v.Most, moveView{m.id, money(m.left), money(m.right), money(m.move())})
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

func (v *valuesView) print(w io.Writer) error {
	line(w, "\n%d customers as of %s, %s: %d are worth more, %d less", v.Customers, v.AsOf, v.Currency, v.Up, v.Down)
	rows := [][]string{
		{"all together", v.Left.Total, v.Right.Total, ""},
		{"the median customer", v.Left.Median, v.Right.Median, fmt.Sprintf("median move %s, %+.1f %%", v.MedianMove, 100*v.MedianShare)},
	}
	for _, m := range v.Most {
		rows = append(rows, []string{m.CustomerID, m.Left, m.Right, m.Move})
	}
	return table(w, []string{"CLV", "LEFT", "RIGHT", "MOVE"}, rows)
}
