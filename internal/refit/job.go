// Package refit fits a new model on a schedule, and activates it if it predicts better
// than the model in force.
//
//	customers in Redis ──► full history  ─────────────────────────────► fit ──► push, activate
//	                  └──► up to the holdout ──► fit ──► holdout errors ──┘ better by the margin?
//	                                             in force ──► errors ─┘     else: log why not
//
// It runs in the publisher that has lane 0. The result is logged, and stored in the
// registry for `clvstream model list`.
//
// It refuses what cannot be compared (a contract model, a history that is no longer than
// the holdout) and what should not be used (a fit that did not converge, orders without a
// spend model). The model in force may have been fitted to days of the holdout. That
// favours it, so models are changed too rarely rather than too often.
package refit

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/clvstream/clvstream/clv/calendar"
	"github.com/clvstream/clvstream/clv/fit"
	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/clv/money"
	"github.com/clvstream/clvstream/internal/calibrate"
	"github.com/clvstream/clvstream/internal/inforce"
	"github.com/clvstream/clvstream/internal/modelfile"
	"github.com/clvstream/clvstream/state"
)

// Job is one refit.
type Job struct {
	Store    *state.Store
	Models   inforce.Resolver
	Rules    history.Rules
	Currency money.Currency

	Model       string  // a purchase model of the catalogue, or calibrate.Auto
	HoldoutDays int     // the lateness at most
	Margin      float64 // share by which the error must be smaller
	Silent      bool
	Span        time.Duration // of an activation
	// From is the instant from which on an activation makes customers due, µs.
	From func(context.Context) (int64, error)
}

// unfit is why there is nothing to activate. It is a verdict, not a failure.
type unfit struct{ why string }

func (u *unfit) Error() string { return u.why }

func notFitted(format string, args ...any) error { return &unfit{fmt.Sprintf(format, args...)} }

// Run fits, compares, and activates the new model if it is better. What it came
// to is in the answer, and recorded; an error means that it could not be found
// out.
func (j *Job) Run(ctx context.Context) (state.Refit, error) {
	began := time.Now()
	verdict, err := j.decide(ctx)
	var u *unfit
	switch {
	case errors.As(err, &u):
		verdict = state.Refit{Verdict: "kept: " + u.why}
	case errors.Is(err, calibrate.ErrNoCustomers), errors.Is(err, fit.ErrTooFew):
		verdict = state.Refit{Verdict: "kept: " + err.Error()}
	case err != nil:
		return state.Refit{}, fmt.Errorf("refit the model: %w", err)
	}
	now, err := j.Store.Clock(ctx)
	if err != nil {
		return verdict, err
	}
	verdict.AtMicros = now.UnixMicro()
	slog.InfoContext(ctx, "refit done", "verdict", verdict.Verdict, "activated", verdict.Version, "seconds", time.Since(began).Seconds())
	return verdict, j.Store.RecordRefit(ctx, verdict)
}

func (j *Job) decide(ctx context.Context) (state.Refit, error) {
	inForce, err := j.inForce(ctx)
	if err != nil {
		return state.Refit{}, err
	}
	whole, window, err := j.readAll(ctx, inForce)
	if err != nil {
		return state.Refit{}, err
	}
	trial, err := j.try(ctx, whole, window, inForce)
	if err != nil {
		return state.Refit{}, err
	}
	if !trial.better(j.Margin) {
		return state.Refit{}, notFitted("%s", trial.sentence(j.Margin))
	}
	file, err := whole.fit(trial.model, inForce, j.Currency)
	if err != nil {
		return state.Refit{}, err
	}
	if file.Version() == inForce.Version() {
		return state.Refit{}, notFitted("the fit gives the same parameters as those in force, %s", inForce.Version())
	}
	if err := j.activate(ctx, file); err != nil {
		return state.Refit{}, err
	}
	return state.Refit{Version: file.Version(), Verdict: fmt.Sprintf("activated %s: %s", file.Version(), trial.sentence(j.Margin))}, nil
}

func (j *Job) activate(ctx context.Context, file *modelfile.File) error {
	text, err := file.Encode()
	if err != nil {
		return err
	}
	if _, err := j.Store.PushModel(ctx, file.Version(), text, file.Supersedes); err != nil {
		return err
	}
	from, err := j.From(ctx)
	if err != nil {
		return err
	}
	_, _, err = j.Store.Activate(ctx, file.Version(), from, j.Span, j.Silent)
	return err
}

// summary is all customers as they are now, as a model is fitted to them.
type summary struct {
	sample      *fit.Sample
	spend       *fit.SpendSample
	first, last calendar.Day
}

// readAll sums up all customers, and says which days can be held out.
func (j *Job) readAll(ctx context.Context, inForce *incumbent) (*summary, calibrate.Window, error) {
	p, err := calibrate.FromState(ctx, j.Store, &j.Rules, calibrate.Everything(), func(int64, int64) {})
	if err != nil {
		return nil, calibrate.Window{}, err
	}
	s := &summary{first: p.First(), last: p.Last()}
	if s.sample, s.spend, err = p.Sample(inForce.unit, j.Currency); err != nil {
		return nil, calibrate.Window{}, err
	}
	split := s.last - calendar.Day(j.HoldoutDays)
	if split <= s.first {
		return nil, calibrate.Window{}, notFitted("the orders from %s to %s span no more than the %d days to hold out", s.first, s.last, j.HoldoutDays)
	}
	return s, calibrate.Window{Split: split, Until: s.last}, nil
}

// fit is the model file of a model that is fitted to everything.
func (s *summary) fit(model string, inForce *incumbent, currency money.Currency) (*modelfile.File, error) {
	result, err := inForce.fitting.FitOrNested(model, s.sample)
	if err != nil {
		return nil, err
	}
	spend, err := calibrate.Spend(s.spend)
	if err != nil {
		return nil, notFitted("%s would be better, but there is no spend model for it: %v", result.Model, err)
	}
	if slices.Contains(slices.Concat(result.Warnings, spend.Warnings), fit.WarnNotConverged) {
		return nil, notFitted("the fit of %s did not converge", result.Model)
	}
	f := calibrate.Fitted{
		Result: result, Spend: &spend, Unit: inForce.unit, PeriodUnits: inForce.fitting.PeriodUnits(result.Model, inForce.unit),
		From: s.first.Date(), Until: s.last.Date(),
	}
	return f.File(inForce.terms, currency), nil
}
