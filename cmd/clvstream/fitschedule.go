package main

import (
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/clvstream/clvstream/clv/catalog"
	"github.com/clvstream/clvstream/clv/model"
	"github.com/clvstream/clvstream/internal/calibrate"
	"github.com/clvstream/clvstream/internal/cli"
	"github.com/clvstream/clvstream/internal/config"
)

// scheduleView is when publishers fit, and what says so in a configuration.
type scheduleView struct {
	Cron       string   `json:"cron"`
	Configured string   `json:"configured"` // what is in force now; empty: nothing
	Next       []string `json:"next"`
	YAML       string   `json:"yaml"`

	zone string
}

// showSchedule says when a schedule falls and how it is configured. Fitting by it
// is the publishers' work: a command that waits would have to be watched.
func (f *fitFlags) showSchedule(cfg config.Config) (answer, error) {
	refit := cfg.Model.Refit
	refit.Cron = f.schedule
	if err := refit.Check(); err != nil {
		return nil, cli.Usage(fmt.Errorf("--schedule: %w", err))
	}
	if err := calibrate.CheckModel(f.model, append([]string{calibrate.Auto}, catalog.Names(model.KindPurchases)...)...); err != nil {
		return nil, cli.Usage(fmt.Errorf("--model: %w", err))
	}
	view := scheduleView{zone: cfg.Business.TimeZone.String(), Cron: f.schedule, Configured: cfg.Model.Refit.Cron, YAML: fmt.Sprintf(
		"model:\n  refit:\n    cron: %s\n    model: %s\n    holdout_days: %d\n    margin: %g\n", strconv.Quote(f.schedule), f.model, refit.HoldoutDays, refit.Margin)}
	at := time.Now().In(cfg.Business.TimeZone)
	for range 3 {
		next, ok := refit.Next(at)
		if !ok {
			break
		}
		view.Next = append(view.Next, next.Format(time.RFC3339))
		at = next
	}
	return &view, nil
}

func (v *scheduleView) WriteText(w io.Writer) error {
	line(w, "publishers fit by a schedule in their configuration:\n\n%s\nIt falls next, in %s, at", v.YAML, v.zone)
	for _, next := range v.Next {
		line(w, "  %s", next)
	}
	switch v.Configured {
	case "":
		line(w, "\nnow nothing is scheduled")
	case v.Cron:
		line(w, "\nand so it is configured")
	default:
		line(w, "\nnow %q is configured", v.Configured)
	}
	return nil
}
