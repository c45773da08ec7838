// Package modeldiff compares two models: their parameters, and the values that
// customers have by them.
//
//	left, right ──────────────────────────► Of ─────► Diff ──► text │ JSON
//	calibrate.Source ──► Customers ──► Comparison.Of ──┘ Values
//	  (file, topic)      histories     CLV by both, as of one instant
//
// Histories are folded as on the live path, and valued by clv.Value. It refuses a base
// without purchases. Nothing is changed or announced.
package modeldiff

import (
	"io"
	"strconv"
	"time"

	"github.com/clvstream/clvstream/internal/inforce"
	"github.com/clvstream/clvstream/internal/terminal"
)

// Diff is two models side by side.
type Diff struct {
	Left   Side    `json:"left"`
	Right  Side    `json:"right"`
	Values *Values `json:"values,omitempty"` // nil: no customers are compared

	names []string // of the parameters of either, in order
}

// Side is one of the models.
type Side struct {
	Label      string            `json:"label"`
	Model      string            `json:"model"`
	Version    string            `json:"version"`
	Parameters map[string]string `json:"parameters,omitempty"` // none of a model without a file
}

// Of compares the parameters of two models, and what they were fitted to.
func Of(left, right *inforce.Model) *Diff {
	d := &Diff{}
	d.Left = d.side(left)
	d.Right = d.side(right)
	return d
}

func (d *Diff) side(m *inforce.Model) Side {
	s := Side{Label: m.Label, Model: m.Model.Name(), Version: m.Model.Version(), Parameters: map[string]string{}}
	for _, p := range parameters(m) {
		s.Parameters[p.name] = p.value
		if _, known := d.Left.Parameters[p.name]; !known {
			d.names = append(d.names, p.name)
		}
	}
	return s
}

type parameter struct{ name, value string }

// parameters are all that changes a value, and what the model was fitted to.
func parameters(m *inforce.Model) []parameter {
	f := m.File
	if f == nil {
		return nil
	}
	all := []parameter{{"time unit", f.Unit.String()}}
	names, spend := f.ParameterNames()
	for _, name := range names {
		all = append(all, parameter{name, number(f.Parameters.Values[name])})
	}
	for _, name := range spend {
		all = append(all, parameter{"spend " + name, number(f.Spend.Values[name])})
	}
	if f.PeriodUnits > 0 {
		all = append(all, parameter{"period", number(f.PeriodUnits)})
	}
	margin := "the customer's own"
	if f.MarginRatio > 0 {
		margin = number(f.MarginRatio)
	}
	all = append(all,
		parameter{"horizon days", number(f.HorizonDays)}, parameter{"annual discount", number(f.AnnualDiscount)}, parameter{"margin", margin},
		parameter{"customers fitted to", strconv.Itoa(f.FittedOn.Customers)}, parameter{"repeaters", strconv.Itoa(f.FittedOn.Repeaters)})
	if !f.FittedOn.Until.IsZero() {
		all = append(all, parameter{"fitted to", f.FittedOn.Until.Format(time.DateOnly)})
	}
	return all
}

func number(v float64) string { return strconv.FormatFloat(v, 'g', 6, 64) }

// WriteText writes a table for people; a star marks what differs.
func (d *Diff) WriteText(w io.Writer) error {
	rows := [][]string{{"model", d.Left.Model, d.Right.Model, ""}, {"version", d.Left.Version, d.Right.Version, ""}}
	for _, name := range d.names {
		left, right := d.Left.Parameters[name], d.Right.Parameters[name]
		mark := ""
		if left != right {
			mark = "*"
		}
		rows = append(rows, []string{name, left, right, mark})
	}
	if err := terminal.Table(w, []string{"", d.Left.Label, d.Right.Label, ""}, rows, terminal.Middle(d.Left.Label, d.Right.Label)); err != nil || d.Values == nil {
		return err
	}
	return d.Values.writeText(w)
}
