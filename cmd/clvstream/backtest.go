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

// backtestFlags are the flags of a backtest.
type backtestFlags struct {
	*ordersFlags
	split, until string
	models       []string
}

func newBacktest() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "backtest",
		Short: "Fit models to the past and compare their predictions with what happened",
		Long: `Fits each model to the orders up to and including the day --split, predicts every
customer's orders and revenue from then to --until, and compares them with what
happened. Three naive baselines are compared too: each customer keeps their own rate
x/T; each repeats the last period of the holdout's length; everybody buys at the mean
rate. A model that does not beat them is not worth its parameters.

Beside a model's totals stands where they lie in 90 of 100 cases if the model is
right. A warning says when a baseline beats every model.

Errors are per customer: bias is the mean of predicted − actual, mae the mean
absolute error, rmse the root mean squared error. top20_lift is the share of the
orders made by the best fifth by prediction, divided by a fifth; gains is the share
made by the best 10 %, 20 %, …; calibration compares means by the number of repeat
purchases; tracking is the cumulative repeat purchases of all, week by week.`,
		Example: `  clvstream backtest --input CDNOW_sample.txt --format cdnow --split 1997-09-30 --until 1998-06-30
  clvstream backtest --input orders.csv --split 2024-12-31 --models mbgnbd,paretonbd --json`,
		Args: cli.NoArguments,
	}
	f := &backtestFlags{ordersFlags: addOrdersFlags(cmd)}
	cmd.Flags().StringVar(&f.split, "split", "", "the last `day` of the data that models are fitted to, such as 1997-09-30")
	cmd.Flags().StringVar(&f.until, "until", "", "the last `day` that is predicted; default: the day of the last order")
	cmd.Flags().StringSliceVar(&f.models, "models", catalog.Candidates(), "the models, separated by commas")
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
		err = cli.Usage(errors.New("--split is missing: give the last day that models are fitted to, such as 1997-09-30"))
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
		return nil, cli.Usage(fmt.Errorf("--split %s: the last order is of %s, so there are no later orders to compare with", split, p.Last()))
	}
	job := backtest.Job{Models: f.models, Fitting: fitting, Window: window, Unit: o.unit, Currency: s.cfg.Business.Currency}
	report, err := job.Run(p)
	if err != nil {
		return nil, badData(err)
	}
	report.Input = o.file()
	return report, nil
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
		return calibrate.Window{}, cli.Usage(fmt.Errorf("--split %s must be before --until, which is %s: the days between them are predicted", split, until))
	}
	return calibrate.Window{Split: split, Until: until}, nil
}
