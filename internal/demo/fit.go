package demo

import (
	"context"
	"fmt"
	"iter"
	"os"
	"path/filepath"

	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/clv/model"
	"github.com/clvstream/clvstream/internal/calibrate"
	"github.com/clvstream/clvstream/internal/config"
	"github.com/clvstream/clvstream/internal/feed"
	"github.com/clvstream/clvstream/internal/fitting"
)

// Fit fits a model to the history of a shop, writes its file into a folder, and names the
// file in the configuration. It says in a line what it has done.
func Fit(ctx context.Context, cfg *config.Config, rules history.Rules, events iter.Seq[feed.Event], folder string) (said string, err error) {
	source := calibrate.Source{Amounts: true, Orders: true, Each: func(ctx context.Context, take func(*history.Event)) error {
		for e := range events {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			take(&e.Event)
		}
		return nil
	}}
	p, err := calibrate.Summarise(ctx, source, &rules, calibrate.Everything())
	if err != nil {
		return "", err
	}
	report, err := fit(ctx, &fitting.Job{Model: calibrate.Auto, Unit: model.UnitDay, Currency: cfg.Business.Currency}, p)
	if err != nil {
		return "", err
	}
	file := report.File(calibrate.UsualTerms, cfg.Business.Currency)
	text, err := file.Encode()
	if err != nil {
		return "", err
	}
	path := filepath.Join(folder, "fitted.yaml")
	if err := os.WriteFile(path, text, 0o600); err != nil {
		return "", fmt.Errorf("write the model that was fitted: %w", err)
	}
	cfg.Model = config.Model{File: path}
	return fmt.Sprintf("values are predicted by %s, fitted to the history of its %d customers", file.Model, file.FittedOn.Customers), nil
}

// fit runs the job, or leaves it to itself when ctx is done: a fit cannot be interrupted, and
// whoever ends the demo ends the process.
func fit(ctx context.Context, job *fitting.Job, p *calibrate.Population) (report *fitting.Report, err error) {
	fitted := make(chan struct{})
	go func() {
		report, err = job.Run(p)
		close(fitted)
	}()
	select {
	case <-fitted:
		return report, err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}
