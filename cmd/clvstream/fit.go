package main

import (
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/clvstream/clvstream/clv/catalog"
	"github.com/clvstream/clvstream/clv/model"
	"github.com/clvstream/clvstream/internal/calibrate"
	"github.com/clvstream/clvstream/internal/cli"
	"github.com/clvstream/clvstream/internal/config"
	"github.com/clvstream/clvstream/internal/fitting"
)

const survivalFormat = "survival"

// fitFlags are the flags of a fit.
type fitFlags struct {
	*ordersFlags
	fromState  bool
	model      string
	until, out string
	schedule   string
	cohort     float64
	terms      calibrate.Terms
}

func newFit() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "fit",
		Short: "Fit a model to orders, with standard errors and warnings",
		Long: `Estimates a model's parameters by maximum likelihood from a file of orders, from
the input topics (--from-topic), or from all customers in Redis (--from-state), with
standard errors and warnings. Orders of one day count as one; a customer's first day
is not a repeat. Amounts are in business.currency; some models need none.

--model auto fits every purchase model to all orders, and to those before the last
third of the time, which it then predicts. Of the models that fit all orders about
equally well it takes the one that predicts best. Forecasts without a model are shown
beside. It warns where the holdout would take another model than all orders, and where
a forecast without a model beats every model (docs/models.md, Choosing).

A purchase model that finds no dropout is equivalent to NBD (warning ridge). NBD is
then fitted instead.

--out writes a model file for the consumer and publisher, with Gamma-Gamma spend
and the assumptions --horizon-days, --discount and --margin.

--schedule fits nothing now. It shows the next times of a schedule, and how to
configure it. The publisher that has lane 0 then fits a model to the customers in
Redis at those times, and activates it only if it predicts a holdout better than the
model in force (model.refit; "clvstream model list" shows the result).

--format survival reads how many customers of a cohort were left after each contract
period, and fits sbg. It expects a row per period: its number and the survivors, as
a number or as a share of --cohort.

--model bgbb is for donations and subscriptions, with opportunities to buy at regular
times: --period is the number of time units between them.`,
		Example: `  clvstream fit --input CDNOW_sample.txt --format cdnow --until 1997-09-30 --model mbgnbd
  clvstream fit --input orders.csv --columns customer=who,time=when,amount=total --out model.yaml
  clvstream fit --from-topic --brokers 127.0.0.1:9092 --json
  clvstream fit --input cohort.csv --format survival --cohort 1000 --model sbg --time-unit month --period 12`,
		Args: cli.NoArguments,
	}
	f := &fitFlags{ordersFlags: addOrdersFlags(cmd)}
	cmd.Flags().Lookup("format").Usage = "auto (recognised), cdnow, csv, jsonl (the events of docs/events.md, one per line) or survival"
	cmd.Flags().Lookup("columns").Usage = "csv: the columns by name or number, such as `customer=Who,time=When,amount=3` (docs/import.md has all); survival: period=…,survivors=…; default: by the header's names"
	cmd.Flags().BoolVar(&f.fromState, "from-state", false, "fit to the present customers in Redis, instead of a file")
	cmd.Flags().StringVar(&f.model, "model", calibrate.Auto, cli.Choice(fitNames()))
	cmd.Flags().StringVar(&f.until, "until", "", "the last `day` of the orders to use, such as 1997-09-30 (survival: the last period); default: all")
	cmd.Flags().StringVar(&f.out, "out", "", "write a model `file`")
	cli.Float(cmd.Flags(), &f.cohort, "cohort", 0, 0, 1e12, "survival: how many customers the cohort had at the start")
	f.addPeriod(cmd)
	cmd.Flags().StringVar(&f.schedule, "schedule", "", "a `cron` expression: show when a publisher would fit by it, and how to configure it")
	f.addTerms(cmd)
	return answering(cmd, func(cmd *cobra.Command, s *system, _ []string) (answer, error) {
		if f.schedule != "" {
			return f.showSchedule(s.cfg)
		}
		if err := f.check(); err != nil {
			return nil, cli.Usage(err)
		}
		frugal()
		report, err := f.run(cmd, s)
		if errors.Is(err, fitting.ErrNoAmounts) {
			return nil, cli.Usage(fmt.Errorf("--model %s: %w", f.model, err))
		}
		if err != nil {
			return nil, badData(err)
		}
		return report, f.write(report, s.cfg)
	})
}

// fitNames are the values of --model.
func fitNames() []string {
	return append([]string{calibrate.Auto}, catalog.Names(model.KindPurchases, model.KindSpend, model.KindContract)...)
}

// asked is the model that --model names. auto stands for the contract model if the
// file is a cohort's survival, else for none.
func (f *fitFlags) asked() catalog.Entry {
	name := f.model
	if name == calibrate.Auto && f.input.format == survivalFormat {
		name = catalog.Names(model.KindContract)[0]
	}
	entry, _ := catalog.Find(name)
	return entry
}

// check refuses flags that exclude each other.
func (f *fitFlags) check() error {
	if err := calibrate.CheckModel(f.model, fitNames()...); err != nil {
		return fmt.Errorf("--model: %w", err)
	}
	survival, asked := f.input.format == survivalFormat, f.asked()
	switch {
	case survival && asked.FitSurvival == nil:
		return fmt.Errorf("--model %s: a survival file is about contracts; fit %s to it", f.model, cli.Choice(catalog.Names(model.KindContract)))
	case !survival && asked.Kind == model.KindContract:
		return fmt.Errorf("--model %s is fitted to the survival of a cohort: give a file of it with --format survival", f.model)
	case asked.Kind == model.KindSpend && f.out != "":
		return errors.New("--out: a model file needs a purchase model; Gamma-Gamma is fitted with each of them")
	}
	return nil
}

func (f *fitFlags) run(cmd *cobra.Command, s *system) (*fitting.Report, error) {
	switch {
	case f.input.format == survivalFormat:
		return f.runSurvival()
	case f.fromState:
		return f.runState(cmd, s)
	default:
		return f.runOrders(cmd, s)
	}
}

// write makes the model file, if one is asked for.
func (f *fitFlags) write(report *fitting.Report, cfg config.Config) error {
	if f.out == "" {
		return nil
	}
	file := report.File(f.terms, cfg.Business.Currency)
	text, err := file.Encode()
	if err != nil {
		return cli.Usage(err)
	}
	if err := os.WriteFile(f.out, text, 0o644); err != nil {
		return fmt.Errorf("write --out: %w", err)
	}
	report.ModelFile, report.ModelVersion = f.out, file.Version()
	return nil
}

// addTerms adds the flags for assumptions that cannot be estimated.
func (f *fitFlags) addTerms(cmd *cobra.Command) {
	f.terms = calibrate.UsualTerms
	cli.Above(cmd.Flags(), &f.terms.HorizonDays, "horizon-days", f.terms.HorizonDays, 0, mostDays, "with --out: the horizon of the predicted value in days")
	cli.Float(cmd.Flags(), &f.terms.AnnualDiscount, "discount", f.terms.AnnualDiscount, 0, model.MostAnnualDiscount, "with --out: effective annual discount rate; 0.1 is 10 %")
	cli.Float(cmd.Flags(), &f.terms.MarginRatio, "margin", f.terms.MarginRatio, 0, 1, "with --out: margin on future revenue as a share of the price; 0: each customer's own to date")
}
