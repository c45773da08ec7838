package main

import (
	"context"
	"io"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/twmb/franz-go/pkg/kadm"

	"github.com/clvstream/clvstream/internal/assembly"
	"github.com/clvstream/clvstream/internal/cli"
	"github.com/clvstream/clvstream/stream/cluster"
)

func newTopics() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "topics",
		Short: "Create, check or describe the deployment's topics",
		Long: `The topics are the inputs (input.topics), <namespace>.changes, .current (compacted),
.deadletter, .progress (compacted), and one for each audience. The partitions of
.progress are the publisher's lanes; their number is fixed when the topic is created.`,
	}
	group(cmd)
	cmd.AddCommand(
		topicsCommand("create", "Create the topics that are missing; leave the others unchanged", cluster.CreateTopics, true),
		topicsCommand("check", "Check that the topics exist and have the right settings; exit status 1 if not", cluster.CheckTopics, true),
		topicsCommand("describe", "Show the topics and their settings; exit status 1 if one is missing", cluster.CheckTopics, false),
	)
	return cmd
}

type topicsCall func(context.Context, *kadm.Client, []cluster.TopicSpec) ([]cluster.TopicState, error)

func topicsCommand(name, short string, call topicsCall, judge bool) *cobra.Command {
	cmd := &cobra.Command{Use: name, Short: short, Args: cli.NoArguments}
	return answering(cmd, func(cmd *cobra.Command, s *system, _ []string) (answer, error) {
		states, err := call(cmd.Context(), s.admin, assembly.TopicSpecs(s.cfg))
		if err != nil {
			return nil, err
		}
		a := topicsAnswer{Topics: []topicAnswer{}}
		for _, t := range states {
			a.Topics = append(a.Topics, topicAnswer{
				Topic: t.Spec.Name, Exists: t.Exists, Created: t.Created, Partitions: t.Partitions,
				Replicas: t.Replicas, Configs: t.Spec.Configs, Problems: append([]string{}, t.Problems...),
			})
			if judge && len(t.Problems) > 0 || !t.Exists {
				err = errFound
			}
		}
		return a, err
	}, needKafka)
}

type topicsAnswer struct {
	Topics []topicAnswer `json:"topics"`
}

type topicAnswer struct {
	Topic      string            `json:"topic"`
	Exists     bool              `json:"exists"`
	Created    bool              `json:"created"`
	Partitions int32             `json:"partitions"`
	Replicas   int               `json:"replicas"`
	Configs    map[string]string `json:"configs,omitempty"`
	Problems   []string          `json:"problems"`
}

func (a topicsAnswer) WriteText(w io.Writer) error {
	rows := make([][]string, len(a.Topics))
	for i, t := range a.Topics {
		note := "ok"
		switch {
		case len(t.Problems) > 0:
			note = strings.Join(t.Problems, "; ")
		case t.Created:
			note = "created"
		}
		rows[i] = []string{t.Topic, strconv.Itoa(int(t.Partitions)), strconv.Itoa(t.Replicas), note}
	}
	return table(w, []string{"TOPIC", "PARTITIONS", "REPLICAS", "STATE"}, rows, middle("TOPIC"), texts("STATE"))
}
