package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/clvstream/clvstream/clv"
	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/internal/assembly"
	"github.com/clvstream/clvstream/internal/cli"
	"github.com/clvstream/clvstream/stream"
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
` + timeHelp + `;
where it is left out it is now. A new order is called ` + newOrderPrefix + `1, the next ` + newOrderPrefix + `2, so
that --of and --cancel can name it. An event that the live path would refuse is
shown as refused, with its reason (docs/events.md): it would be a dead letter.`,
		Example: `  clvstream whatif c42 --order 50.00@2026-12-24
  clvstream whatif c42 --order 120 --refund 20.00@2027-01-10 --of whatif-1
  clvstream whatif c42 --cancel o-1 --json
  clvstream whatif c42 --silence 90
  clvstream whatif c42 --churn 2026-12-31 --silence 2027-06-30`,
		Args: oneArgument("the customer's id"), ValidArgsFunction: cobra.NoFileCompletions,
	}
	asJSON := jsonFlag(cmd)
	f := addWhatIfFlags(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if err := f.check(); err != nil {
			return cli.Usage(err)
		}
		s, err := readCustomer(cmd, args[0])
		if err != nil {
			return err
		}
		view, err := s.whatIf(f)
		if err != nil {
			return err
		}
		if *asJSON {
			return printJSON(cmd.OutOrStdout(), view)
		}
		return view.print(cmd.OutOrStdout())
	}
	return cmd
}

// whatIf tries the events of the flags.
func (s *stored) whatIf(f *whatIfFlags) (whatIfView, error) {
	events, err := f.events(s)
	if err != nil {
		return whatIfView{}, cli.Usage(err)
	}
	lastMicros := s.nowMicros
	for i := range events {
		lastMicros = max(lastMicros, events[i].AtMicros)
	}
	untilMicros, err := f.until(s, lastMicros)
	if err != nil {
		return whatIfView{}, cli.Usage(err)
	}
	decoding, err := assembly.Decoding(s.cfg)
	if err != nil {
		return whatIfView{}, cli.Usage(err)
	}
	accepted, undecodable := decoded(s, events, decoding)
	tried := s.WhatIf(s.id, accepted, s.nowMicros, untilMicros, &s.valuation)
	view := whatIfView{CustomerID: s.id, Currency: s.cfg.Business.Currency.String(), Changes: []changeView{}}
	if err := view.read(s, tried.Customer, untilMicros); err != nil {
		return whatIfView{}, err
	}
	for i := range events {
		refused := undecodable[i]
		if refused == nil {
			refused, tried.Refused = tried.Refused[0], tried.Refused[1:]
		}
		view.Events = append(view.Events, s.triedOf(&events[i], refused, tried.Customer))
	}
	for i := range tried.Changes {
		view.Changes = append(view.Changes, s.changeOf(&tried.Changes[i]))
	}
	return view, nil
}

// decoded passes the events through the wire as a producer's would be, sent as
// they happen or, where that is past, now. Those that are refused there are told
// by their index.
func decoded(s *stored, events []history.Event, rules stream.Rules) (accepted []history.Event, refused []*history.Refusal) {
	decoder := stream.NewDecoder(rules)
	refused = make([]*history.Refusal, len(events))
	for i := range events {
		record := stream.Record{
			Value:           stream.AppendEvent(nil, &events[i], s.cfg.Business.Currency),
			TimestampMillis: max(s.nowMicros, events[i].AtMicros) / 1000,
		}
		e, _, refusal := decoder.Decode(&record)
		if refused[i] = refusal; refusal == nil {
			accepted = append(accepted, e)
		}
	}
	return accepted, refused
}

// read takes the three readings.
func (v *whatIfView) read(s *stored, tried *clv.Customer, untilMicros int64) error {
	for _, side := range []struct {
		view *sideView
		of   *clv.Customer
		at   int64
	}{{&v.Now, s.Customer, s.nowMicros}, {&v.Without, s.Customer, untilMicros}, {&v.With, tried, untilMicros}} {
		reading, err := side.of.At(s.id, side.at, &s.valuation)
		if err != nil {
			return fmt.Errorf("read customer: %w", err)
		}
		*side.view = s.sideOf(&reading)
	}
	return nil
}

var errNothingAsked = errors.New("say what if: --order, --refund with --of, --cancel, --churn or --silence")
