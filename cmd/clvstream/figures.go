package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/clvstream/clvstream/clv/calendar"
	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/clv/statistics"
	"github.com/clvstream/clvstream/internal/cli"
	"github.com/clvstream/clvstream/internal/config"
	"github.com/clvstream/clvstream/internal/figures"
	"github.com/clvstream/clvstream/internal/inforce"
	"github.com/clvstream/clvstream/internal/terminal"
)

// baseHelp is the part of the help that all commands about the base share.
const baseHelp = `

The figures are updated with every commit and read in one call per shard; no customer
is read. Amounts are in business.currency. Values of silent customers are counted anew
within awake.refresh: what adds up values says how old they are. docs/statistics.md explains each figure.`

// shown is a figure and its text.
type shown struct {
	figures.Figure
	caption string // of the text, where there are customers
	values  bool   // it adds up values, and says how old they are
	text    func(out io.Writer, charts bool) error
}

// baseCommand completes a command that shows a figure, as text, JSON or CSV.
func baseCommand(cmd *cobra.Command, ask func(*figures.Base) (shown, error)) *cobra.Command {
	cmd.Long += baseHelp
	cmd.Args = cli.NoArguments
	asJSON := jsonFlag(cmd)
	asCSV := cmd.Flags().Bool("csv", false, "print comma-separated values with a header line")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if *asJSON && *asCSV {
			return cli.Usage(errors.New("--json and --csv exclude each other: give one"))
		}
		b, a, err := askBase(cmd, ask)
		if err != nil {
			return err
		}
		switch out := cmd.OutOrStdout(); {
		case *asJSON:
			return printJSON(out, a.Figure)
		case *asCSV:
			return a.Sheet().Write(out)
		default:
			if a.values && b.Everybody().Sums().Customers > 0 {
				fmt.Fprint(out, b.AgeInWords(), "\n\n")
			}
			if a.caption != "" && b.Everybody().Sums().Customers > 0 {
				fmt.Fprintln(out, a.caption)
			}
			return a.text(out, terminal.Is(out))
		}
	}
	return cmd
}

// askBase asks for a figure of the statistics of the configured deployment.
func askBase(cmd *cobra.Command, ask func(*figures.Base) (shown, error)) (*figures.Base, shown, error) {
	cfg, from, err := load(cmd)
	if err != nil {
		return nil, shown{}, err
	}
	s, err := connect(cmd.Context(), cfg, from, needValues)
	if err != nil {
		return nil, shown{}, err
	}
	defer s.close()
	b, err := s.base(cmd.Context())
	if err != nil {
		return nil, shown{}, err
	}
	b.HorizonDays = func() (float64, error) {
		model, err := inforce.Resolver{Config: s.cfg}.ModelInForce(cmd.Context(), s.store)
		if err != nil {
			return 0, err
		}
		return model.Model.Predict(history.Facts{PurchaseDays: 1}).HorizonDays, nil
	}
	a, err := ask(b)
	var unknown figures.TraitError
	if errors.As(err, &unknown) {
		err = cli.Usage(fmt.Errorf("--by %w", err))
	}
	return b, a, err
}

// base is all of it that takes no model.
func (s *system) base(ctx context.Context) (*figures.Base, error) {
	refreshed, err := s.store.RefreshedMicros(ctx) // first: what is read then is of a later pass at the most
	if err != nil {
		return nil, err
	}
	read, err := s.store.Statistics(ctx)
	if err != nil {
		return nil, err
	}
	days := calendar.NewCalendar(s.cfg.Business.TimeZone)
	return &figures.Base{
		Statistics: read, Currency: s.cfg.Business.Currency, Tiers: s.cfg.Tiers.Borders,
		Calendar: days, Today: days.Day(time.Now().UnixMicro()),
		RefreshedMicros: slices.Min(refreshed), Refreshes: s.cfg.Awake.Refresh > 0 && s.cfg.Awake.Mode != config.AwakeOff,
	}, nil
}

// question is a figure that can be asked for the whole base and for each group.
type question[V figures.Figure] struct {
	of      func(*figures.Base, *statistics.Figures) V
	caption string
	values  bool // as in shown
	text    func(out io.Writer, v *V, charts bool) error
	groups  func(out io.Writer, v *figures.Groups[V], charts bool) error // nil: one after another
}

// groupsHelp is what --by means for every figure.
const groupsHelp = `

--by shows each group of customers instead of the whole base. A customer counts in
their present group, with their whole history.`

// figureCommand completes a command that shows a figure of the whole base or, with
// --by, of each group.
func figureCommand[V figures.Figure](cmd *cobra.Command, q question[V]) *cobra.Command {
	by := byFlag(cmd, "", "show groups")
	cmd.Long += groupsHelp
	return baseCommand(cmd, func(b *figures.Base) (shown, error) { return q.ask(b, *by) })
}

// ask answers for the groups of a trait or, without one, for the whole base.
func (q question[V]) ask(b *figures.Base, by string) (shown, error) {
	if by == "" {
		v := q.of(b, b.Everybody())
		return shown{v, q.caption, q.values, func(out io.Writer, charts bool) error { return q.text(out, &v, charts) }}, nil
	}
	groups, err := figures.GroupsOf(b, by, func(f *statistics.Figures) V { return q.of(b, f) })
	return shown{groups, q.caption, q.values, func(out io.Writer, charts bool) error { return q.printGroups(out, &groups, charts) }}, err
}

// byFlag adds --by, which asks for groups.
func byFlag(cmd *cobra.Command, otherwise, usage string) *string {
	by := cmd.Flags().String("by", otherwise, usage+" by `trait`: "+strings.Join(figures.Traits, ", "))
	_ = cmd.RegisterFlagCompletionFunc("by", cobra.FixedCompletions(figures.Traits, cobra.ShellCompDirectiveNoFileComp))
	return by
}

func (q *question[V]) printGroups(out io.Writer, groups *figures.Groups[V], charts bool) error {
	switch {
	case len(groups.Segments) == 0:
		fmt.Fprintln(out, nobody)
		return nil
	case q.groups != nil:
		return q.groups(out, groups, charts)
	}
	for i := range groups.Segments {
		if i > 0 {
			fmt.Fprintln(out)
		}
		group := &groups.Segments[i]
		fmt.Fprintf(out, "%s %s\n", strings.ToUpper(groups.By), terminal.Printable(group.Name))
		if err := q.text(out, &group.Figure, charts); err != nil {
			return err
		}
	}
	return nil
}

// monthsFlag limits a figure to so many months; 0: all.
func monthsFlag(cmd *cobra.Command, otherwise int, usage string) *int {
	months := new(int)
	cli.Int(cmd.Flags(), months, "months", otherwise, 0, cli.NoBound, usage)
	return months
}

// What is printed if there is nothing to show.
const (
	nobody       = "there are no customers yet"
	nobodyBought = "no customer has bought yet"
)

// cells are the values of a row.
func cells(values ...any) []string {
	row := make([]string, len(values))
	for i, v := range values {
		row[i] = fmt.Sprint(v)
	}
	return row
}

func inPercent(share float64) string { return fmt.Sprintf("%.1f %%", 100*share) }
