package assembly

import (
	"context"
	"sync"

	"github.com/clvstream/clvstream/clv"
	"github.com/clvstream/clvstream/clv/model"
	"github.com/clvstream/clvstream/internal/config"
	"github.com/clvstream/clvstream/internal/modelfile"
	"github.com/clvstream/clvstream/internal/recut"
	"github.com/clvstream/clvstream/internal/refit"
	"github.com/clvstream/clvstream/state"
	"github.com/clvstream/clvstream/stream"
)

// PushedModel makes models of the files in the registry, for a business that
// counts in the configured currency.
func PushedModel(cfg config.Config) func(file []byte) (model.Model, error) {
	return func(file []byte) (model.Model, error) {
		f, err := modelfile.ParseFor(file, cfg.Business.Currency)
		if err != nil {
			return nil, err
		}
		return f.NewModel()
	}
}

// ValuationInForce is the configured valuation with the model in force: the one
// that was activated, or the configured one where none was.
func ValuationInForce(ctx context.Context, cfg config.Config, store *state.Store) (clv.Valuation, state.Activation, error) {
	valuation, err := Valuation(cfg)
	if err != nil {
		return clv.Valuation{}, state.Activation{}, err
	}
	active, err := store.Active(ctx)
	if err != nil {
		return valuation, active, err
	}
	if valuation.Awake.Tiers, err = active.Cut.Apply(valuation.Awake.Tiers); err != nil {
		return valuation, active, err
	}
	if active.Number == 0 || active.Version == state.Configured {
		return valuation, active, nil
	}
	file, err := store.ModelFile(ctx, active.Version)
	if err != nil {
		return clv.Valuation{}, active, err
	}
	valuation.Model, err = PushedModel(cfg)(file)
	return valuation, active, err
}

// StreamTime is the instant that the inputs have come to, µs, or that of the
// Redis server where it is not known: from there on an activation makes customers
// due.
func StreamTime(ctx context.Context, cfg config.Config, store *state.Store) (int64, error) {
	awake := Clock(cfg)
	micros, ok, err := awake.Time(ctx, store)
	if err != nil || ok {
		return micros, err
	}
	now, err := store.Clock(ctx)
	return now.UnixMicro(), err
}

// Clock is by which time due times fire: whoever fires adds the rest.
func Clock(cfg config.Config) stream.Awake {
	return stream.Awake{Mode: stream.AwakeMode(cfg.Awake.Mode), Topics: cfg.Input.Topics, Grace: cfg.Awake.Grace}
}

// Refit is the fit that the configuration schedules.
func Refit(cfg config.Config, store *state.Store) (*refit.Job, error) {
	valuation, err := Valuation(cfg)
	if err != nil {
		return nil, err
	}
	r := cfg.Model.Refit
	return &refit.Job{
		Store: store, Rules: valuation.Rules, Currency: cfg.Business.Currency, Configured: ModelSpec(cfg),
		Model: string(r.Model), HoldoutDays: r.HoldoutDays, Margin: r.Margin, Silent: r.Silent, Span: cfg.Model.ActivationSpan,
		From: func(ctx context.Context) (int64, error) { return StreamTime(ctx, cfg, store) },
	}, nil
}

// Recut gives the configured tiers by percentile new borders.
func Recut(cfg config.Config, store *state.Store) (*recut.Job, error) {
	watched, err := cfg.Watched()
	if err != nil {
		return nil, err
	}
	return &recut.Job{
		Store: store, Tiers: watched.Tiers, Span: cfg.Tiers.Cut.Span,
		From: func(ctx context.Context) (int64, error) { return StreamTime(ctx, cfg, store) },
	}, nil
}

// leader is what the publisher with the first lane does; nil: nothing is scheduled.
func leader(cfg config.Config, store *state.Store) (func(context.Context), error) {
	if cfg.Model.Refit.Cron == "" && cfg.Tiers.Cut.Cron == "" {
		return nil, nil
	}
	fitting, err := Refit(cfg, store)
	if err != nil {
		return nil, err
	}
	cutting, err := Recut(cfg, store)
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context) {
		var both sync.WaitGroup
		both.Go(func() { refit.Lead(ctx, fitting, cfg.Model.Refit, cfg.Business.TimeZone) })
		both.Go(func() { recut.Lead(ctx, cutting, cfg.Tiers.Cut, cfg.Business.TimeZone) })
		both.Wait()
	}, nil
}
