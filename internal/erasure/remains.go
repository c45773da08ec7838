package erasure

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"

	"github.com/clvstream/clvstream/stream/cluster"
)

// Remains is what an erasure does not reach, and for how long it stays.
type Remains struct {
	What    string `json:"what"`
	Topic   string `json:"topic,omitempty"`
	Cleanup string `json:"cleanup_policy,omitempty"`
	// RetentionMillis is the topic's retention.ms; −1: for good.
	RetentionMillis *int64 `json:"retention_ms,omitempty"`
}

// Topics are those of a deployment that hold records of customers.
type Topics struct {
	Inputs    []string
	Outputs   cluster.OutputTopics
	Audiences []string
}

// RemainsIn names what stays, with what the cluster says of the topics.
func RemainsIn(ctx context.Context, admin *kadm.Client, topics Topics) ([]Remains, error) {
	var all []Remains
	for _, topic := range topics.Inputs {
		all = append(all, Remains{What: "the customer's events, as they were sent", Topic: topic})
	}
	all = append(all,
		Remains{What: "changes that were announced", Topic: topics.Outputs.Changes},
		Remains{What: "earlier values, until the topic is compacted", Topic: topics.Outputs.Current},
		Remains{What: "dead letters of before the erasure, with key and value", Topic: topics.Outputs.DeadLetter},
	)
	for _, topic := range topics.Audiences {
		all = append(all, Remains{What: "changes that its filter let through", Topic: topic})
	}
	all = append(all,
		Remains{What: "the id, where a change by time of the customer was the last of its shard", Topic: topics.Outputs.Progress},
	)
	if err := describe(ctx, admin, all); err != nil {
		return nil, err
	}
	if topics.Outputs.Repartition != "" {
		all = append(all, Remains{What: "the id beside the customer's orders in the index of orders, for four times the lateness after them at most"})
	}
	return append(all,
		Remains{What: "backups and the append-only file of Redis, until they are replaced or rewritten"},
		Remains{What: "what receivers of changes have stored"},
		Remains{What: "the id itself, with the time of the erasure: without it, events that come again would bring the customer back"},
	), nil
}

// describe adds how long each topic keeps its records.
func describe(ctx context.Context, admin *kadm.Client, all []Remains) error {
	var names []string
	for _, r := range all {
		names = append(names, r.Topic)
	}
	configs, err := admin.DescribeTopicConfigs(ctx, names...)
	if err != nil {
		return fmt.Errorf("read how long topics keep their records: %w", err)
	}
	for _, of := range configs {
		at := slices.IndexFunc(all, func(r Remains) bool { return r.Topic == of.Name })
		for _, c := range of.Configs {
			switch c.Key {
			case "cleanup.policy":
				all[at].Cleanup = c.MaybeValue()
			case "retention.ms":
				if millis, err := strconv.ParseInt(c.MaybeValue(), 10, 64); err == nil {
					all[at].RetentionMillis = &millis
				}
			}
		}
	}
	return nil
}

// Kept says for how long the topic keeps records, in words.
func (r *Remains) Kept() string {
	switch {
	case r.Topic == "":
		return ""
	case r.Cleanup == "compact":
		return "compacted: the last record of each key, for good"
	case r.RetentionMillis == nil:
		return "not known"
	case *r.RetentionMillis < 0:
		return "for good (retention.ms -1)"
	}
	days := time.Duration(*r.RetentionMillis) * time.Millisecond
	return fmt.Sprintf("%s (retention.ms %d)", days, *r.RetentionMillis)
}
