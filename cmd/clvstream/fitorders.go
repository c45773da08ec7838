package main

import (
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/clvstream/clvstream/internal/calibrate"
	"github.com/clvstream/clvstream/internal/cli"
	"github.com/clvstream/clvstream/internal/fitting"
	"github.com/clvstream/clvstream/internal/terminal"
)

func (f *fitFlags) window() (calibrate.Window, error) {
	day, given, err := parseDay("until", f.until)
	if err != nil || !given {
		return calibrate.Everything(), err
	}
	return calibrate.Up(day), nil
}

// runOrders fits to a file or the log.
func (f *fitFlags) runOrders(cmd *cobra.Command, s *system) (*fitting.Report, error) {
	window, err := f.window()
	if err != nil {
		return nil, err
	}
	_, models, err := f.fitting()
	if err != nil {
		return nil, err
	}
	o, err := f.open(cmd, s)
	if err != nil {
		return nil, err
	}
	began := time.Now()
	p, err := o.summarise(window)
	if err != nil {
		return nil, err
	}
	if f.out != "" && !p.Amounts() {
		return nil, cli.Usage(errors.New("--out: a model file needs amounts, and the orders have none: name their column, as in --columns amount=total"))
	}
	job := fitting.Job{
		Model: f.model, Fitting: models, Unit: o.unit, Currency: s.cfg.Business.Currency, HoldOut: o.holdOut,
		RefusedRows: o.source.Refused(), Read: time.Since(began),
	}
	report, err := job.Run(p)
	if err != nil {
		return nil, err
	}
	report.Input = o.file()
	return report, nil
}

// holdOut reads the orders again, to compare the models on a window.
func (o *orders) holdOut(window calibrate.Window) (*calibrate.Population, error) {
	o.bar = terminal.NewBar(o.cmd.ErrOrStderr(), fmt.Sprintf("reading again, with the days from %s on held out", window.Split+1), o.total)
	defer o.bar.Done()
	p, err := calibrate.Summarise(o.cmd.Context(), o.source, &o.rules, window)
	if err != nil {
		return nil, fmt.Errorf("hold out from %s on: %w", window.Split+1, err)
	}
	return p, nil
}

// runState fits to the customers in Redis.
func (f *fitFlags) runState(cmd *cobra.Command, s *system) (*fitting.Report, error) {
	unit, models, err := f.fitting()
	if err != nil {
		return nil, err
	}
	if f.fromTopic || f.input.path != "" {
		return nil, cli.Usage(errors.New("--from-state excludes --input and --from-topic: give one of them"))
	}
	window, err := f.window()
	if err != nil {
		return nil, err
	}
	if err := s.connect(cmd.Context(), needState); err != nil {
		return nil, err
	}
	rules, err := rulesOf(s.cfg)
	if err != nil {
		return nil, err
	}
	began := time.Now()
	bar := terminal.NewBar(cmd.ErrOrStderr(), "shards read", int64(s.store.Shards()))
	p, err := calibrate.FromState(cmd.Context(), s.store, &rules, window, func(done, _ int64) { bar.Set(done) })
	bar.Done()
	if err != nil {
		return nil, err
	}
	job := fitting.Job{Model: f.model, Fitting: models, Unit: unit, Currency: s.cfg.Business.Currency, Read: time.Since(began)}
	return job.Run(p)
}
