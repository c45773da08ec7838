package webhook

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/clvstream/clvstream/stream/cluster"
)

// Standing is what all processes must agree on about a webhook. The latest one stands in a
// compacted topic, so that neither a restart nor a rebalance forgets it.
type Standing struct {
	Disabled bool      `json:"disabled"`
	Reason   string    `json:"reason,omitempty"` // why it is disabled
	Since    time.Time `json:"since"`
	Source   string    `json:"source"` // the topic that Begin is about
	// Begin has an offset for each partition of Source: nothing before it is sent.
	Begin []int64 `json:"begin"`
}

// Why a webhook is disabled.
const (
	ReasonGone     = "gone"     // the receiver answered 410
	ReasonOperator = "operator" // `clvstream webhooks disable`
)

// begin is where a partition of a topic begins, unless the group has got further. One that was
// added later begins with its first record.
func (s Standing) begin(partition cluster.Partition) int64 {
	if partition.Topic != s.Source || int(partition.ID) >= len(s.Begin) {
		return 0
	}
	return s.Begin[partition.ID]
}

// Ends are the offsets up to which the committed records of a topic go, by partition.
func Ends(ctx context.Context, admin *kadm.Client, topic string) ([]int64, error) {
	listed, err := admin.ListCommittedOffsets(ctx, topic)
	if err == nil {
		err = listed.Error()
	}
	if err != nil {
		return nil, fmt.Errorf("list ends of %s: %w", topic, err)
	}
	ends := make([]int64, len(listed[topic]))
	for id, end := range listed[topic] {
		if int(id) < len(ends) {
			ends[id] = end.Offset
		}
	}
	return ends, nil
}

// WriteStanding makes a standing the latest of a webhook.
func WriteStanding(ctx context.Context, client *kgo.Client, namespace, name string, s Standing) error {
	value, err := json.Marshal(s)
	if err != nil {
		return fmt.Errorf("write standing of webhook %s: %w", name, err)
	}
	record := &kgo.Record{Topic: StandingTopic(namespace), Key: []byte(name), Value: value}
	if err := client.ProduceSync(ctx, record).FirstErr(); err != nil {
		return fmt.Errorf("write standing of webhook %s: %w", name, err)
	}
	return nil
}

// ReadStandings reads the latest of each webhook, and says up to where it has read. Where there
// is none yet, its publisher has never run.
func ReadStandings(ctx context.Context, access cluster.Access, namespace string) (standings map[string]Standing, ends map[cluster.Partition]int64, err error) {
	log, err := cluster.OpenLog(ctx, access)
	if err != nil {
		return nil, nil, err
	}
	defer log.Close()
	if ends, err = log.Ends(ctx, StandingTopic(namespace)); err != nil {
		return nil, nil, fmt.Errorf("%w: `clvstream topics create` creates it", err)
	}
	standings = map[string]Standing{}
	err = log.ReadTo(ctx, ends, func(_ cluster.Partition, records []*kgo.Record) error {
		for _, record := range records {
			readStanding(record, standings)
		}
		return nil
	}, nil)
	return standings, ends, err
}

// readStanding takes a record for the latest of its webhook. One that nobody of ours wrote is
// left out.
func readStanding(record *kgo.Record, standings map[string]Standing) {
	var s Standing
	if json.Unmarshal(record.Value, &s) == nil {
		standings[string(record.Key)] = s
	}
}

// From is the offset of a partition of Source before which nothing is sent.
func (s Standing) From(partition int32) int64 {
	return s.begin(cluster.Partition{Topic: s.Source, ID: partition})
}
