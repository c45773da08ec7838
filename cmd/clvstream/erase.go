package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/clvstream/clvstream/clv/calendar"
	"github.com/clvstream/clvstream/internal/cli"
	"github.com/clvstream/clvstream/internal/erasure"
)

func newErase() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "erase CUSTOMER",
		Short: "Erase a customer: history, value, statistics, current value",
		Long: `Publishes the event customer.erased to an input topic, and waits until a consumer has
applied it and a publisher has published the tombstone on <namespace>.current. Without
--yes nothing is sent: the command shows what would be erased.

The receipt says what was held, in counts; the places of the event and of the tombstone;
and what this does not erase: records of the input topics, announced changes and earlier
dead letters until their retention, backups. See docs/identity.md.

A customer of whom nothing is stored can be erased, too: a marker then refuses what may
still be under way. Exit status 1 if a consumer or publisher is away: the event stands,
and is applied when it is back.`,
		Example: `  clvstream erase c42
  clvstream erase c42 --yes --json > receipt.json`,
		Args:              oneArgument("the customer's id"),
		ValidArgsFunction: cobra.NoFileCompletions,
	}
	yes := cmd.Flags().Bool("yes", false, "erase, instead of only showing what would be")
	topic := cmd.Flags().String("topic", "", "the input topic that takes the event; without it the first of input.topics")
	var patience time.Duration
	cli.Duration(cmd.Flags(), &patience, "timeout", time.Minute, time.Second, 24*time.Hour, "stop with an error after this long")
	return answering(cmd, func(cmd *cobra.Command, s *system, args []string) (answer, error) {
		if *topic == "" {
			*topic = s.cfg.Input.Topics[0]
		}
		if !slices.Contains(s.cfg.Input.Topics, *topic) {
			return nil, cli.Usage(fmt.Errorf("--topic %q is none of the input topics %v", *topic, s.cfg.Input.Topics))
		}
		if most := s.cfg.Events.MaxIDBytes; args[0] == "" || len(args[0]) > most {
			return nil, cli.Usage(fmt.Errorf("the customer's id has %d bytes; 1 to %d are allowed", len(args[0]), most))
		}
		ctx, cancel := context.WithTimeout(cmd.Context(), patience)
		defer cancel()
		return erase(ctx, s, args[0], *topic, *yes)
	}, needKafka, needState)
}

func erase(ctx context.Context, s *system, id, topic string, yes bool) (answer, error) {
	zone := calendar.NewCalendar(s.cfg.Business.TimeZone)
	subject, err := erasure.Read(ctx, s.store, id, &zone)
	if err != nil {
		return nil, err
	}
	receipt := &erasure.Receipt{Schema: erasure.ReceiptSchema, CustomerID: id, Held: subject.Held, DryRun: !yes}
	topics := erasure.Topics{Inputs: s.cfg.ReadTopics(), Outputs: s.outputs()}
	for _, a := range s.cfg.Audiences {
		topics.Audiences = append(topics.Audiences, s.cfg.AudienceTopic(a))
	}
	if receipt.Remains, err = erasure.RemainsIn(ctx, s.admin, topics); err != nil {
		return nil, err
	}
	if !subject.ErasedAt.IsZero() {
		receipt.Erased, receipt.ErasedAt = true, &subject.ErasedAt
		return receipt, nil
	}
	if !yes {
		return receipt, nil
	}
	done, err := erasure.Request{Kafka: s.kafka, Store: s.store, Topic: topic, Current: s.outputs().Current, Currency: s.cfg.Business.Currency}.Erase(ctx, &subject)
	receipt.Erased, receipt.EventID, receipt.Event, receipt.Tombstone = done.Applied, done.EventID, done.Event, done.Tombstone
	if done.Event != nil {
		receipt.ErasedAt = &done.ErasedAt
	}
	if err != nil && errors.Is(ctx.Err(), context.DeadlineExceeded) {
		err = fmt.Errorf("erase customer %q: %w", id, err)
	}
	return receipt, err
}
