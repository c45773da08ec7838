package main

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/clvstream/clvstream/clv"
	"github.com/clvstream/clvstream/clv/fit"
	"github.com/clvstream/clvstream/internal/calibrate"
	"github.com/clvstream/clvstream/internal/cli"
	"github.com/clvstream/clvstream/internal/config"
	"github.com/clvstream/clvstream/internal/progress"
)

const survivalFormat = "survival"

// fitFlags are what a fit is asked for.
type fitFlags struct {
	*ordersFlags
	fromState  bool
	model      string
	until, out string
	cohort     float64
	period     float64
	terms      termsFlags
	json       *bool
}

func newFit() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "fit",
		Short: "Fit a model to orders, with standard errors and warnings",
		Long: `Estimates a model's parameters by maximum likelihood from a file of orders, from
the input topics (--from-topic), or from all customers in Redis (--from-state),
and says how far to trust them. Orders of one day count as one; a customer's first
day is not a repeat. Amounts are in business.currency and may be absent.

--model auto holds the last third of the time out, fits every purchase model to
the rest, and takes the one that predicts the held-out orders best; where several
do, the one with the lowest BIC. Then it is fitted to everything.

A purchase model that sees nobody leave is nothing but NBD with superfluous
parameters (warning ridge): then NBD is fitted in its place.

--out writes a model file for the consumer and publisher, with Gamma-Gamma spend
and the terms --horizon-days, --discount and --margin.

--format survival reads how many of a cohort were left after each contract period
and fits sbg: a row a period, its number and the survivors, as a number or as a
share of --cohort.`,
		Example: `  clvstream fit --input CDNOW_sample.txt --format cdnow --until 1997-09-30 --model mbgnbd
  clvstream fit --input orders.csv --columns customer=who,time=when,amount=total --out model.yaml
  clvstream fit --from-topic --brokers 127.0.0.1:9092 --json
  clvstream fit --input cohort.csv --format survival --cohort 1000 --model sbg --time-unit month --period 12`,
		Args: cli.NoArguments,
	}
	f := &fitFlags{ordersFlags: addOrdersFlags(cmd)}
	cmd.Flags().Lookup("format").Usage = "cdnow, csv, jsonl (the events of docs/events.md, a line each) or survival"
	cmd.Flags().Lookup("columns").Usage = "csv: which column is what, such as `customer=Who,time=When,amount=3`; survival: period=…,survivors=…; default: by the header's names"
	cmd.Flags().BoolVar(&f.fromState, "from-state", false, "take the customers in Redis as they are now, instead of a file")
	cmd.Flags().StringVar(&f.model, "model", "auto", "auto, bgnbd, mbgnbd, paretonbd, nbd, gammagamma or sbg")
	cmd.Flags().StringVar(&f.until, "until", "", "the last `day` that counts, such as 1997-09-30 (survival: the last period); default: all")
	cmd.Flags().StringVar(&f.out, "out", "", "write a model `file`")
	cmd.Flags().Float64Var(&f.cohort, "cohort", 0, "survival: how many customers the cohort began with")
	cmd.Flags().Float64Var(&f.period, "period", 1, "survival: how many time units a contract period has")
	f.terms.add(cmd)
	f.json = jsonFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		cfg, _, err := load(cmd)
		if err != nil {
			return err
		}
		if err := calibrate.CheckModel(f.model, slices.Concat([]string{"auto"}, calibrate.Models, []string{"gammagamma", "sbg"})...); err != nil {
			return cli.Usage(fmt.Errorf("--model: %w", err))
		}
		if err := f.terms.check(); err != nil {
			return cli.Usage(err)
		}
		report, err := f.run(cmd, cfg)
		if err != nil {
			return err
		}
		if err := f.write(&report, cfg); err != nil {
			return err
		}
		if *f.json {
			return printJSON(cmd.OutOrStdout(), report)
		}
		return report.print(cmd.OutOrStdout())
	}
	return cmd
}

func (f *fitFlags) run(cmd *cobra.Command, cfg config.Config) (fitReport, error) {
	survival := f.input.format == survivalFormat
	switch {
	case survival && f.model != "sbg" && f.model != "auto":
		return fitReport{}, cli.Usage(fmt.Errorf("--model %s: a survival file has contracts, to which sbg is fitted", f.model))
	case !survival && f.model == "sbg":
		return fitReport{}, cli.Usage(errors.New("--model sbg is fitted to a cohort's survival: give it with --format survival"))
	case f.model == "gammagamma" && f.out != "":
		return fitReport{}, cli.Usage(errors.New("--out: a model file needs a purchase model; Gamma-Gamma spend is fitted with any of them"))
	case survival:
		return f.runSurvival()
	case f.fromState:
		return f.runState(cmd, cfg)
	default:
		return f.runOrders(cmd, cfg)
	}
}

func (f *fitFlags) window() (calibrate.Window, error) {
	day, given, err := parseDay("until", f.until)
	if err != nil || !given {
		return calibrate.Everything(), err
	}
	return calibrate.Up(day), nil
}

// runOrders fits to a file or the log.
func (f *fitFlags) runOrders(cmd *cobra.Command, cfg config.Config) (fitReport, error) {
	window, err := f.window()
	if err != nil {
		return fitReport{}, err
	}
	o, err := f.open(cmd, cfg)
	if err != nil {
		return fitReport{}, err
	}
	defer o.closed()
	began := time.Now()
	p, err := o.summarise(window)
	if err != nil {
		return fitReport{}, err
	}
	if f.out != "" && !p.Amounts() {
		return fitReport{}, cli.Usage(errors.New("--out: a model file values customers, and the orders have no amounts: name the column, as in --columns amount=total"))
	}
	w := work{model: f.model, population: p, unit: o.unit, currency: cfg.Business.Currency, readSeconds: time.Since(began).Seconds()}
	w.refusedRows = o.source.Refused()
	if f.model == "auto" {
		w.choose = func() (calibrate.Choice, error) { return o.choose(p) }
	}
	return w.fit()
}

