package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/clvstream/clvstream/clv/model"
	"github.com/clvstream/clvstream/internal/calibrate"
	"github.com/clvstream/clvstream/internal/cli"
	"github.com/clvstream/clvstream/internal/inforce"
	"github.com/clvstream/clvstream/internal/modeldiff"
	"github.com/clvstream/clvstream/state"
)

func newModelDiff() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "diff A [B]",
		Short: "Compare two models, and the values of customers under each",
		Long: `A and B are versions in the registry (they may be shortened), model files, or
"configured". With A alone, the model in force is on the left and A on the right:
what activating A would change. With both, A is on the left and B on the right.

With --input, the customers of a file of orders are valued by both models as of its
last day, and the move of all together has an interval where the files have the
covariance of their parameters. Nothing is changed or announced.`,
		Example: `  clvstream model diff 3f2a0c1b2d3e
  clvstream model diff model.yaml --input orders.csv
  clvstream model diff configured model.yaml --input CDNOW_sample.txt --format cdnow --json`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) != 1 && len(args) != 2 {
				return cli.Usage(fmt.Errorf("%s wants one or two models: a version, a file or %q\nsee `%[1]s -h`", cmd.CommandPath(), state.Configured))
			}
			return nil
		},
	}
	f := &ordersFlags{input: addInputFlags(cmd), unit: model.UnitWeek.String()}
	most := new(int)
	cli.Int(cmd.Flags(), most, "top", 5, 0, cli.NoBound, "with --input: how many of the customers with the largest differences to show")
	return answering(cmd, func(cmd *cobra.Command, s *system, args []string) (answer, error) {
		if len(args) == 1 {
			args = []string{"", args[0]} // the one in force
		}
		open := func() (*state.Store, error) {
			err := s.connect(cmd.Context(), needState)
			return s.store, err
		}
		models := inforce.Resolver{Config: s.cfg}
		left, err := models.Named(cmd.Context(), args[0], open)
		if err != nil {
			return nil, nameError(err)
		}
		right, err := models.Named(cmd.Context(), args[1], open)
		if err != nil {
			return nil, nameError(err)
		}
		diff := modeldiff.Of(&left, &right)
		if f.input.path != "" {
			c := modeldiff.Comparison{Left: left.Model, LeftFile: left.File, Right: right.Model, RightFile: right.File, Currency: s.cfg.Business.Currency, Most: max(0, *most)}
			diff.Values, err = f.compare(cmd, s, &c)
		}
		return diff, err
	})
}

// compare values the customers of the orders by two models, as of the latest event.
func (f *ordersFlags) compare(cmd *cobra.Command, s *system, c *modeldiff.Comparison) (*modeldiff.Values, error) {
	o, err := f.open(cmd, s)
	if err != nil {
		return nil, err
	}
	if !o.source.Amounts {
		return nil, cli.Usage(fmt.Errorf("--input %s has no amounts, which values need: name their column, as in --columns amount=total", f.input.path))
	}
	customers, latestMicros, err := modeldiff.Customers(cmd.Context(), o.source, &o.rules)
	if err != nil {
		return nil, badData(err)
	}
	c.Rules, c.AsOfMicros = &o.rules, latestMicros
	values, err := c.Of(customers)
	if errors.Is(err, calibrate.ErrNoCustomers) {
		return nil, cli.Usage(fmt.Errorf("--input %s: %w", f.input.path, err))
	}
	return values, err
}
