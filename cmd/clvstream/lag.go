package main

import (
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

late is by how much an event of the partition came too late for due times that should
have waited for it: the most of a week. An awake.grace as long would have waited.`,
		Args: cli.NoArguments,
	}
	return answering(cmd, func(cmd *cobra.Command, s *system, _ []string) (answer, error) {
		b, err := backlog.Read(cmd.Context(), s.admin, s.store, s.cfg.Input.Topics)
		return lagAnswer{b, s.cfg.Awake.Grace}, err
	}, needKafka, needState)
}

type lagAnswer struct {
	backlog.Backlog
	grace time.Duration
}

func (b lagAnswer) WriteText(w io.Writer) error {
	rows := make([][]string, len(b.Partitions))
	for i, p := range b.Partitions {
		rows[i] = []string{
			fmt.Sprintf("%s/%d", p.Topic, p.Partition),
			strconv.FormatInt(p.Applied, 10), strconv.FormatInt(p.End, 10), strconv.FormatInt(p.Records, 10), lateText(p.LateBySeconds),
		}
	}
	line(w, "records not applied: %d\ncommits not published: %d\n", b.Records, b.Outbox)
	line(w, "%s", b.advice())
	return table(w, []string{"PARTITION", "APPLIED", "END", "RECORDS", "LATE"}, rows)
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

func lateText(seconds float64) string {
	if seconds == 0 {
		return ""
	}
	return time.Duration(seconds * float64(time.Second)).Round(time.Second).String()
}
