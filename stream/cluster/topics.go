package cluster

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
)

// OutputTopics are the topics that a publisher writes.
type OutputTopics struct {
	Changes    string // each change, keyed by customer
	Current    string // compacted: each customer's latest value
	DeadLetter string // input records that could not be used, and why
	Progress   string // compacted: how far each lane has published; the publishers' own
	// Repartition is for events whose customer was found through their order: a publisher
	// writes it and a consumer reads it. Empty: there is no index of orders.
	Repartition string
}

// OutputTopicsOf are a namespace's output topics.
func OutputTopicsOf(namespace string) OutputTopics {
	return OutputTopics{
		Changes:    namespace + ".changes",
		Current:    namespace + ".current",
		DeadLetter: namespace + ".deadletter",
		Progress:   namespace + ".progress",
	}
}

// All are the topics that there are.
func (t OutputTopics) All() []string {
	all := []string{t.Changes, t.Current, t.DeadLetter, t.Progress}
	if t.Repartition != "" {
		all = append(all, t.Repartition)
	}
	return all
}

// TopicSpec is a topic as it should be.
type TopicSpec struct {
	Name              string
	Partitions        int32
	ReplicationFactor int16             // −1: the cluster's default
	Configs           map[string]string // topic configs that its use needs
}

// The progress topic is read whole when a lane changes hands, so it is cleaned
// often. A dead letter holds a whole input record and its headers: its topic
// takes 16 MiB more than any input topic's usual limit.
const (
	progressSegmentBytes  = 8 << 20
	progressCompactionLag = 60_000 // ms
	letterMessageBytes    = 32 << 20
)

// TopicSpecs are all topics of a deployment: inputs, outputs and progress.
func TopicSpecs(inputs []string, out OutputTopics, partitions int32, lanes int32, replication int16) []TopicSpec {
	var specs []TopicSpec
	for _, topic := range inputs {
		specs = append(specs, TopicSpec{Name: topic, Partitions: partitions, ReplicationFactor: replication})
	}
	if out.Repartition != "" { // by the time of its events, which may be of years ago, all of it would be old
		specs = append(specs, TopicSpec{Name: out.Repartition, Partitions: partitions, ReplicationFactor: replication, Configs: map[string]string{
			"retention.ms": "-1",
		}})
	}
	return append(specs,
		TopicSpec{Name: out.Changes, Partitions: partitions, ReplicationFactor: replication},
		TopicSpec{Name: out.Current, Partitions: partitions, ReplicationFactor: replication, Configs: map[string]string{
			"cleanup.policy": "compact",
		}},
		TopicSpec{Name: out.DeadLetter, Partitions: partitions, ReplicationFactor: replication, Configs: map[string]string{
			MaxMessageBytesField: strconv.Itoa(letterMessageBytes),
		}},
		TopicSpec{Name: out.Progress, Partitions: lanes, ReplicationFactor: replication, Configs: map[string]string{
			"cleanup.policy":        "compact",
			"segment.bytes":         strconv.Itoa(progressSegmentBytes),
			"max.compaction.lag.ms": strconv.Itoa(progressCompactionLag),
		}},
	)
}

// TopicState is a topic as it is found.
type TopicState struct {
	Spec       TopicSpec
	Exists     bool
	Created    bool // by this call
	Partitions int32
	Replicas   int
	Problems   []string // what keeps it from its use; empty: fine

	leaderless bool // a partition has no leader, which passes
}

// CreateTopics creates what is missing and reports on all of them. Topics that
// exist are left as they are.
func CreateTopics(ctx context.Context, admin *kadm.Client, specs []TopicSpec) ([]TopicState, error) {
	created := map[string]bool{}
	for _, spec := range specs {
		configs := map[string]*string{}
		for name, value := range spec.Configs {
			configs[name] = &value
		}
		response, err := admin.CreateTopic(ctx, spec.Partitions, spec.ReplicationFactor, configs, spec.Name)
		switch {
		case err == nil && response.Err == nil:
			created[spec.Name] = true
		case errors.Is(err, kerr.TopicAlreadyExists) || errors.Is(response.Err, kerr.TopicAlreadyExists):
		default:
			return nil, fmt.Errorf("create topic %s: %w", spec.Name, errors.Join(err, response.Err))
		}
	}
	states, err := awaitTopics(ctx, admin, specs, created, topicPatience)
	for i := range states {
		s := &states[i]
		if s.Created = created[s.Spec.Name]; !s.Exists {
			s.Problems = []string{"it exists, but the brokers do not show it yet: `clvstream topics check` looks again"}
		}
	}
	return states, err
}