// choose compares the models on a held-out third of the orders, which takes
// another reading, or by BIC alone where the time is too short.
func (o *orders) choose(p *calibrate.Population) (calibrate.Choice, error) {
	window, err := calibrate.Halved(p.First(), p.End())
	if err == nil {
		o.bar = progress.New(o.cmd.ErrOrStderr(), "read again to hold a third out", o.total)
		var choice calibrate.Choice
		choice, err = calibrate.Choose(o.cmd.Context(), o.source, &o.rules, window, o.unit, o.cfg.Business.Currency)
		o.bar.Done()
		if err == nil || !isBadData(err) {
			return choice, err
		}
	}
	return choiceByBIC(p, o.unit, o.cfg.Business.Currency)
}

func choiceByBIC(p *calibrate.Population, unit clv.TimeUnit, currency clv.Currency) (calibrate.Choice, error) {
	sample, _, err := p.Sample(unit, currency)
	if err != nil {
		return calibrate.Choice{}, err
	}
	return calibrate.ChooseByBIC(sample)
}

// runState fits to the customers in Redis.
func (f *fitFlags) runState(cmd *cobra.Command, cfg config.Config) (fitReport, error) {
	unit, ok := clv.ParseTimeUnit(f.unit)
	if !ok {
		return fitReport{}, cli.Usage(fmt.Errorf("--time-unit %q: choose day, week or month", f.unit))
	}
	if f.fromTopic || f.input.path != "" {
		return fitReport{}, cli.Usage(errors.New("--from-state stands alone: the customers come from Redis, a file or the topics"))
	}
	window, err := f.window()
	if err != nil {
		return fitReport{}, err
	}
	s, err := reach(cmd.Context(), cfg, needState)
	if err != nil {
		return fitReport{}, err
	}
	defer s.close()
	rules, err := rulesOf(cfg)
	if err != nil {
		return fitReport{}, err
	}
	began := time.Now()
	bar := progress.New(cmd.ErrOrStderr(), "shards read", int64(s.store.Shards()))
	p, err := calibrate.FromState(cmd.Context(), s.store, &rules, window, func(done, _ int64) { bar.Set(done) })
	bar.Done()
	if err != nil {
		return fitReport{}, badData(err)
	}
	w := work{model: f.model, population: p, unit: unit, currency: cfg.Business.Currency, readSeconds: time.Since(began).Seconds()}
	w.choose = func() (calibrate.Choice, error) { return choiceByBIC(p, unit, cfg.Business.Currency) }
	return w.fit()
}

// write makes the model file, if one is asked for.
func (f *fitFlags) write(report *fitReport, cfg config.Config) error {
	if f.out == "" {
		return nil
	}
	file := report.file(cfg.Business.Currency, &f.terms)
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

// lastPeriod is --until of a survival file.
func (f *fitFlags) lastPeriod() (int, error) {
	if f.until == "" {
		return 0, nil
	}
	n, err := strconv.Atoi(f.until)
	if err != nil || n < 1 {
		return 0, cli.Usage(fmt.Errorf("--until %q: of a survival file, the number of the last period that counts, 1 or more", f.until))
	}
	return n, nil
}

// work is one fit of orders: what is asked for and what was read.
type work struct {
	model       string
	population  *calibrate.Population
	unit        clv.TimeUnit
	currency    clv.Currency
	readSeconds float64
	refusedRows int
	choose      func() (calibrate.Choice, error)
}

// fit chooses the model where that is asked for, and fits it and the spend.
func (w *work) fit() (fitReport, error) {
	p := w.population
	report := fitReport{
		Model: w.model, Customers: p.Customers(), TimeUnit: w.unit.String(), From: p.First().String(), Until: p.End().String(),
		RefusedRows: w.refusedRows, RefusedEvents: p.Refused(), ReadSeconds: w.readSeconds,
	}
	if w.model == "auto" {
		choice, err := w.choose()
		if err != nil {
			return report, badData(err)
		}
		report.choose(&choice)
	}
	began := time.Now()
	sample, spend, err := p.Sample(w.unit, w.currency)
	if err != nil {
		return report, err
	}
	report.ReadSeconds += time.Since(began).Seconds()
	w.population = nil
	began = time.Now()
	if report.Model == "gammagamma" {
		return report, w.fitSpendAlone(&report, spend, began)
	}
	result, err := calibrate.Fit(report.Model, sample)
	if err == nil && calibrate.Degenerate(&result) {
		result, err = report.fallBack(result.Model, sample)
	}
	if err != nil {
		return report, badData(err)
	}
	report.take(&result, time.Since(began))
	if spend == nil {
		return report, nil
	}
	return report, report.takeSpend(spend)
}

func (w *work) fitSpendAlone(report *fitReport, spend *fit.SpendSample, began time.Time) error {
	if spend == nil {
		return cli.Usage(errors.New("--model gammagamma: the orders have no amounts"))
	}
	result, err := calibrate.Spend(spend)
	if err != nil {
		return badData(err)
	}
	report.take(&result, time.Since(began))
	return nil
}
