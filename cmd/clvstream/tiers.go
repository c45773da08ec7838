package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/clvstream/clvstream/clv/standing"
	"github.com/clvstream/clvstream/internal/assembly"
	"github.com/clvstream/clvstream/internal/cli"
	"github.com/clvstream/clvstream/internal/config"
	"github.com/clvstream/clvstream/internal/figures"
	"github.com/clvstream/clvstream/state"
)

func newTiers() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "tiers",
		Short: "Show the borders of tiers, and recompute those by percentile",
	}
	group(cmd)
	cmd.AddCommand(newTiersList(), newTiersCut())
	return cmd
}

func newTiersList() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "list",
		Short: "Show the borders of the tiers",
		Args:  cli.NoArguments,
	}
	asJSON := jsonFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		cfg, from, err := load(cmd)
		if err != nil {
			return err
		}
		s, err := connect(cmd.Context(), cfg, from, needValues)
		if err != nil {
			return err
		}
		defer s.close()
		active, err := s.store.Active(cmd.Context())
		if err != nil {
			return err
		}
		return s.showTiers(cmd, active.Cut, false, *asJSON)
	}
	return cmd
}

func newTiersCut() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "cut [NAME=PERCENTILE...]",
		Short: "Recompute the borders of tiers by percentile",
		Long: `Computes the borders of the tiers that tiers.borders gives by percentile, from the
stored statistics (no customer is read), and puts them into force in every consumer
and publisher at once. A customer with an event is placed by them immediately, all
others within --over. A change of tier is announced with the reason "tier". Between
two cuts the borders stay the same.

A percentile is the share of customers below a tier: 80 is the top 20 %. The error of
a border is that of the histogram of CLV (see docs/statistics.md).

With names and percentiles as arguments, it only shows where such tiers would begin.`,
		Example: "  clvstream tiers cut --over 6h\n  clvstream tiers cut --dry-run\n  clvstream tiers cut silver=50 gold=80",
	}
	var over time.Duration
	var dryRun bool
	cli.Duration(cmd.Flags(), &over, "over", 0, 0, longestSpan, "the `span` over which customers without an event are placed by the new borders, such as 6h; default: tiers.cut.span")
	cmd.Flags().BoolVar(&dryRun, "dry-run", false, "show where the tiers would begin, and change nothing")
	asJSON := jsonFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		cfg, from, err := load(cmd)
		if err != nil {
			return err
		}
		if cmd.Flags().Changed("over") {
			cfg.Tiers.Cut.Span = over
		}
		if len(args) > 0 {
			dryRun = true
			if cfg.Tiers.Borders, err = parsePercentiles(args); err != nil {
				return cli.Usage(err)
			}
		}
		return cutTiers(cmd, cfg, from, dryRun, *asJSON)
	}
	return cmd
}

func cutTiers(cmd *cobra.Command, cfg config.Config, from config.Provenance, dryRun, asJSON bool) error {
	s, err := connect(cmd.Context(), cfg, from, needValues)
	if err != nil {
		return err
	}
	defer s.close()
	job, err := assembly.TierCut(s.cfg, s.store)
	if err != nil {
		return cli.Usage(err)
	}
	var borders []int64
	var a state.Activation
	var changed bool
	if dryRun {
		borders, err = job.Borders(cmd.Context())
	} else {
		a, changed, err = job.Run(cmd.Context())
	}
	switch {
	case errors.Is(err, standing.ErrNoPercentiles):
		return cli.Usage(fmt.Errorf("%w: give tiers.borders percentiles; or give some as arguments, such as silver=50 gold=80, to see where they would begin", err))
	case err != nil:
		return err
	case dryRun:
		err = s.previewTiers(cmd, borders, asJSON)
	default:
		err = s.showTiers(cmd, a.Cut, changed, asJSON)
	}
	if err != nil || asJSON {
		return err
	}
	b, err := s.base(cmd.Context())
	if err == nil {
		line(cmd.OutOrStdout(), "# %s", b.AgeInWords())
	}
	return err
}

