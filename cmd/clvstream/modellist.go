package main

import (
	"context"
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/clvstream/clvstream/internal/cli"
	"github.com/clvstream/clvstream/internal/inforce"
	"github.com/clvstream/clvstream/internal/modelfile"
	"github.com/clvstream/clvstream/state"
)

func newModelList() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "list",
		Short: "Show the models, the one in force, the progress of its activation, and the last refit",
		Long: `Lists the configured model and the pushed ones, with the number of customers whose
stored value is by each. An activation is complete when all customers are valued by
the model in force. The past activations and the result of the last scheduled fit
(model.refit.cron) follow.`,
		Args: cli.NoArguments,
	}
	return answering(cmd, func(cmd *cobra.Command, s *system, _ []string) (answer, error) {
		return s.modelsView(cmd.Context())
	}, needState)
}

// modelsView is the registry, as JSON and text show it.
type modelsView struct {
	InForce     string           `json:"in_force"` // a version, or configured
	Models      []modelView      `json:"models"`
	Activations []activationView `json:"activations"`
	Progress    *progressView    `json:"progress,omitempty"` // of the last activation
	Refit       *refitView       `json:"refit,omitempty"`

	clock clock
}

type modelView struct {
	Version    string `json:"version"`
	Model      string `json:"model"`
	Configured bool   `json:"configured,omitempty"` // in this configuration, and not pushed
	Pushed     string `json:"pushed,omitempty"`
	FittedTo   string `json:"fitted_to,omitempty"` // last day observed
	Customers  int64  `json:"customers"`           // whose stored value is by it
	InForce    bool   `json:"in_force"`
	Unusable   string `json:"unusable,omitempty"` // why
}

type activationView struct {
	Number  uint64 `json:"number"`
	Version string `json:"version"`
	At      string `json:"at"`
	From    string `json:"from"`
	Over    string `json:"over"`
	Silent  bool   `json:"silent"`
	Cut     bool   `json:"cut,omitempty"` // it changed the borders of tiers, not the model
}

// progressView is the progress of an activation.
type progressView struct {
	Customers int64   `json:"customers"`
	Revalued  int64   `json:"revalued"`
	Percent   float64 `json:"percent"` // of the customers who are valued by the model in force
	Met       float64 `json:"met"`     // percent of the shards whose customers are all due
}

type refitView struct {
	At        string `json:"at"`
	Activated string `json:"activated,omitempty"`
	Verdict   string `json:"verdict"`
}

func activationViewOf(a *state.Activation) activationView {
	return activationView{
		Number: a.Number, Version: a.Version, At: instant(a.AtMicros), From: instant(a.FromMicros), Over: a.Span.String(), Silent: a.Silent,
		Cut: a.Cut.Number == a.Number,
	}
}

func (s *system) modelsView(ctx context.Context) (*modelsView, error) {
	registry, err := s.store.Registry(ctx)
	if err != nil {
		return nil, err
	}
	active := registry.Active()
	moving, err := s.store.Moving(ctx, active.Number)
	if err != nil {
		return nil, err
	}
	view := &modelsView{InForce: inforce.Version(active), Activations: []activationView{}, clock: clockOf(s.cfg)}
	if view.Models, err = s.modelViews(registry.Models, view.InForce, moving.Customers); err != nil {
		return nil, err
	}
	for i := range registry.Activations {
		view.Activations = append(view.Activations, activationViewOf(&registry.Activations[i]))
	}
	if active.Number > 0 {
		view.addProgress(&moving, s.store.Shards())
	}
	if r := registry.Refit; r.AtMicros > 0 {
		view.Refit = &refitView{At: instant(r.AtMicros), Activated: r.Version, Verdict: r.Verdict}
	}
	return view, nil
}

// modelViews lists the configured model first.
func (s *system) modelViews(pushed []state.PushedModel, inForce string, customers map[string]int64) ([]modelView, error) {
	configured, err := inforce.Resolver{Config: s.cfg}.Configured()
	if err != nil {
		return nil, cli.Usage(err)
	}
	views := []modelView{{Version: configured.Version(), Model: configured.Name(), Configured: true, InForce: inForce == state.Configured}}
	for _, m := range pushed {
		one := modelView{Version: m.Version, Pushed: instant(m.PushedMicros), InForce: m.Version == inForce}
		if built, err := modelfile.BuildText(m.File, s.cfg.Business.Currency); err != nil {
			one.Unusable = err.Error()
		} else {
			one.Model = built.Name()
			if until := built.File.FittedOn.Until; !until.IsZero() {
				one.FittedTo = until.Format(time.DateOnly)
			}
		}
		views = append(views, one)
	}
	for i := range views {
		views[i].Customers = customers[views[i].Version]
	}
	return views, nil
}

func (v *modelsView) addProgress(moving *state.Moving, shards int) {
	p := &progressView{Percent: 100, Met: percent(int64(moving.Shards), int64(shards))}
	for _, n := range moving.Customers {
		p.Customers += n
	}
	for _, m := range v.Models {
		if m.InForce {
			p.Revalued = m.Customers
		}
	}
	if p.Customers > 0 {
		p.Percent = percent(p.Revalued, p.Customers)
	}
	v.Progress = p
}

func percent(part, whole int64) float64 { return 100 * float64(part) / float64(whole) }

func (v *modelsView) WriteText(w io.Writer) error {
	var rows [][]string
	for _, m := range v.Models {
		mark := ""
		switch {
		case m.InForce:
			mark = "in force"
		case m.Configured:
			mark = "configured"
		}
		rows = append(rows, []string{mark, m.Version, m.Model, m.FittedTo, v.clock.column(m.Pushed), strconv.FormatInt(m.Customers, 10), m.Unusable})
	}
	if err := table(w, []string{"", "VERSION", "MODEL", "FITTED TO", "PUSHED", "CUSTOMERS", ""}, rows, texts("")); err != nil {
		return err
	}
	if p := v.Progress; v.InForce == state.Configured {
		line(w, "\neach process uses the model of its own configuration; the first line is the one of this configuration")
	} else {
		line(w, "\n%s is in force in all processes, whatever their configuration", v.InForce)
		line(w, "%s of %d customers are valued by it; %s of the shards have made all their customers due", percentText(p.Percent), p.Customers, percentText(p.Met))
	}
	if len(v.Activations) > 0 {
		line(w, "")
		rows = nil
		for _, a := range v.Activations {
			remark := ""
			switch {
			case a.Cut:
				remark = "tiers cut"
			case a.Silent:
				remark = "silent"
			}
			rows = append(rows, []string{strconv.FormatUint(a.Number, 10), a.Version, v.clock.column(a.At), a.Over, remark})
		}
		if err := table(w, []string{"ACTIVATION", "VERSION", "AT", "OVER", ""}, rows); err != nil {
			return err
		}
	}
	if v.Refit != nil {
		line(w, "\nlast refit, %s: %s", v.clock.sentence(v.Refit.At), v.Refit.Verdict)
	}
	if len(v.Models) > 1 || len(v.Activations) > 0 { // else there is no time in the tables
		v.clock.writeZone(w)
	}
	return nil
}

// percentText rounds down, so that 100 % is all.
func percentText(p float64) string {
	return fmt.Sprintf("%.1f %%", float64(int64(p*10))/10)
}
