package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/clvstream/clvstream/internal/cli"
	"github.com/clvstream/clvstream/internal/waiting"
)

func newWaiting() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "waiting",
		Short: "List refunds, reverts and cancels that wait for their order",
		Long: `A refund or cancel waits if its order is not known, and a revert if its refund is not:
they may come later, or the order_id, refund_id or customer_id may be wrong. When they cannot
come any more, what waits becomes a dead letter with the reason unmatched. The command reads
all customers.`,
		Example: `  clvstream waiting
  clvstream waiting --json | jq -r '.events[].order_id'`,
		Args: cli.NoArguments,
	}
	return answering(cmd, func(cmd *cobra.Command, s *system, _ []string) (answer, error) {
		events, err := waiting.List(cmd.Context(), s.store, s.cfg.Business.Currency)
		return waitingAnswer{s.cfg.Business.Currency.String(), events, clockOf(s.cfg)}, err
	}, needState)
}

type waitingAnswer struct {
	Currency string          `json:"currency"`
	Events   []waiting.Event `json:"events"`
	clock    clock
}

func (a waitingAnswer) WriteText(w io.Writer) error {
	line(w, "refunds, reverts and cancels that wait for their order: %d\n", len(a.Events))
	if len(a.Events) == 0 {
		return nil
	}
	rows := make([][]string, len(a.Events))
	for i, e := range a.Events {
		rows[i] = []string{fmt.Sprintf("%s/%d@%d", e.Topic, e.Partition, e.Offset), a.clock.Second(e.OccurredAt), e.Type, e.CustomerID, e.OrderID, e.RefundID, e.Amount}
	}
	if err := table(w, []string{"RECORD", "TIME", "EVENT", "CUSTOMER", "ORDER", "REFUND", a.Currency}, rows, middle("RECORD"), ids("CUSTOMER", "ORDER", "REFUND")); err != nil {
		return err
	}
	a.clock.writeZone(w)
	return nil
}
