package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/internal/cli"
	"github.com/clvstream/clvstream/internal/customerview"
	"github.com/clvstream/clvstream/internal/terminal"
)

func newHistory() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "history CUSTOMER",
		Short: "Show a customer's events and how their value, stage and tier changed with them",
		Long: `Reads the customer from Redis and shows the ledger (orders, refunds, cancels; sealed
orders as sums), churn, the acquisition cost, and the path of the value: after each of
those events, and at each instant when time alone changed the stage, the tier, a
watched level of P(alive) or whether CLV:CAC is above its floor.

The path is recomputed with the model in force, in order of event time. A value that
was announced under another model, or before a late event, may differ. The path
begins where the ledger begins. Only the latest version of an order, the day of a
cancel, and the latest churn and cost events are known.

On a terminal a bar shows the CLV of each row.`,
		Example: `  clvstream history c42 --redis 127.0.0.1:6379
  clvstream history c42 --until 2027-06-30 --json`,
	}
	until := timeFlag(cmd, "until", "the end of the path, `TIME`: "+customerview.TimeHelp)
	return customerCommand(cmd, func(c *customerview.Customer) (customerview.History, error) {
		untilMicros, err := c.ParseInstant(*until)
		if latestMicros := c.Stored.History.LatestMicros; err == nil && untilMicros < latestMicros {
			err = fmt.Errorf("%q is before the customer's latest event at %s: use `clvstream get --at` for an earlier instant", *until, clockAt(c).exact(latestMicros))
		}
		if err != nil {
			return customerview.History{}, cli.Usage(fmt.Errorf("--until %w", err))
		}
		return c.History(untilMicros)
	}, func(out io.Writer, v *customerview.History, at clock) error {
		return printHistory(out, v, at, terminal.Is(out))
	})
}

func printHistory(out io.Writer, v *customerview.History, at clock, charts bool) error {
	fmt.Fprintf(out, "customer %s, by model %s %s, amounts in %s, %s\n", v.CustomerID, v.Model.Name, v.Model.Version, v.Currency, at.zone())
	if v.Sealed != nil {
		fmt.Fprintln(out, sealedText(v.Sealed))
	}
	if v.Excess != "" {
		fmt.Fprintln(out, "refunds exceed their orders by "+v.Excess+", which takes nothing away")
	}
	for _, e := range v.Entries {
		times := "once"
		if e.Count > 1 {
			times = fmt.Sprintf("%d times", e.Count)
		}
		fmt.Fprintf(out, "%s %s in %s\n", e.Stage, times, e.Month)
	}
	fmt.Fprintln(out)
	until := v.Until
	until.Type = "as of"
	moments := slices.Concat(v.Before, v.Path, []customerview.Moment{until})
	var rows [][]string
	var values []float64
	for i := range moments {
		m := &moments[i]
		text := occurrenceText(&m.Occurrence)
		if m.Type == history.TimePassed.String() {
			text = "silence: " + strings.Join(m.Brings, ", ")
		}
		row := []string{at.column(m.At), text, "", "", "", "", "", ""}
		if m.CLV != "" {
			row = []string{at.column(m.At), text, m.CLV, m.Historic, m.Predicted, aliveText(m.PAlive), m.Stage, "-"}
		}
		if m.Tier != nil {
			row[7] = *m.Tier
		}
		rows, values = append(rows, row), append(values, m.CLVMinor)
	}
	return tableWithBars(out, charts, []string{"TIME", "WHAT", "CLV", "HISTORIC", "PREDICTED", "P(ALIVE)", "STAGE", "TIER"}, rows, values, 0, middle("WHAT"), ids("TIER"))
}

func aliveText(p *float64) string {
	if p == nil {
		return "-"
	}
	return float(*p)
}

func sealedText(v *customerview.Sealed) string {
	text := fmt.Sprintf("sealed: %d orders on %d days", v.Orders, v.PurchaseDays)
	if v.PurchaseDays > 0 {
		text += fmt.Sprintf(" from %s to %s, net %s, margin %s", v.FirstDay, v.LastDay, v.Net, v.Margin)
	}
	return text + ", refunded later " + v.LateRefunds
}

// occurrenceText says what happened.
func occurrenceText(h *customerview.Occurrence) string {
	text := h.Type
	switch h.Type {
	case history.OrderPlaced.String():
		text = "order " + h.OrderID + " " + h.Amount
		if h.Stands != nil && !*h.Stands {
			text += " (cancelled or refunded in full)"
		}
	case history.OrderRefunded.String():
		text = "refund " + h.RefundID + " of order " + h.OrderID + " " + h.Amount
	case history.RefundReverted.String():
		text = "revert of refund " + h.RefundID + " of order " + h.OrderID
	case history.OrderCancelled.String():
		text = "cancel of order " + h.OrderID
	case history.ChurnPredicted.String():
		text += " " + float(*h.Probability)
	case history.CustomerAcquired.String():
		if text += " for " + h.Amount; h.Channel != "" {
			text += " by " + h.Channel
		}
	}
	switch {
	case h.Waiting && h.Type == history.RefundReverted.String():
		text += " (its refund or order is unknown)"
	case h.Waiting:
		text += " (its order is unknown)"
	}
	return text
}
