package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/clvstream/clvstream/internal/assembly"
	"github.com/clvstream/clvstream/internal/cli"
	"github.com/clvstream/clvstream/internal/peek"
)

func newPeek() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "peek [TOPIC...]",
		Short: "Show the latest records of the input topics as decoded events, or why they are refused",
		Long: `Without a topic, all input topics are shown. The command joins no consumer group and
commits no offsets. A record that is shown as an event may still be refused because
of its customer's history (too_late).`,
		Example: `  clvstream peek --brokers 127.0.0.1:9092
  clvstream peek orders --last 3 --json`,
		ValidArgsFunction: cobra.NoFileCompletions,
	}
	var last int
	cli.Int(cmd.Flags(), &last, "last", 10, 1, 10_000, "how many records of each topic to show, 1 to 10,000")
	return answering(cmd, func(cmd *cobra.Command, s *system, topics []string) (answer, error) {
		rules, err := assembly.Decoding(s.cfg)
		if err != nil {
			return nil, cli.Usage(err)
		}
		mappings, err := assembly.Mappings(s.cfg)
		if err != nil {
			return nil, cli.Usage(err)
		}
		if len(topics) == 0 {
			topics = s.cfg.Input.Topics
		}
		records, err := peek.Request{Kafka: s.kafka, Topics: topics, Last: last, Rules: rules, Mappings: mappings}.Run(cmd.Context())
		return peekAnswer{s.cfg.Business.Currency.String(), records, clockOf(s.cfg)}, err
	}, needKafka)
}

type peekAnswer struct {
	Currency string        `json:"currency"`
	Records  []peek.Record `json:"records"`
	clock    clock
}

func (a peekAnswer) WriteText(w io.Writer) error {
	rows := make([][]string, len(a.Records))
	for i, r := range a.Records {
		place := fmt.Sprintf("%s/%d@%d", r.Topic, r.Partition, r.Offset)
		switch {
		case r.LeftOut != "":
			rows[i] = []string{place, a.clock.Second(r.At), "left out: " + r.LeftOut, "", "", ""}
			continue
		case r.Refused != "":
			rows[i] = []string{place, a.clock.Second(r.At), "refused: " + r.Refused, r.Detail, "", ""}
			continue
		}
		rows[i] = []string{place, a.clock.Second(*r.OccurredAt), r.Type, r.CustomerID, r.OrderID, r.Amount}
	}
	if err := table(w, []string{"RECORD", "TIME", "EVENT", "CUSTOMER", "ORDER", a.Currency}, rows, middle("RECORD", "CUSTOMER"), ids("ORDER")); err != nil {
		return err
	}
	a.clock.writeZone(w)
	return nil
}
