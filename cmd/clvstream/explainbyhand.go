package main

import (
	"errors"
	"fmt"
	"math"

	"github.com/spf13/cobra"

	"github.com/clvstream/clvstream/clv/model"
	"github.com/clvstream/clvstream/internal/cli"
	"github.com/clvstream/clvstream/internal/config"
	"github.com/clvstream/clvstream/internal/explain"
)

// byHandFlags describe a customer by x, t_x, T and m, as the literature does.
type byHandFlags struct {
	x                     int
	recency, age, m, paid float64
	unit                  string
}

// byHandNames are the flags of a customer by hand.
var byHandNames = []string{"x", "t_x", "T", "m", "first", "time-unit"}

// What a customer by hand has at most: a purchase on each day of 1000 years. In weeks and
// months, less is allowed.
const (
	mostRepeats = 366_000
	mostByHand  = 365_250
)

func addByHandFlags(cmd *cobra.Command) *byHandFlags {
	f := &byHandFlags{}
	cli.Int(cmd.Flags(), &f.x, "x", 0, 0, mostRepeats, "by hand: repeat purchase days")
	cli.Float(cmd.Flags(), &f.recency, "t_x", 0, 0, mostByHand, "by hand: time from the first purchase day to the last")
	cli.Float(cmd.Flags(), &f.age, "T", 0, 0, mostByHand, "by hand: time from the first purchase day to now")
	cli.Float(cmd.Flags(), &f.m, "m", 0, 0, explain.MostAmount, "by hand: mean amount of the repeat days, major units")
	cli.Float(cmd.Flags(), &f.paid, "first", 0, 0, explain.MostAmount, "by hand: amount of the first day, major units (default: the value of --m)")
	cmd.Flags().StringVar(&f.unit, "time-unit", "", "by hand: the unit of --t_x and --T: day, week or month (default: the model file's)")
	return f
}

func (f *byHandFlags) given(cmd *cobra.Command) []string {
	var given []string
	for _, name := range byHandNames {
		if cmd.Flags().Changed(name) {
			given = append(given, "--"+name)
		}
	}
	return given
}

// customer checks the flags that the model does not check.
func (f *byHandFlags) customer(cmd *cobra.Command, cfg config.Config, m *explain.Model) (explain.ByHand, error) {
	if !cmd.Flags().Changed("x") || !cmd.Flags().Changed("T") {
		return explain.ByHand{}, errors.New("name a customer, or describe one by hand with at least --x and --T (and --t_x and --m, if x is above 0)")
	}
	unit := m.Unit()
	if f.unit != "" {
		var ok bool
		if unit, ok = model.ParseTimeUnit(f.unit); !ok {
			return explain.ByHand{}, fmt.Errorf("--time-unit %q: want day, week or month", f.unit)
		}
	}
	for _, v := range []struct {
		flag  string
		value float64
	}{{"--t_x", f.recency}, {"--T", f.age}} {
		if most := 1000 * unit.PerYear(); !(v.value >= 0 && v.value <= most) {
			return explain.ByHand{}, fmt.Errorf("%s %g: want 0 to %g %ss", v.flag, v.value, math.Floor(most), unit)
		}
	}
	margins, err := cfg.Business.Margins()
	if err != nil {
		return explain.ByHand{}, err
	}
	return explain.ByHand{
		Frequency: f.x, Recency: unit.Span(f.recency), Age: unit.Span(f.age),
		RepeatMean: f.m, First: f.paid, FirstKnown: cmd.Flags().Changed("first"),
		MarginRatio: margins.DefaultRatio(),
	}, nil
}
