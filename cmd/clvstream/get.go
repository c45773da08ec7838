package main

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/clvstream/clvstream/clv"
	"github.com/clvstream/clvstream/internal/cli"
	"github.com/clvstream/clvstream/internal/customerview"
)

func newGet() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "get CUSTOMER",
		Short: "Show what a customer is worth, where they stand and what comes next, now or as of another time",
		Long: `Reads the customer from Redis and values them as of now, or of --at, by the model
in force. What was announced is shown beside it. Nothing is written.

After the customer's latest event, what comes due until the instant is fired
virtually, as the publisher would fire it: this also answers for a time to come.

Before it, the customer is rebuilt from the ledger, which holds the orders of the
last two latenesses (business.lateness_days) one by one. Older ones are sealed into
sums, which can not be taken apart: an instant before the last sealed order is
refused. What is not known of an instant is said: an order's versions but the last,
the time of day of a cancel, words on churn and cost but the last.

TIME is ` + customerview.TimeHelp + `.`,
		Example: `  clvstream get c42 --redis 127.0.0.1:6379
  clvstream get c42 --at 2026-12-24 --json
  clvstream get c42 --at 2026-03-14T09:26:53Z`,
	}
	at := timeFlag(cmd, "at", "show the customer as of this `TIME`")
	return customerCommand(cmd, func(c *customerview.Customer) (customerview.View, error) {
		atMicros, err := c.ParseInstant(*at)
		if err != nil {
			return customerview.View{}, cli.Usage(fmt.Errorf("--at %w", err))
		}
		v, err := c.AsOf(atMicros)
		var sealed *clv.SealedError
		if errors.As(err, &sealed) {
			err = fmt.Errorf("customer %q as of %s: %w; ask from then on: what is older is in the log alone, which `clvstream verify` reads from its start",
				c.ID, instant(atMicros), sealed)
		}
		return v, err
	}, printView)
}

func printView(out io.Writer, v *customerview.View) error {
	rows := [][]string{
		{"customer", v.CustomerID + " (" + v.Status + ")"},
		{"as of", v.AsOf},
		{"CLV", v.CLV + " " + v.Currency},
		{"  historic", v.Historic},
		{"  predicted", v.Predicted},
		{"P(alive)", float(v.PAlive)},
		{"expected orders", float(v.ExpectedOrders)},
		{"orders", fmt.Sprintf("%d on %d days, revenue %s", v.Orders, v.PurchaseDays, v.Revenue)},
		{"days", fmt.Sprintf("%d from first to last order, %d since the first", v.RecencyDays, v.AgeDays)},
		{"model", v.Model.Name + " " + v.Model.Version},
		{"announced", fmt.Sprintf("version %d: CLV %s as of %s", v.Announced.Version, v.Announced.CLV, v.Announced.AsOf)},
	}
	return table(out, []string{"", ""}, append(rows, standingRows(&v.Standing)...))
}

func standingRows(v *customerview.Standing) (rows [][]string) {
	row := func(name, text string) { rows = append(rows, []string{name, text}) }
	if s := v.Stage; s != nil {
		row("stage", fmt.Sprintf("%s since %s; silent for %d days (quantile %s)",
			s.Current, orElse(s.Since, "before what is kept"), s.SilenceDays, float(s.SilenceQuantile)))
		if s.BestMoment != "" {
			row("  lost since", fmt.Sprintf("%s of the predicted value; it falls most on %s", s.ExpectedLoss, s.BestMoment))
		}
	}
	if v.Tier != nil {
		row("tier", tierText(v.Tier))
	}
	if v.PAliveBelow != nil {
		row("P(alive) below", float(*v.PAliveBelow))
	}
	if v.Acquisition != nil {
		row("acquisition", acquisitionText(v.Acquisition))
	}
	row("next", nextText(v.Next))
	for _, d := range v.NotKnown {
		row("not known", d.Text)
	}
	return rows
}

func tierText(v *customerview.Tier) string {
	text := "none"
	if v.Current != nil {
		text = *v.Current + " since " + orElse(v.Since, "before what is kept")
	}
	if v.Next != nil {
		text += fmt.Sprintf("; %s to %s", *v.Distance, *v.Next)
	}
	if v.Next != nil && v.Approaching {
		text += ", which is near"
	}
	return text
}

func acquisitionText(v *customerview.Acquisition) string {
	text := "cost " + v.Cost
	if v.Channel != nil {
		text += " by " + *v.Channel
	}
	if v.CLVToCAC != nil {
		text += ", CLV:CAC " + float(*v.CLVToCAC)
	}
	switch {
	case v.BreakEven == nil:
		return text + ", not expected to break even"
	case v.BrokenEven:
		return text + ", broken even by " + *v.BreakEven
	default:
		return text + ", break-even about " + *v.BreakEven
	}
}

func nextText(v *customerview.Next) string {
	if v == nil {
		return "nothing, without an event"
	}
	text := v.At + ": " + strings.Join(v.Brings, ", ") + ", CLV " + v.CLV
	if v.Announced {
		text += " (announced as " + v.Reason + ")"
	}
	return text
}
