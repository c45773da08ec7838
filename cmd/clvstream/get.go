package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/clvstream/clvstream/clv"
	"github.com/clvstream/clvstream/internal/cli"
	"github.com/clvstream/clvstream/internal/customerview"
	"github.com/clvstream/clvstream/internal/terminal"
	"github.com/clvstream/clvstream/stream/change"
)

func newGet() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "get CUSTOMER",
		Short: "Show a customer's value, stage, tier and next due change, now or as of another time",
		Long: `Reads the customer from Redis and computes their value as of now, or of --at, by the
model in force. The last announced value is shown too. Nothing is written.

After the customer's latest event, due times up to the instant are fired on a copy,
as the publisher will fire them. So --at may be in the future.

Before the latest event, the customer is rebuilt from the ledger, which keeps the
orders of twice business.lateness_days one by one. Older orders are sealed into sums
that cannot be taken apart, so an instant before the last sealed order is refused.
The output names what cannot be known of an instant: earlier versions of an order,
the time of day of a cancel, churn and cost events before the latest.

TIME is ` + customerview.TimeHelp + `.`,
		Example: `  clvstream get c42 --redis 127.0.0.1:6379
  clvstream get c42 --at 2026-12-24 --json
  clvstream get c42 --at 2026-03-14T09:26:53Z`,
	}
	at := timeFlag(cmd, "at", "show the customer as of this `TIME`")
	return customerCommand(cmd, func(c *customerview.Customer) (change.Values, error) {
		atMicros, err := c.ParseInstant(*at)
		if err != nil {
			return nil, cli.Usage(fmt.Errorf("--at %w", err))
		}
		v, err := c.AsOf(atMicros)
		var sealed *clv.SealedError
		if errors.As(err, &sealed) {
			err = fmt.Errorf("customer %q as of %s: the history before %s is stored as sums only; give that time or a later one: older orders are in the input topics only",
				c.ID, clockAt(c).exact(atMicros), clockAt(c).exact(sealed.FromMicros))
		}
		return v, err
	}, printView)
}

func printView(out io.Writer, v *change.Values, at clock) error {
	rows := [][2]string{
		{"customer", v.Text("customer_id") + " (" + v.Text("status") + ")"},
		{"as of", at.sentence(v.Text("as_of"))},
		{"CLV", v.Text("clv.current") + " " + v.Text("currency")},
		{"  historic", v.Text("clv.historic")},
		{"  predicted", v.Text("clv.predicted")},
		{"P(alive)", cmp.Or(figure(*v, "p_alive"), "not known")},
		{"expected orders", figure(*v, "expected_orders")},
		{"orders", fmt.Sprintf("%s on %s days, revenue %s", v.Text("orders"), v.Text("purchase_days"), v.Text("revenue"))},
		{"days", fmt.Sprintf("%s from first to last order, %s since the first", v.Text("recency_days"), v.Text("age_days"))},
		{"model", v.Text("model.name") + " " + v.Text("model.version")},
		{"announced", fmt.Sprintf("version %s: CLV %s as of %s", v.Text("announced.version"), v.Text("announced.clv"), at.sentence(v.Text("announced.as_of")))},
	}
	return terminal.Record(out, append(rows, standingRows(*v, at)...))
}

func standingRows(v change.Values, at clock) (rows [][2]string) {
	for _, line := range []struct {
		name, there string // the text is shown where this field says something
		text        func(change.Values, clock) string
	}{
		{"stage", "stage.current", stageText},
		{"  expected loss", "stage.best_moment", lossText},
		{"tier", "tier.approaching", tierText},
		{"P(alive) below", "p_alive_below", func(v change.Values, _ clock) string { return figure(v, "p_alive_below") }},
		{"acquisition", "acquisition.cost", acquisitionText},
	} {
		if v.Text(line.there) != "" {
			rows = append(rows, [2]string{line.name, line.text(v, at)})
		}
	}
	rows = append(rows, [2]string{"next", nextText(v, at)})
	for _, d := range change.As[[]customerview.Doubt](v, "not_known") {
		rows = append(rows, [2]string{"not known", d.Text})
	}
	return rows
}

const beforeKept = "an unknown time"

func stageText(v change.Values, at clock) string {
	return fmt.Sprintf("%s since %s; silent for %s days (quantile %s)", v.Text("stage.current"),
		cmp.Or(at.sentence(v.Text("stage.since")), beforeKept), v.Text("stage.silence_days"), figure(v, "stage.silence_quantile"))
}

func lossText(v change.Values, _ clock) string {
	return fmt.Sprintf("%s of the predicted value; best moment %s", v.Text("stage.expected_loss"), v.Text("stage.best_moment"))
}

func tierText(v change.Values, at clock) string {
	text := "none"
	if tier := v.Text("tier.current"); tier != "" {
		text = tier + " since " + cmp.Or(at.sentence(v.Text("tier.since")), beforeKept)
	}
	if next := v.Text("tier.next"); next != "" {
		text += fmt.Sprintf("; %s to %s", v.Text("tier.distance"), next)
		if change.As[bool](v, "tier.approaching") {
			text += ", approaching"
		}
	}
	return text
}

func acquisitionText(v change.Values, _ clock) string {
	text := "cost " + v.Text("acquisition.cost")
	if channel := v.Text("acquisition.channel"); channel != "" {
		text += " by " + channel
	}
	if toCAC := figure(v, "acquisition.clv_to_cac"); toCAC != "" {
		text += ", CLV:CAC " + toCAC
	}
	switch breakEven := v.Text("acquisition.break_even"); {
	case breakEven == "":
		return text + ", not expected to break even"
	case change.As[bool](v, "acquisition.broken_even"):
		return text + ", broken even by " + breakEven
	default:
		return text + ", break-even expected about " + breakEven
	}
}

func nextText(v change.Values, at clock) string {
	due := v.Text("next_due.at")
	if due == "" {
		return "nothing without an event"
	}
	text := at.sentence(due) + ": " + bringsText(v, "next_due.brings") + ", CLV " + v.Text("next_due.clv")
	if change.As[bool](v, "next_due.announced") {
		text += " (announced as " + v.Text("next_due.reason") + ")"
	}
	return text
}