// parsePercentiles reads NAME=PERCENTILE.
func parsePercentiles(args []string) (borders []config.TierBorder, err error) {
	for _, arg := range args {
		name, text, ok := strings.Cut(arg, "=")
		percentile, err := strconv.ParseFloat(text, 64)
		switch {
		case !ok || name == "" || err != nil || !(percentile > 0 && percentile < 100):
			return nil, fmt.Errorf("%q: want NAME=PERCENTILE, such as gold=80, with a percentile above 0 and below 100", arg)
		case len(borders) > 0 && percentile <= borders[len(borders)-1].Percentile:
			return nil, fmt.Errorf("%q does not begin above %s: give the tiers from the lowest to the highest", arg, borders[len(borders)-1].Name)
		case slices.ContainsFunc(borders, func(b config.TierBorder) bool { return b.Name == name }):
			return nil, fmt.Errorf("two tiers have the name %s", name)
		}
		borders = append(borders, config.TierBorder{Name: name, Percentile: percentile})
	}
	return borders, nil
}

// previewTiers prints borders as configuration.
func (s *system) previewTiers(cmd *cobra.Command, bordersMinor []int64, asJSON bool) error {
	view, err := figures.TiersOf(s.cfg.Tiers.Borders, bordersMinor, s.cfg.Business.Currency)
	if err != nil {
		return err
	}
	if asJSON {
		return printJSON(cmd.OutOrStdout(), view)
	}
	texts := make([]string, len(view.Tiers))
	for i, b := range view.Tiers {
		texts[i] = fmt.Sprintf("{name: %s, from: %s}", b.Name, *b.From)
	}
	line(cmd.OutOrStdout(), "tiers:\n  borders: [%s]", strings.Join(texts, ", "))
	return nil
}

// showTiers prints the tiers in force, and how many customers are placed by them.
func (s *system) showTiers(cmd *cobra.Command, cut state.Cut, changed, asJSON bool) error {
	bordersMinor, err := cut.FromMinor()
	if err != nil {
		return err
	}
	view, err := figures.TiersOf(s.cfg.Tiers.Borders, bordersMinor, s.cfg.Business.Currency)
	if err != nil {
		return fmt.Errorf("%w: run `clvstream tiers cut`", err)
	}
	if view.ByPercentile() && cut.Number > 0 {
		if view.Cut, err = s.cut(cmd.Context(), cut.Number, changed); err != nil {
			return err
		}
	}
	if asJSON {
		return printJSON(cmd.OutOrStdout(), view)
	}
	return printTiers(cmd.OutOrStdout(), &view, clockOf(s.cfg))
}

// cut reads when the tiers were cut, and what share of the customers is placed by it.
func (s *system) cut(ctx context.Context, number uint64, changed bool) (*figures.Cut, error) {
	registry, err := s.store.Registry(ctx)
	if err != nil {
		return nil, err
	}
	moving, err := s.store.Moving(ctx, registry.Active().Number)
	if err != nil {
		return nil, err
	}
	view := &figures.Cut{Number: number, Changed: changed}
	for _, a := range registry.Activations {
		if a.Number == number {
			view.At = instant(a.AtMicros)
		}
	}
	var customers int64
	for _, n := range moving.Customers {
		customers += n
	}
	if customers > 0 {
		view.Progress = math.Min(100, 100*float64(moving.Met)/float64(customers))
	}
	return view, nil
}

func printTiers(w io.Writer, v *figures.Tiers, at clock) error {
	var rows [][]string
	for _, t := range v.Tiers {
		from, above := "not cut yet", ""
		if t.From != nil {
			from = *t.From + " " + v.Currency
		}
		if t.Percentile > 0 {
			above = strconv.FormatFloat(t.Percentile, 'f', -1, 64) + " %"
		}
		rows = append(rows, []string{t.Name, from, above})
	}
	if len(rows) == 0 {
		line(w, "no tiers are configured (tiers.borders)")
		return nil
	}
	if err := table(w, []string{"TIER", "FROM", "ABOVE"}, rows, ids("TIER")); err != nil {
		return err
	}
	switch {
	case v.Cut != nil:
		line(w, "\ncut at %s (activation %d); %.0f %% of the customers are placed by it", at.sentence(v.Cut.At), v.Cut.Number, v.Cut.Progress)
	case v.ByPercentile():
		line(w, "\ncustomers have no tier until the first cut: run `clvstream tiers cut`")
	}
	return nil
}
