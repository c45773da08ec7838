package main

import (
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/clvstream/clvstream/internal/cli"
	"github.com/clvstream/clvstream/internal/customerview"
)

func newWhatIf() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "whatif CUSTOMER",
		Short: "Show what an order, a refund, a cancel, churn or silence would do to a customer",
		Long: `Reads the customer from Redis and applies events that have not happened to a copy,
as the live path would: decoded by the same rules, what is due before each event
fired first. It shows the customer with and without them, and the changes that
would be announced, the silence until then included. Nothing is written.

Without and with are as of the last event, or of now if that is later, and of the
end of --silence where that is given.

Amounts are in major units of business.currency. TIME is
` + customerview.TimeHelp + `;
where it is left out it is now. A new order is called ` + newOrderPrefix + `1, the next ` + newOrderPrefix + `2, so
that --of and --cancel can name it. An event that the live path would refuse is
shown as refused, with its reason (docs/events.md): it would be a dead letter.`,
		Example: `  clvstream whatif c42 --order 50.00@2026-12-24
  clvstream whatif c42 --order 120 --refund 20.00@2027-01-10 --of whatif-1
  clvstream whatif c42 --cancel o-1 --json
  clvstream whatif c42 --silence 90
  clvstream whatif c42 --churn 2026-12-31 --silence 2027-06-30`,
	}
	f := addWhatIfFlags(cmd)
	cmd.PreRunE = func(*cobra.Command, []string) error { return cli.Usage(f.check()) }
	return customerCommand(cmd, f.ask, printWhatIf)
}

// ask tries the events of the flags.
func (f *whatIfFlags) ask(c *customerview.Customer) (customerview.WhatIf, error) {
	events, err := f.events(c)
	if err != nil {
		return customerview.WhatIf{}, cli.Usage(err)
	}
	untilMicros, err := f.until(c, events)
	if err != nil {
		return customerview.WhatIf{}, cli.Usage(err)
	}
	return c.WhatIf(events, untilMicros)
}

func printWhatIf(out io.Writer, v *customerview.WhatIf) error {
	fmt.Fprintf(out, "customer %s, amounts in %s\n", v.CustomerID, v.Currency)
	for i := range v.Events {
		e := &v.Events[i]
		text := e.At + " " + occurrenceText(&e.Occurrence)
		if e.Refused != nil {
			text += ": refused as " + e.Refused.Reason + " (" + e.Refused.Detail + ")"
		}
		fmt.Fprintln(out, text)
	}
	header, sides := sidesOf(v)
	var rows [][]string
	for i, line := range sideLines(sides[0]) {
		row := []string{line[0]}
		for _, side := range sides {
			row = append(row, sideLines(side)[i][1])
		}
		if strings.Join(row[1:], "") != "" {
			rows = append(rows, row)
		}
	}
	fmt.Fprintln(out)
	if err := table(out, append([]string{""}, header...), rows); err != nil {
		return err
	}
	fmt.Fprintln(out)
	return printChanges(out, v.Changes)
}

// sidesOf are the columns worth showing: without events there is nothing to be
// without, and without time gone by now is as good.
func sidesOf(v *customerview.WhatIf) (header []string, sides []*customerview.Side) {
	switch {
	case len(v.Events) == 0:
		return []string{"NOW", "THEN"}, []*customerview.Side{&v.Now, &v.With}
	case v.Now.AsOf == v.Without.AsOf:
		return []string{"WITHOUT", "WITH"}, []*customerview.Side{&v.Without, &v.With}
	default:
		return []string{"NOW", "WITHOUT", "WITH"}, []*customerview.Side{&v.Now, &v.Without, &v.With}
	}
}

// sideLines are the lines of the comparison, by name; empty where a side has nothing
// to say.
func sideLines(v *customerview.Side) [][2]string {
	var stage, silence, tier, missing, toCAC, brings string
	next := "nothing"
	if v.Stage != nil {
		stage = v.Stage.Current
		silence = fmt.Sprintf("%d days (quantile %s)", v.Stage.SilenceDays, float(v.Stage.SilenceQuantile))
	}
	if v.Tier != nil {
		tier = orElse(v.Tier.Current, "none")
		if v.Tier.Next != nil {
			missing = *v.Tier.Distance + " to " + *v.Tier.Next
		}
	}
	if v.Acquisition != nil && v.Acquisition.CLVToCAC != nil {
		toCAC = float(*v.Acquisition.CLVToCAC)
	}
	if v.Next != nil {
		next, brings = v.Next.At, strings.Join(v.Next.Brings, ", ")
	}
	return [][2]string{
		{"as of", v.AsOf}, {"status", v.Status},
		{"CLV", v.CLV}, {"  historic", v.Historic}, {"  predicted", v.Predicted}, {"  residual", v.Residual},
		{"P(alive)", float(v.PAlive)}, {"expected orders", float(v.ExpectedOrders)}, {"orders", strconv.Itoa(v.Orders)},
		{"stage", stage}, {"  silence", silence}, {"tier", tier}, {"  to the next", missing}, {"CLV:CAC", toCAC},
		{"next", next}, {"  brings", brings},
	}
}

func printChanges(out io.Writer, changes []customerview.Change) error {
	if len(changes) == 0 {
		fmt.Fprintln(out, "no change would be announced")
		return nil
	}
	fmt.Fprintln(out, "would be announced:")
	rows := make([][]string, len(changes))
	for i := range changes {
		c := &changes[i]
		rows[i] = []string{strconv.FormatUint(c.Version, 10), c.AsOf, c.Reason, c.Previous + " -> " + c.Current, strings.Join(c.Brings, ", ")}
	}
	return table(out, []string{"VERSION", "AS OF", "REASON", "CLV", ""}, rows)
}
