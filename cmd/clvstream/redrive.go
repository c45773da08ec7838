package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/internal/assembly"
	"github.com/clvstream/clvstream/internal/cli"
	"github.com/clvstream/clvstream/internal/redrive"
)

func newRedrive() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "redrive",
		Short: "Publish dead letters again to the topics they came from",
		Long: `Reads <namespace>.deadletter and publishes each record again to the topic and
partition it came from, with the same key, value, headers and timestamp. The headers
clv-topic, clv-partition and clv-offset keep the coordinates of the original.

The progress is stored as the offsets of the group <namespace>-redrive, so a second
run sends only newer letters; --from-start starts again with the oldest. A record
that is still refused becomes a new dead letter. An event that was applied meanwhile
is recognised by its id. A letter that was cut to fit its topic is read again from its
coordinates. Without --yes nothing is sent: the letters are only listed.`,
		Example: `  clvstream redrive --reason unknown_currency
  clvstream redrive --reason unknown_currency --yes`,
		Args: cli.NoArguments,
	}
	var request redrive.Request
	cmd.Flags().StringVar(&request.Reason, "reason", "", "only letters with this reason, such as unknown_currency")
	cmd.Flags().StringVar(&request.Topic, "topic", "", "only letters from this input topic")
	cmd.Flags().BoolVar(&request.FromStart, "from-start", false, "start with the oldest letter instead of the first new one")
	cmd.Flags().BoolVar(&request.Send, "yes", false, "send the letters, instead of only listing them")
	patience := cmd.Flags().Duration("timeout", time.Minute, "stop with an error after this long")
	return answering(cmd, func(cmd *cobra.Command, s *system, _ []string) (_ answer, err error) {
		if _, ok := history.ParseRefusalReason(request.Reason); request.Reason != "" && !ok {
			return nil, cli.Usage(fmt.Errorf("--reason %q is unknown: choose one of %s", request.Reason, reasonList()))
		}
		if request.Kafka, err = assembly.Kafka(s.cfg); err != nil {
			return nil, cli.Usage(err)
		}
		request.Namespace = s.cfg.Namespace
		ctx, cancel := context.WithTimeout(cmd.Context(), *patience)
		defer cancel()
		report, err := request.Run(ctx)
		return redriveAnswer{report, request.Send}, err
	})
}

func reasonList() string {
	var names []string
	for _, reason := range history.RefusalReasons() {
		names = append(names, reason.String())
	}
	return strings.Join(names, ", ")
}

type redriveAnswer struct {
	*redrive.Report
	sent bool
}

func (a redriveAnswer) WriteText(w io.Writer) error {
	rows := make([][]string, len(a.Letters))
	for i := range a.Letters {
		l := &a.Letters[i]
		rows[i] = []string{l.Reason, l.String(), l.Detail}
	}
	if err := table(w, []string{"REASON", "RECORD", "DETAIL"}, rows); err != nil {
		return err
	}
	if !a.sent && len(rows) > 0 {
		line(w, "%d letters, none sent: add --yes to send them", len(rows))
		return nil
	}
	line(w, "sent %d letters back", a.Sent)
	return nil
}
