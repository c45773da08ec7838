package main

import (
	"cmp"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/clvstream/clvstream/internal/cli"
	"github.com/clvstream/clvstream/internal/customerview"
	"github.com/clvstream/clvstream/stream/change"
)

func newWhatIf() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "whatif CUSTOMER",
		Short: "Show how an order, a refund, a cancel, churn or silence would change a customer",
		Long: `Reads the customer from Redis and applies hypothetical events to a copy, as the live
path would: decoded by the same rules, with due times before each event fired first.
It shows the customer with and without the events, and the changes that would be
announced up to then, due times included. Nothing is written.

Both are as of the last event, or of now if that is later, or of the end of --silence.

Amounts are in major units of business.currency. TIME is
` + customerview.TimeHelp + `;
the default is now. A new order has the id ` + newOrderPrefix + `1, the next ` + newOrderPrefix + `2, so
that --of and --cancel can name it. An event that the live path would refuse is
shown as refused, with its reason (docs/events.md): it would become a dead letter.`,
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

func printWhatIf(out io.Writer, v *customerview.WhatIf, at clock) error {
	fmt.Fprintf(out, "customer %s, amounts in %s, %s\n", v.CustomerID, v.Currency, at.zone())
	for i := range v.Events {
		e := &v.Events[i]
		text := at.column(e.At) + " " + occurrenceText(&e.Occurrence)
		if e.Refused != nil {
			text += ": refused as " + e.Refused.Reason + " (" + e.Refused.Detail + ")"
		}
		fmt.Fprintln(out, text)
	}
	header, sides := sidesOf(v)
	var rows [][]string
	for i, line := range sideLines(sides[0], at) {
		row := []string{line[0]}
		for _, side := range sides {
			row = append(row, sideLines(side, at)[i][1])
		}
		if strings.Join(row[1:], "") != "" {
			rows = append(rows, row)
		}
	}
	fmt.Fprintln(out)
	if err := table(out, append([]string{""}, header...), rows, texts(header...)); err != nil {
		return err
	}
	fmt.Fprintln(out)
	return printChanges(out, v.Changes, at)
}

// sidesOf are the columns to show: without events there is no "without", and if no
// time passes, "now" equals it.
func sidesOf(v *customerview.WhatIf) (header []string, sides []change.Values) {
	switch {
	case len(v.Events) == 0:
		return []string{"NOW", "THEN"}, []change.Values{v.Now, v.With}
	case v.Now.Text("as_of") == v.Without.Text("as_of"):
		return []string{"WITHOUT", "WITH"}, []change.Values{v.Without, v.With}
	default:
		return []string{"NOW", "WITHOUT", "WITH"}, []change.Values{v.Now, v.Without, v.With}
	}
}

// sideLines are the lines of the comparison, by name; empty where a side has no value.
func sideLines(v change.Values, at clock) [][2]string {
	var silence, tier, missing string
	quantile := figure(v, "stage.silence_quantile")
	if quantile != "" {
		silence = v.Text("stage.silence_days")
	}
	if v.Text("tier.approaching") != "" {
		tier = cmp.Or(v.Text("tier.current"), "none")
	}
	if next := v.Text("tier.next"); next != "" {
		missing = v.Text("tier.distance") + " to " + next
	}
	return [][2]string{
		{"as of", at.column(v.Text("as_of"))}, {"status", v.Text("status")},
		{"CLV", v.Text("clv.current")}, {"  historic", v.Text("clv.historic")}, {"  predicted", v.Text("clv.predicted")}, {"  residual", v.Text("clv.residual")},
		{"P(alive)", cmp.Or(figure(v, "p_alive"), "-")}, {"expected orders", figure(v, "expected_orders")}, {"orders", v.Text("orders")},
		{"stage", v.Text("stage.current")}, {"  silent days", silence}, {"  quantile", quantile}, {"tier", tier}, {"  to the next", missing}, {"CLV:CAC", figure(v, "acquisition.clv_to_cac")},
		{"next", cmp.Or(at.column(v.Text("next_due.at")), "nothing")}, {"  brings", bringsText(v, "next_due.brings")},
	}
}

func bringsText(v change.Values, path string) string {
	return strings.Join(change.As[[]string](v, path), ", ")
}

func printChanges(out io.Writer, changes []change.Values, at clock) error {
	if len(changes) == 0 {
		fmt.Fprintln(out, "no change would be announced")
		return nil
	}
	fmt.Fprintln(out, "would be announced:")
	rows := make([][]string, len(changes))
	for i, c := range changes {
		rows[i] = []string{c.Text("version"), at.column(c.Text("as_of")), c.Text("reason"), c.Text("clv.previous") + " -> " + c.Text("clv.current"), bringsText(c, "brings")}
	}
	return table(out, []string{"VERSION", "AS OF", "REASON", "CLV", "BRINGS"}, rows, texts("BRINGS"))
}
