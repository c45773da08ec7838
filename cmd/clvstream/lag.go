package main

import (
	"fmt"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/clvstream/clvstream/internal/backlog"
	"github.com/clvstream/clvstream/internal/cli"
)

func newLag() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "lag",
		Short: "Show how much input is not applied yet and how many changes are not published yet",
		Long: `records is input that not every shard has applied; outbox is commits whose
changes are not published. Both are 0 when all is done. The numbers come from
the state's own marks in Redis, not from the group's committed offsets.`,
		Args: cli.NoArguments,
	}
	asJSON := jsonFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		cfg, _, err := load(cmd)
		if err != nil {
			return err
		}
		s, err := reach(cmd.Context(), cfg, needKafka, needState)
		if err != nil {
			return err
		}
		defer s.close()
		b, err := backlog.Read(cmd.Context(), s.admin, s.store, cfg.Input.Topics)
		if err != nil {
			return err
		}
		if *asJSON {
			return printJSON(cmd.OutOrStdout(), b)
		}
		rows := make([][]string, len(b.Partitions))
		for i, p := range b.Partitions {
			rows[i] = []string{
				fmt.Sprintf("%s/%d", p.Topic, p.Partition),
				strconv.FormatInt(p.Applied, 10), strconv.FormatInt(p.End, 10), strconv.FormatInt(p.Records, 10),
			}
		}
		fmt.Fprintf(cmd.OutOrStdout(), "records not applied: %d\ncommits not published: %d\n\n", b.Records, b.Outbox)
		return table(cmd.OutOrStdout(), []string{"PARTITION", "APPLIED", "END", "RECORDS"}, rows)
	}
	return cmd
}
