// Package inforce resolves which valuation is in force for the customers of a namespace,
// and the origin of its model. Programs and commands use it; state reads the same registry
// inside each commit.
//
//	--model FILE ───────────────────────► overrides all others
//	last activation (registry in Redis) ► a pushed model, or the configured one
//	model.file, else model.name ────────► if no model is activated
//	      │
//	      └─► model + rules, stages, tiers with the borders in force, policy ► clv.Valuation
//
// It changes nothing. It refuses a model that was fitted in another currency than
// business.currency, an activated model that is not in the registry, and borders that were
// cut for other tiers. It never falls back to another model.
package inforce

import (
	"context"
	"errors"

	"github.com/clvstream/clvstream/clv"
	"github.com/clvstream/clvstream/clv/calendar"
	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/clv/model"
	"github.com/clvstream/clvstream/internal/config"
	"github.com/clvstream/clvstream/internal/modelfile"
	"github.com/clvstream/clvstream/state"
)

// Model is a model and where it came from.
type Model struct {
	modelfile.Built
	Label      string           // the path of its file, its version in the registry, or state.Configured
	Activation state.Activation // that brought a model of the registry into force; zero: none did
}

// Resolver answers for one configuration.
type Resolver struct {
	Config config.Config
	File   string // a model file that the command line names; empty: none
}

// Configured is the model that holds where nothing is activated.
func (r Resolver) Configured() (m Model, err error) {
	m.Label = state.Configured
	named := r.Config.Model
	if r.File != "" {
		m.Label, named = r.File, config.Model{File: r.File}
	}
	if m.Built, err = modelfile.Build(spec(named), r.Config.Business.Currency); err != nil {
		return m, &NameError{err}
	}
	return m, nil
}

// Valuation is what holds where nothing is activated.
func (r Resolver) Valuation() (clv.Valuation, error) {
	model, err := r.Configured()
	if err != nil {
		return clv.Valuation{}, err
	}
	return valuation(r.Config, model.Model)
}

// Version is the version that an activation has in force; state.Configured where
// nothing is activated.
func Version(active state.Activation) string {
	if active.Number == 0 {
		return state.Configured
	}
	return active.Version
}

// ModelInForce is the model in force in a namespace.
func (r Resolver) ModelInForce(ctx context.Context, store *state.Store) (Model, error) {
	active, err := store.Active(ctx)
	if err != nil {
		return Model{}, err
	}
	return r.model(ctx, store, active)
}

// ValuationInForce is what holds in a namespace: the model in force, and the
// configured tiers with the borders in force.
func (r Resolver) ValuationInForce(ctx context.Context, store *state.Store) (clv.Valuation, error) {
	active, err := store.Active(ctx)
	if err != nil {
		return clv.Valuation{}, err
	}
	model, err := r.model(ctx, store, active)
	if err != nil {
		return clv.Valuation{}, err
	}
	v, err := valuation(r.Config, model.Model)
	if err != nil {
		return v, err
	}
	v.Awake.Tiers, err = active.Cut.Apply(v.Awake.Tiers)
	return v, err
}

func (r Resolver) model(ctx context.Context, store *state.Store, active state.Activation) (Model, error) {
	version := Version(active)
	if r.File != "" || version == state.Configured {
		return r.Configured()
	}
	text, err := store.ModelFile(ctx, version)
	if err != nil && !errors.Is(err, state.ErrUnknownModel) {
		return Model{}, err
	}
	m := Model{Label: version, Activation: active}
	if err == nil {
		m.Built, err = modelfile.BuildText(text, r.Config.Business.Currency)
	}
	if err != nil {
		return m, state.UnusableModel(version, err)
	}
	return m, nil
}

// Rules are what a configuration says of histories. No model is read for them.
func Rules(cfg config.Config) (history.Rules, error) {
	margins, err := cfg.Business.Margins()
	later := history.RefuseLater
	if cfg.Erasure.LaterEvents == config.LaterAnew {
		later = history.BeginAnew
	}
	return history.Rules{
		Calendar:     calendar.NewCalendar(cfg.Business.TimeZone),
		Margins:      margins,
		LatenessDays: calendar.Day(cfg.Business.LatenessDays),
		LedgerLimit:  cfg.Business.LedgerLimit,
		LaterEvents:  later,
	}, err
}

// valuation is a model with all else that a configuration says of a valuation.
func valuation(cfg config.Config, model model.Model) (v clv.Valuation, err error) {
	if v.Rules, err = Rules(cfg); err != nil {
		return v, err
	}
	v.By(model)
	if v.Policy, err = cfg.AnnouncementPolicy(); err != nil {
		return v, err
	}
	v.Awake, err = cfg.Watched()
	return v, err
}

// spec is the model that a configuration names.
func spec(m config.Model) modelfile.Spec {
	if m.File != "" {
		return modelfile.Spec{File: m.File}
	}
	firstAfterYear := 0.0
	if m.FirstMarginAfterYear {
		firstAfterYear = 1
	}
	return modelfile.Spec{Name: string(m.Name), Values: model.Values{
		"lifespan_years": m.LifespanYears, "monthly_churn": m.MonthlyChurn,
		"retention": m.Retention, "retention_years": float64(m.RetentionYears), "retention_cost": m.RetentionCost,
		"first_margin_after_year": firstAfterYear, "discount_annual": m.DiscountAnnual,
	}}
}
