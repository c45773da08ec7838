package assembly

import (
	"context"
	"log/slog"
	"sync"

	"github.com/clvstream/clvstream/internal/config"
	"github.com/clvstream/clvstream/internal/inforce"
	"github.com/clvstream/clvstream/internal/refit"
	"github.com/clvstream/clvstream/internal/tiercut"
	"github.com/clvstream/clvstream/state"
	"github.com/clvstream/clvstream/stream/due"
)

// StreamTime is the instant that the inputs have come to, µs, or that of the
// Redis server where it is not known: from there on an activation makes customers
// due.
func StreamTime(ctx context.Context, cfg config.Config, store *state.Store) (int64, error) {
	awake := Clock(cfg)
	micros, ok, err := awake.StreamTime(ctx, store)
	if err != nil || ok {
		return micros, err
	}
	now, err := store.Clock(ctx)
	return now.UnixMicro(), err
}

// Clock is the time by which due times fire: the lane adds the rest.
func Clock(cfg config.Config) due.Config {
	return due.Config{Mode: due.Mode(cfg.Awake.Mode), Topics: cfg.Input.Topics, Grace: cfg.Awake.Grace, QuietAfter: cfg.Awake.QuietAfter}
}

// refitJob is the fit that the configuration schedules.
func refitJob(cfg config.Config, store *state.Store) (*refit.Job, error) {
	models := inforce.Resolver{Config: cfg}
	valuation, err := models.Valuation()
	if err != nil {
		return nil, err
	}
	r := cfg.Model.Refit
	return &refit.Job{
		Store: store, Models: models, Rules: valuation.Rules, Currency: cfg.Business.Currency,
		Model: string(r.Model), HoldoutDays: r.HoldoutDays, Margin: r.Margin, Silent: r.Silent, Span: cfg.Model.ActivationSpan,
		From: func(ctx context.Context) (int64, error) { return StreamTime(ctx, cfg, store) },
	}, nil
}

// TierCut gives the configured tiers by percentile new borders.
func TierCut(cfg config.Config, store *state.Store) (*tiercut.Job, error) {
	watched, err := cfg.Watched()
	if err != nil {
		return nil, err
	}
	return &tiercut.Job{
		Store: store, Tiers: watched.Tiers, Span: cfg.Tiers.Cut.Span,
		From: func(ctx context.Context) (int64, error) { return StreamTime(ctx, cfg, store) },
	}, nil
}

// leader is what the publisher with the first lane does; nil: nothing is scheduled.
func leader(cfg config.Config, store *state.Store) (func(context.Context), error) {
	if cfg.Model.Refit.Cron == "" && cfg.Tiers.Cut.Cron == "" {
		return nil, nil
	}
	fitting, err := refitJob(cfg, store)
	if err != nil {
		return nil, err
	}
	cutting, err := TierCut(cfg, store)
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context) {
		var both sync.WaitGroup
		both.Go(func() {
			atTimes(ctx, "refit the model", cfg.Model.Refit.Next, cfg.Business.TimeZone, func(ctx context.Context) error {
				_, err := fitting.Run(ctx)
				return err
			})
		})
		both.Go(func() {
			atTimes(ctx, "cut the tiers", cfg.Tiers.Cut.Next, cfg.Business.TimeZone, func(ctx context.Context) error {
				a, changed, err := cutting.Run(ctx)
				if err == nil {
					slog.InfoContext(ctx, "the tiers were cut", "borders_minor", a.Cut.Borders, "changed", changed)
				}
				return err
			})
		})
		both.Wait()
	}, nil
}
