package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/clvstream/clvstream/clv/calendar"
	"github.com/clvstream/clvstream/clv/catalog"
	"github.com/clvstream/clvstream/clv/model"
	"github.com/clvstream/clvstream/internal/backtest"
	"github.com/clvstream/clvstream/internal/calibrate"
	"github.com/clvstream/clvstream/internal/cli"
)

// backtestFlags are what a backtest is asked for.
type backtestFlags struct {
	*ordersFlags
	split, until string
	models       []string
}

func newBacktest() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "backtest",
		Short: "Fit models to the past and hold their predictions to what came after",
		Long: `Fits each model to the orders up to and with --split, predicts every customer's
orders and revenue from then to --until, and compares with what happened. Three
naive baselines stand beside the models: each customer's own rate x/T goes on;
the last period, as long as the holdout, comes again; everybody buys at the mean
rate. A model that does not beat them is not worth its parameters.

Errors are per customer: bias is the mean of predicted − actual, mae the mean
absolute error, rmse the root of the mean squared one. top20_lift is what the best
fifth by prediction brought, in multiples of a fifth; gains is the share that the
best 10 %, 20 %, … brought; calibration compares means by the number of repeat
purchases; tracking is the repeat purchases of all, cumulated week by week.`,
		Example: `  clvstream backtest --input CDNOW_sample.txt --format cdnow --split 1997-09-30 --until 1998-06-30
  clvstream backtest --input orders.csv --split 2024-12-31 --models mbgnbd,paretonbd --json`,
		Args: cli.NoArguments,
	}
	f := &backtestFlags{ordersFlags: addOrdersFlags(cmd)}
	cmd.Flags().StringVar(&f.split, "split", "", "the last `day` that models may know, such as 1997-09-30")
	cmd.Flags().StringVar(&f.until, "until", "", "the last `day` that is predicted; default: that of the last order")
	cmd.Flags().StringSliceVar(&f.models, "models", catalog.Candidates(), "which models, separated by commas")
	f.addPeriod(cmd)
	return answering(cmd, func(cmd *cobra.Command, s *system, _ []string) (answer, error) {
		frugal()
		return f.run(cmd, s)
	})
}

func (f *backtestFlags) check() error {
	if len(f.models) == 0 {
		return errors.New("--models is empty: choose from " + strings.Join(catalog.Names(model.KindPurchases), ", "))
	}
	for i, name := range f.models {
		if err := calibrate.CheckModel(name, catalog.Names(model.KindPurchases)...); err != nil {
			return fmt.Errorf("--models: %w", err)
		}
		if slices.Contains(f.models[:i], name) {
			return fmt.Errorf("--models names %s twice", name)
		}
	}
	return nil
}

func (f *backtestFlags) run(cmd *cobra.Command, s *system) (*backtest.Report, error) {
	if err := f.check(); err != nil {
		return nil, cli.Usage(err)
	}
	split, given, err := parseDay("split", f.split)
	if err == nil && !given {
		err = cli.Usage(errors.New("--split is missing: the last day that models may know, such as 1997-09-30"))
	}
	if err != nil {
		return nil, err
	}
	_, fitting, err := f.fitting()
	if err != nil {
		return nil, err
	}
	o, err := f.open(cmd, s)
	if err != nil {
		return nil, err
	}
	window, err := f.window(o, split)
	if err != nil {
		return nil, err
	}
	p, err := o.summarise(window)
	if err != nil {
		return nil, err
	}
	if p.Last() <= split {
		return nil, cli.Usage(fmt.Errorf("--split %s: the last order is of %s, so nothing came after it to compare with", split, p.Last()))
	}
	job := backtest.Job{Models: f.models, Fitting: fitting, Window: window, Unit: o.unit, Currency: s.cfg.Business.Currency}
	report, err := job.Run(p)
	return report, badData(err)
}

// window ends at --until or, after a first reading, with the last order.
func (f *backtestFlags) window(o *orders, split calendar.Day) (calibrate.Window, error) {
	until, given, err := parseDay("until", f.until)
	if err != nil {
		return calibrate.Window{}, err
	}
	if !given {
		all, err := o.summarise(calibrate.Everything())
		if err != nil {
			return calibrate.Window{}, err
		}
		until = all.Last()
	}
	if until <= split {
		return calibrate.Window{}, cli.Usage(fmt.Errorf("--split %s must be before --until, which is %s: the days between are what is predicted", split, until))
	}
	return calibrate.Window{Split: split, Until: until}, nil
}
