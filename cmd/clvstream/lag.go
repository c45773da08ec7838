package main

import (
	"fmt"
	"io"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/clvstream/clvstream/internal/backlog"
	"github.com/clvstream/clvstream/internal/cli"
)

func newLag() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "lag",
		Short: "Show how many input records are not applied and how many commits are not published",
		Long: `records is the number of input records that some shard has not applied; outbox is the
number of commits whose changes are not published. Both are 0 when everything is
processed. The numbers come from the watermarks in Redis, not from the offsets of the
consumer group.`,
		Args: cli.NoArguments,
	}
	return answering(cmd, func(cmd *cobra.Command, s *system, _ []string) (answer, error) {
		b, err := backlog.Read(cmd.Context(), s.admin, s.store, s.cfg.Input.Topics)
		return lagAnswer(b), err
	}, needKafka, needState)
}

type lagAnswer backlog.Backlog

func (b lagAnswer) WriteText(w io.Writer) error {
	rows := make([][]string, len(b.Partitions))
	for i, p := range b.Partitions {
		rows[i] = []string{
			fmt.Sprintf("%s/%d", p.Topic, p.Partition),
			strconv.FormatInt(p.Applied, 10), strconv.FormatInt(p.End, 10), strconv.FormatInt(p.Records, 10),
		}
	}
	line(w, "records not applied: %d\ncommits not published: %d\n", b.Records, b.Outbox)
	return table(w, []string{"PARTITION", "APPLIED", "END", "RECORDS"}, rows)
}
