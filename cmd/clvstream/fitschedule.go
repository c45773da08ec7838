package main

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/spf13/cobra"

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
}

// showSchedule says when a schedule falls and how it is configured. Fitting by it
// is the publishers' work: a command that waits would have to be watched.
func (f *fitFlags) showSchedule(cmd *cobra.Command, cfg config.Config) error {
	refit := cfg.Model.Refit
	refit.Cron = f.schedule
	if err := refit.Check(); err != nil {
		return cli.Usage(fmt.Errorf("--schedule: %w", err))
	}
	if err := calibrate.CheckModel(f.model, slices.Concat([]string{"auto"}, calibrate.Models)...); err != nil {
		return cli.Usage(fmt.Errorf("--model: %w", err))
	}
	view := scheduleView{Cron: f.schedule, Configured: cfg.Model.Refit.Cron, YAML: fmt.Sprintf(
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
	if *f.json {
		return printJSON(cmd.OutOrStdout(), view)
	}
	line(cmd.OutOrStdout(), "publishers fit by a schedule in their configuration:\n\n%s\nIt falls next, in %s, at", view.YAML, cfg.Business.TimeZone)
	for _, next := range view.Next {
		line(cmd.OutOrStdout(), "  %s", next)
	}
	switch view.Configured {
	case "":
		line(cmd.OutOrStdout(), "\nnow nothing is scheduled")
	case view.Cron:
		line(cmd.OutOrStdout(), "\nand so it is configured")
	default:
		line(cmd.OutOrStdout(), "\nnow %q is configured", view.Configured)
	}
	return nil
}
