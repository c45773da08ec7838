package main

import (
	"cmp"
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/clvstream/clvstream/internal/backlog"
	"github.com/clvstream/clvstream/internal/cli"
	"github.com/clvstream/clvstream/internal/config"
)

func newLag() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "lag",
		Short: "Show how many input records are not applied, how many commits are not published, and how late events come",
		Long: `records is the number of input records that some shard has not applied; outbox is the
number of commits whose changes are not published. Both are 0 when everything is
processed. The numbers come from the watermarks in Redis, not from the offsets of the
consumer group.

held is the number of records behind a transaction that is still open in the partition.
They are not in records: nobody who reads committed records sees them before it ends.
Which producers hold them, and since when, follows below the partitions. A producer that
uses transactions holds records for a moment all the time; look for those that stay.

late is by how much an event of the partition came too late for due times that should
have waited for it: the most of a week. An awake.grace as long would have waited.`,
		Args: cli.NoArguments,
	}
	return answering(cmd, func(cmd *cobra.Command, s *system, _ []string) (answer, error) {
		b, err := backlog.Read(cmd.Context(), s.admin, s.store, s.cfg.ReadTopics())
		if err != nil {
			return nil, err
		}
		lag := lagAnswer{Backlog: b, grace: s.cfg.Awake.Grace, clock: clockOf(s.cfg)}
		if lag.Open, err = backlog.OpenTransactions(cmd.Context(), s.admin, &b); err != nil {
			lag.Unseen = err.Error()
		}
		return lag, nil
	}, needKafka, needState)
}

type lagAnswer struct {
	backlog.Backlog
	Open   []backlog.OpenTransaction `json:"open_transactions"`
	Unseen string                    `json:"open_transactions_error,omitempty"` // why not all is known of them
	grace  time.Duration
	clock  clock
}

func (b lagAnswer) WriteText(w io.Writer) error {
	rows := make([][]string, len(b.Partitions))
	for i, p := range b.Partitions {
		rows[i] = []string{
			fmt.Sprintf("%s/%d", p.Topic, p.Partition),
			strconv.FormatInt(p.Applied, 10), strconv.FormatInt(p.End, 10), strconv.FormatInt(p.Records, 10),
			strconv.FormatInt(p.Held, 10), lateText(p.LateBySeconds),
		}
	}
	line(w, "records not applied: %d\nrecords behind open transactions: %d\ncommits not published: %d\n", b.Records, b.Held, b.Outbox)
	line(w, "%s", b.advice())
	if err := table(w, []string{"PARTITION", "APPLIED", "END", "RECORDS", "HELD", "LATE"}, rows, middle("PARTITION")); err != nil || b.Held == 0 {
		return err
	}
	return b.writeOpen(w)
}

// advice says which awake.grace would have waited for the late events.
func (b *lagAnswer) advice() string {
	by := b.LateBy()
	late := fmt.Sprintf("events came up to %s late for due times, with an awake.grace of %s: ", by.Round(time.Second), b.grace)
	switch {
	case by == 0:
		return ""
	case by > config.MostGrace:
		return late + "load history before live traffic\n"
	default:
		return late + fmt.Sprintf("%s would have waited for them\n", (by+time.Minute-1).Truncate(time.Minute))
	}
}

// writeOpen names the transactions that hold records back, and what ends them.
func (b *lagAnswer) writeOpen(w io.Writer) error {
	if b.Unseen != "" {
		line(w, "\nwho holds the records is not all known: %s", b.Unseen)
	}
	if len(b.Open) == 0 {
		return nil
	}
	line(w, "")
	rows := make([][]string, len(b.Open))
	for i := range b.Open {
		t := &b.Open[i]
		rows[i] = []string{
			fmt.Sprintf("%s/%d", t.Topic, t.Partition), strconv.FormatInt(t.StartOffset, 10), strconv.FormatInt(t.ProducerID, 10),
			cmp.Or(t.TransactionalID, "unknown"), b.clock.Second(t.Since), b.endOf(t),
		}
	}
	if err := table(w, []string{"PARTITION", "FROM", "PRODUCER", "TRANSACTIONAL ID", "OPEN SINCE", "ENDS"}, rows, middle("PARTITION"), ids("TRANSACTIONAL ID")); err != nil {
		return err
	}
	b.clock.writeZone(w)
	for i := range b.Open {
		if t := &b.Open[i]; t.State == "" || t.State == backlog.Hanging {
			line(w, "\nA transaction that no coordinator ends holds records for ever. If it stays, abort it:")
			line(w, "kafka-transactions.sh --bootstrap-server BROKER abort --topic %s --partition %d --start-offset %d", t.Topic, t.Partition, t.StartOffset)
			break
		}
	}
	return nil
}

// endOf says who ends a transaction, and when at the latest.
func (b *lagAnswer) endOf(t *backlog.OpenTransaction) string {
	switch t.State {
	case "":
		return "unknown: no coordinator shows it"
	case backlog.Hanging:
		return "never: its coordinator has ended it"
	default:
		timeout := time.Duration(t.TimeoutSeconds * float64(time.Second))
		return "by its producer, or aborted at " + b.clock.Second(t.Since.Add(timeout))
	}
}

func lateText(seconds float64) string {
	if seconds == 0 {
		return ""
	}
	return time.Duration(seconds * float64(time.Second)).Round(time.Second).String()
}
