package main

import (
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/clvstream/clvstream/clv/fit"
	"github.com/clvstream/clvstream/clv/model"
	"github.com/clvstream/clvstream/clv/money"
	"github.com/clvstream/clvstream/internal/calibrate"
	"github.com/clvstream/clvstream/internal/cli"
	"github.com/clvstream/clvstream/internal/config"
	"github.com/clvstream/clvstream/internal/progress"
)

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

func choiceByBIC(p *calibrate.Population, unit model.TimeUnit, currency money.Currency) (calibrate.Choice, error) {
	sample, _, err := p.Sample(unit, currency)
	if err != nil {
		return calibrate.Choice{}, err
	}
	return calibrate.ChooseByBIC(sample)
}

// runState fits to the customers in Redis.
func (f *fitFlags) runState(cmd *cobra.Command, cfg config.Config) (fitReport, error) {
	unit, ok := model.ParseTimeUnit(f.unit)
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

// work is one fit of orders: what is asked for and what was read.
type work struct {
	model       string
	population  *calibrate.Population
	unit        model.TimeUnit
	currency    money.Currency
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
