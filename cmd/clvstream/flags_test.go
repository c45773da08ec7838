package main

import (
	"os"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/clvstream/clvstream/internal/cli"
	"github.com/clvstream/clvstream/internal/process"
)

// Every flag that is a number or a duration says its range and refuses what is outside, in
// each command of each program.
func TestNumbersAndDurationsHaveARange(t *testing.T) {
	checked := map[string]bool{}
	var check func(cmd *cobra.Command)
	check = func(cmd *cobra.Command) {
		look := func(f *pflag.Flag) {
			if f.Name == "help" || f.Name == "version" || !counts(f.Value.Type()) {
				return
			}
			name := cmd.CommandPath() + " --" + f.Name
			if ranged, ok := f.Value.(cli.Ranged); !ok || ranged.Range() == "" {
				t.Errorf("%s is a %s without a range: add it with cli.Int, Float, Above, Duration or Seed", name, f.Value.Type())
			}
			checked[name] = true
		}
		cmd.LocalFlags().VisitAll(look)
		cmd.InheritedFlags().VisitAll(look)
		for _, sub := range cmd.Commands() {
			check(sub)
		}
	}
	signals := make(chan os.Signal)
	for _, root := range []*cobra.Command{newRoot(), process.Command(process.Consumer, signals), process.Command(process.Publisher, signals)} {
		check(root)
	}
	for _, name := range []string{"clvstream redrive --timeout", "clvstream top --share", "clvstream explain --t_x", "clvstream fit --horizon-days", "clvstream simulate --seed"} {
		if !checked[name] {
			t.Errorf("%s was not checked", name)
		}
	}
}

// counts says whether a flag's type is one of numbers or durations: pflag's own, those of
// cli, and those of the settings.
func counts(kind string) bool {
	for _, of := range []string{"int", "float", "duration", "count", "number", "decimal", "size"} {
		if strings.Contains(kind, of) {
			return true
		}
	}
	return false
}

// Flags out of their range are wrong usage, and the error says the range.
func TestFlagsOutOfRange(t *testing.T) {
	for args, want := range map[string]string{
		"demo --for -5s":           `"--for" flag: want 0s to 3h`,
		"top --share 2e2":          `"--share" flag: want above 0, up to 100`,
		"redrive --timeout 0s":     `"--timeout" flag: want 1s to 24h`,
		"redrive --timeout -1m":    `"--timeout" flag: want 1s to 24h`,
		"redrive --timeout soon":   `"--timeout" flag: is no duration`,
		"fit --horizon-days NaN":   `"--horizon-days" flag: want above 0, up to 36525`,
		"fit --discount 11":        `"--discount" flag: want 0 to 10`,
		"fit --margin -Inf":        `"--margin" flag: want 0 to 1`,
		"fit --cohort -1":          `"--cohort" flag: want 0 to 1e+12`,
		"backtest --period 0":      `"--period" flag: want above 0, up to 36525`,
		"explain --x -1":           `"--x" flag: want 0 to 366000`,
		"explain --first NaN":      `"--first" flag: want 0 to 1e+09`,
		"simulate --seed -1":       `"--seed" flag: is no uint64`,
		"simulate --day-seconds 0": `"--day-seconds" flag: want 1e-06 to 86400`,
	} {
		out, errs, status := command(t, strings.Fields(args)...)
		if status != cli.StatusUsage || !strings.Contains(errs, want) || out != "" {
			t.Errorf("%s: status %d, want 2 and %q in: %s%s", args, status, want, out, errs)
		}
	}
}
