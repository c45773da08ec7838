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

// scheduleView is when a publisher fits, and the configuration for it.
type scheduleView struct {
	Cron       string   `json:"cron"`
	Configured string   `json:"configured"` // the configured schedule; empty: none
	Next       []string `json:"next"`
	YAML       string   `json:"yaml"`

	clock clock
}

// showSchedule shows the next times of a schedule and how to configure it. A publisher
// fits by it: a waiting command would need supervision of its own.
func (f *fitFlags) showSchedule(cfg config.Config) (answer, error) {
	refit := cfg.Model.Refit
	refit.Cron = f.schedule
	if err := refit.Check(); err != nil {
		return nil, cli.Usage(fmt.Errorf("--schedule: %w", err))
	}
	if err := calibrate.CheckModel(f.model, append([]string{calibrate.Auto}, catalog.Names(model.KindPurchases)...)...); err != nil {
		return nil, cli.Usage(fmt.Errorf("--model: %w", err))
	}
	view := scheduleView{clock: clockOf(cfg), Cron: f.schedule, Configured: cfg.Model.Refit.Cron, YAML: fmt.Sprintf(
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
	line(w, "the publisher with lane 0 fits by the schedule in its configuration:\n\n%s\nThe next times, in %s:", v.YAML, v.clock.Location())
	for _, next := range v.Next {
		line(w, "  %s", v.clock.column(next))
	}
	switch v.Configured {
	case "":
		line(w, "\nno schedule is configured now")
	case v.Cron:
		line(w, "\nthis schedule is configured")
	default:
		line(w, "\n%q is configured now", v.Configured)
	}
	return nil
}
