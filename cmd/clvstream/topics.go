package main

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/twmb/franz-go/pkg/kadm"

	"github.com/clvstream/clvstream/internal/assembly"
	"github.com/clvstream/clvstream/internal/cli"
	"github.com/clvstream/clvstream/stream"
)

func newTopics() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "topics",
		Short: "Create, check or describe the deployment's topics",
		Long: `The topics are the inputs (input.topics), <namespace>.changes, .current
(compacted), .deadletter and .progress (compacted; its partitions are the
publisher's lanes and their number is fixed when the namespace is born), and
one for each of the audiences.`,
	}
	group(cmd)
	cmd.AddCommand(
		topicsCommand("create", "Create the topics that are missing; leave the others as they are", stream.CreateTopics, true),
		topicsCommand("check", "Check that the topics are there and fit their use; exit 1 when one does not", stream.CheckTopics, true),
		topicsCommand("describe", "Describe the topics as they are", stream.CheckTopics, false),
	)
	return cmd
}

type topicsCall func(context.Context, *kadm.Client, []stream.TopicSpec) ([]stream.TopicState, error)

func topicsCommand(name, short string, call topicsCall, judge bool) *cobra.Command {
	cmd := &cobra.Command{Use: name, Short: short, Args: cli.NoArguments}
	asJSON := jsonFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		cfg, _, err := load(cmd)
		if err != nil {
			return err
		}
		s, err := reach(cmd.Context(), cfg, needKafka)
		if err != nil {
			return err
		}
		defer s.close()
		states, err := call(cmd.Context(), s.admin, assembly.TopicSpecs(cfg))
		if err != nil {
			return err
		}
		if err := printTopics(cmd, states, *asJSON); err != nil {
			return err
		}
		if judge && !allFit(states) {
			return errFound
		}
		return nil
	}
	return cmd
}

func allFit(states []stream.TopicState) bool {
	for _, state := range states {
		if len(state.Problems) > 0 {
			return false
		}
	}
	return true
}

type topicJSON struct {
	Topic      string            `json:"topic"`
	Exists     bool              `json:"exists"`
	Created    bool              `json:"created"`
	Partitions int32             `json:"partitions"`
	Replicas   int               `json:"replicas"`
	Configs    map[string]string `json:"configs,omitempty"`
	Problems   []string          `json:"problems"`
}

func printTopics(cmd *cobra.Command, states []stream.TopicState, asJSON bool) error {
	if asJSON {
		list := make([]topicJSON, len(states))
		for i, s := range states {
			list[i] = topicJSON{
				Topic: s.Spec.Name, Exists: s.Exists, Created: s.Created, Partitions: s.Partitions,
				Replicas: s.Replicas, Configs: s.Spec.Configs, Problems: append([]string{}, s.Problems...),
			}
		}
		return printJSON(cmd.OutOrStdout(), map[string]any{"topics": list})
	}
	rows := make([][]string, len(states))
	for i, s := range states {
		note := "ok"
		switch {
		case len(s.Problems) > 0:
			note = strings.Join(s.Problems, "; ")
		case s.Created:
			note = "created"
		}
		rows[i] = []string{s.Spec.Name, strconv.Itoa(int(s.Partitions)), strconv.Itoa(s.Replicas), note}
	}
	if err := table(cmd.OutOrStdout(), []string{"TOPIC", "PARTITIONS", "REPLICAS", "STATE"}, rows); err != nil {
		return fmt.Errorf("print topics: %w", err)
	}
	return nil
}
