package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/clvstream/clvstream/clv/calendar"
	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/clv/standing"
	"github.com/clvstream/clvstream/clv/statistics"
	"github.com/clvstream/clvstream/internal/terminal"
)

// traits are what customers can be told apart by.
var traits = []struct {
	name  string
	trait statistics.Trait
}{
	{"channel", statistics.ByChannel}, {"tier", statistics.ByTier}, {"cohort", statistics.ByCohort}, {"stage", statistics.ByStage}, {"status", statistics.ByStatus},
}

func traitNames() (names []string) {
	for _, trait := range traits {
		names = append(names, trait.name)
	}
	return names
}

// byFlag asks for groups instead of everybody.
func byFlag(cmd *cobra.Command, otherwise, usage string) *string {
	by := cmd.Flags().String("by", otherwise, usage+" by `trait`: "+strings.Join(traitNames(), ", "))
	_ = cmd.RegisterFlagCompletionFunc("by", cobra.FixedCompletions(traitNames(), cobra.ShellCompDirectiveNoFileComp))
	return by
}

func parseTrait(by string) (statistics.Trait, error) {
	for _, trait := range traits {
		if trait.name == by {
			return trait.trait, nil
		}
	}
	return 0, fmt.Errorf("--by %q: want %s", by, strings.Join(traitNames(), ", "))
}

// groupsHelp is what --by means for whatever is shown.
const groupsHelp = `

--by shows each group of customers instead of everybody: they are told apart by
where they are now, and counted with their whole lives.`

// view is how a command shows figures.
type view struct {
	// check is asked first; nil: nothing can be wrong.
	check func() error
	of    func(*base, *statistics.Figures) shown
	// beside shows groups beside one another, where people read; nil: one after
	// another.
	beside func(b *base, by string, groups []segment, out io.Writer, charts bool) error
}

// segment is a group of customers as it is shown.
type segment struct {
	name string
	*statistics.Figures
	shown
}

// figuresCommand completes a command that shows the figures of everybody, or those
// of groups.
func figuresCommand(cmd *cobra.Command, v view) *cobra.Command {
	by := byFlag(cmd, "", "show groups, told apart")
	cmd.Long += groupsHelp
	return statisticsCommand(cmd, func(b *base) (shown, error) {
		if v.check != nil {
			if err := v.check(); err != nil {
				return shown{}, err
			}
		}
		if *by == "" {
			return v.of(b, b.Everybody()), nil
		}
		trait, err := parseTrait(*by)
		if err != nil {
			return shown{}, err
		}
		return b.grouped(*by, trait, v), nil
	})
}

// checkMonths refuses what is no number of months.
func checkMonths(months int) error {
	if months < 0 {
		return errors.New("--months wants a number of months, or 0 for all")
	}
	return nil
}

type groupsView struct {
	By       string      `json:"by"`
	Segments []groupView `json:"segments"`
}

// groupView is what a command says of everybody, with the group's name before it.
type groupView struct {
	name    string
	figures any
}

// MarshalJSON puts the name first among the fields of the figures.
func (v groupView) MarshalJSON() ([]byte, error) {
	name, err := json.Marshal(v.name)
	if err != nil {
		return nil, err
	}
	figures, err := json.Marshal(v.figures)
	if err != nil {
		return nil, err
	}
	return append(append([]byte(`{"segment":`), name...), append([]byte{','}, figures[1:]...)...), nil
}

func (b *base) grouped(by string, trait statistics.Trait, v view) shown {
	var groups []segment
	all := groupsView{By: by, Segments: []groupView{}}
	none := v.of(b, &statistics.Figures{})
	csv := sheet{header: append([]string{by}, none.csv.header...)}
	for _, of := range b.By(trait) {
		one := segment{b.groupName(of.Group), of.Figures, v.of(b, of.Figures)}
		groups = append(groups, one)
		all.Segments = append(all.Segments, groupView{one.name, one.json})
		for _, row := range one.csv.rows {
			csv.add(append([]string{one.name}, row...)...)
		}
	}
	return shown{json: all, csv: csv, caption: none.caption, text: func(out io.Writer, charts bool) error {
		switch {
		case len(groups) == 0:
			_, err := fmt.Fprintln(out, nobody)
			return err
		case v.beside != nil:
			return v.beside(b, by, groups, out, charts)
		default:
			return oneAfterAnother(by, groups, out, charts)
		}
	}}
}

func oneAfterAnother(by string, groups []segment, out io.Writer, charts bool) error {
	for i := range groups {
		if i > 0 {
			fmt.Fprintln(out)
		}
		fmt.Fprintf(out, "%s %s\n", strings.ToUpper(by), terminal.Printable(groups[i].name))
		if err := groups[i].text(out, charts); err != nil {
			return err
		}
	}
	return nil
}

// groupName is what a group shares.
func (b *base) groupName(group statistics.Group) string {
	switch group.Trait {
	case statistics.ByStatus:
		return history.Status(group.Key).String()
	case statistics.ByStage:
		return standing.Stage(group.Key).String()
	case statistics.ByTier:
		return b.tierName(group.Key)
	case statistics.ByCohort:
		if calendar.Month(group.Key) == statistics.NoCohort {
			return "none"
		}
		return calendar.Month(group.Key).String()
	default:
		if group.Channel == "" {
			return "none"
		}
		return group.Channel
	}
}
