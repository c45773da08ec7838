package main

import (
	"context"
	"fmt"
	"io"
	"strconv"
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

Each letter is sent once, also by runs with --reason and --topic: progress is stored for
each filter, as the offsets of the groups <namespace>-redrive, -redrive-reason-REASON,
-redrive-topic-TOPIC and -redrive-reason-REASON-topic-TOPIC, and a letter that any of them
has passed is not sent again. The offsets do not expire on Apache Kafka. A cluster that does
not take offsets with a time of their own deletes them after its offsets.retention.minutes
without a run; letters that are kept for longer are then sent again. --from-start offers
the letters that were sent, too.

A record that is still refused becomes a new dead letter, and a later run sends it again.
SENT BACK is how often a record went back before. An event that was applied meanwhile is
recognised by its id. A letter that was cut to fit its topic is read again from its
coordinates. A letter of reason erased holds no record, and is listed only. Without --yes nothing is sent: the letters that would be are only listed.`,
		Example: `  clvstream redrive --reason unknown_currency
  clvstream redrive --reason unknown_currency --yes`,
		Args: cli.NoArguments,
	}
	var request redrive.Request
	cmd.Flags().StringVar(&request.Reason, "reason", "", "only letters with this reason, such as unknown_currency")
	cmd.Flags().StringVar(&request.Topic, "topic", "", "only letters from this input topic")
	cmd.Flags().BoolVar(&request.FromStart, "from-start", false, "send the letters again that were sent before, too")
	cmd.Flags().BoolVar(&request.Send, "yes", false, "send the letters, instead of only listing them")
	var patience time.Duration
	cli.Duration(cmd.Flags(), &patience, "timeout", time.Minute, time.Second, 24*time.Hour, "stop with an error after this long")
	return answering(cmd, func(cmd *cobra.Command, s *system, _ []string) (_ answer, err error) {
		if _, ok := history.ParseRefusalReason(request.Reason); request.Reason != "" && !ok {
			return nil, cli.Usage(fmt.Errorf("--reason %q is unknown: choose one of %s", request.Reason, reasonList()))
		}
		if request.Kafka, err = assembly.Kafka(s.cfg); err != nil {
			return nil, cli.Usage(err)
		}
		request.Namespace = s.cfg.Namespace
		ctx, cancel := context.WithTimeout(cmd.Context(), patience)
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
		rows[i] = []string{l.Reason, l.String(), letterState(l), strconv.Itoa(l.SentBack), l.Detail}
	}
	if err := table(w, []string{"REASON", "RECORD", "STATE", "SENT BACK", "DETAIL"}, rows, middle("RECORD"), texts("DETAIL")); err != nil {
		return err
	}
	line(w, "")
	if empty := a.empty(); empty > 0 {
		line(w, "%d letters are of customers who were erased: they hold no record, and are never sent. The records stand at their coordinates\n", empty)
	}
	if !a.sent && len(rows) > 0 {
		line(w, "%d letters (%d new), none sent: add --yes to send them", len(rows), a.New())
		return nil
	}
	line(w, "sent %d letters back", a.Sent)
	return nil
}

func (a redriveAnswer) empty() (n int) {
	for i := range a.Letters {
		if a.Letters[i].Empty {
			n++
		}
	}
	return n
}

func letterState(l *redrive.Letter) string {
	switch {
	case l.Empty:
		return "empty"
	case l.Sent:
		return "sent"
	case l.New:
		return "new"
	default:
		return "sent before"
	}
}