// topicPatience is how long new topics may take to be known to the brokers, and to have
// leaders: creating is answered before that, and whoever started at once would miss them.
const topicPatience = 30 * time.Second

// awaitTopics checks the topics until all are known and those that are new can be used, but
// not for longer than patience.
func awaitTopics(ctx context.Context, admin *kadm.Client, specs []TopicSpec, created map[string]bool, patience time.Duration) ([]TopicState, error) {
	ctx = kadm.WithAuthorizedOps(ctx) // asks a broker: the client remembers for a while what did not exist
	for end := time.Now().Add(patience); ; Wait(ctx, 50*time.Millisecond) {
		states, err := CheckTopics(ctx, admin, specs)
		pending := slices.ContainsFunc(states, func(s TopicState) bool { return !s.Exists || s.leaderless && created[s.Spec.Name] })
		if err != nil || !pending || time.Now().After(end) {
			return states, err
		}
	}
}

// CheckTopics compares the topics with what their use needs.
func CheckTopics(ctx context.Context, admin *kadm.Client, specs []TopicSpec) ([]TopicState, error) {
	names := make([]string, len(specs))
	for i, spec := range specs {
		names[i] = spec.Name
	}
	details, err := admin.ListTopics(ctx, names...)
	if err != nil {
		return nil, fmt.Errorf("list topics: %w", err)
	}
	states := make([]TopicState, len(specs))
	var existing []string
	for i, spec := range specs {
		states[i] = stateOf(spec, details[spec.Name])
		if states[i].Exists {
			existing = append(existing, spec.Name)
		}
	}
	configs, err := admin.DescribeTopicConfigs(ctx, existing...)
	if err != nil {
		return nil, fmt.Errorf("describe topics: %w", err)
	}
	for i := range states {
		if described, err := configs.On(states[i].Spec.Name, nil); err == nil {
			states[i].compare(described)
		}
	}
	return states, nil
}

func stateOf(spec TopicSpec, found kadm.TopicDetail) TopicState {
	state := TopicState{Spec: spec}
	if found.Err != nil || len(found.Partitions) == 0 {
		state.Problems = append(state.Problems, "it does not exist: `clvstream topics create` creates it")
		return state
	}
	state.Exists = true
	state.Partitions = int32(len(found.Partitions))
	state.Replicas = found.Partitions.NumReplicas()
	for _, partition := range found.Partitions {
		if partition.Err != nil || partition.Leader < 0 {
			state.leaderless = true
			state.Problems = append(state.Problems, fmt.Sprintf("partition %d has no leader", partition.Partition))
		}
	}
	return state
}

// compare names the configs that differ in a way that matters: the cleanup
// policy exactly, sizes and lags as bounds.
func (s *TopicState) compare(described kadm.ResourceConfig) {
	for _, found := range described.Configs {
		want, ok := s.Spec.Configs[found.Key]
		if !ok || found.MaybeValue() == want {
			continue
		}
		switch found.Key {
		case "cleanup.policy":
			s.Problems = append(s.Problems, fmt.Sprintf("cleanup.policy is %s, want %s", found.MaybeValue(), want))
		case MaxMessageBytesField:
			if number(found.MaybeValue()) < number(want) {
				s.Problems = append(s.Problems, fmt.Sprintf("%s is %s, want at least %s: larger dead letters will be cut", found.Key, found.MaybeValue(), want))
			}
		}
	}
}

func number(s string) int64 {
	n, _ := strconv.ParseInt(s, 10, 64)
	return n
}

// MaxMessageBytesField is the config of a topic that bounds a record batch, in bytes.
const MaxMessageBytesField = "max.message.bytes"

// DefaultMessageBytes is what is sent at most in a record batch where a topic does not
// say. Kafka's own default is 1,048,588; kgo's stays below.
const DefaultMessageBytes = 1_000_012

// MessageLimit is the largest record batch that a topic takes.
func MessageLimit(ctx context.Context, admin *kadm.Client, topic string) int {
	configs, err := admin.DescribeTopicConfigs(ctx, topic)
	if err != nil {
		return DefaultMessageBytes
	}
	described, err := configs.On(topic, nil)
	if err != nil {
		return DefaultMessageBytes
	}
	for _, c := range described.Configs {
		var bytes int
		if _, err := fmt.Sscan(c.MaybeValue(), &bytes); c.Key == MaxMessageBytesField && err == nil {
			return bytes
		}
	}
	return DefaultMessageBytes
}
