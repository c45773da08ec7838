package cluster

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
)

// Partition names one partition of a topic.
type Partition struct {
	Topic string
	ID    int32
}

// String returns the partition as topic/id.
func (p Partition) String() string { return fmt.Sprintf("%s/%d", p.Topic, p.ID) }

// Bounds are the offsets between which a partition can be read.
type Bounds struct {
	// TopicID changes when a topic is deleted and created again under its
	// name; all zero where the brokers have no topic ids (before Kafka 2.8).
	TopicID [16]byte
	// LogStartOffset is the oldest offset that can still be read.
	LogStartOffset int64
	// LastStableOffset is where the oldest open transaction begins, or the high
	// watermark: reading committed records ends before it.
	LastStableOffset int64
	// HighWatermark is one beyond the last replicated record.
	HighWatermark int64
}

// PartitionBounds reads the bounds of every partition of the topics. It requests the
// kinds of offsets one after the other, so on a busy topic the later ones may be newer: the
// last stable offset comes last, so that what lies behind it is never read too high.
// A topic that does not exist or may not be described, and a partition that has no leader,
// are errors that name them.
func PartitionBounds(ctx context.Context, adm *kadm.Client, topics ...string) (map[Partition]Bounds, error) {
	bounds := map[Partition]Bounds{}
	for _, topic := range topics {
		if err := addBounds(ctx, adm, bounds, topic); err != nil {
			return nil, err
		}
	}
	return bounds, nil
}

// addBounds asks for one topic alone, because kadm does not say which topic of
// several was refused.
func addBounds(ctx context.Context, adm *kadm.Client, bounds map[Partition]Bounds, topic string) error {
	metadata, err := adm.Metadata(ctx, topic)
	if err != nil {
		return fmt.Errorf("read bounds of topic %q: %w", topic, TopicError(topic, err))
	}
	detail := metadata.Topics[topic]
	if detail.Err != nil {
		return fmt.Errorf("read bounds of topic %q: %w", topic, TopicError(topic, detail.Err))
	}
	starts, startErr := adm.ListStartOffsets(ctx, topic)
	ends, endErr := adm.ListEndOffsets(ctx, topic)
	stables, stableErr := adm.ListCommittedOffsets(ctx, topic)
	if err := cmp.Or(startErr, stableErr, endErr); err != nil {
		return fmt.Errorf("list offsets of topic %q: %w", topic, TopicError(topic, err))
	}
	for id := range detail.Partitions {
		start, startErr := OffsetOf(starts, topic, id)
		stable, stableErr := OffsetOf(stables, topic, id)
		end, endErr := OffsetOf(ends, topic, id)
		if err := cmp.Or(startErr, stableErr, endErr); err != nil {
			return fmt.Errorf("list offsets of %s/%d: %w", topic, id, err)
		}
		bounds[Partition{topic, id}] = Bounds{
			TopicID: detail.ID, LogStartOffset: start, LastStableOffset: stable, HighWatermark: max(end, stable),
		}
	}
	return nil
}

// OffsetOf is the offset that was listed for a partition, or why none was.
func OffsetOf(listed kadm.ListedOffsets, topic string, id int32) (int64, error) {
	answer, found := listed.Lookup(topic, id)
	if !found {
		return 0, errors.New("the cluster did not answer for it")
	}
	return answer.Offset, answer.Err
}

// TopicError says what the operator can do about a refused topic.
func TopicError(topic string, err error) error {
	switch {
	case errors.Is(err, kerr.TopicAuthorizationFailed):
		return &AuthorizationError{Operation: "DESCRIBE", Topic: topic}
	case errors.Is(err, kerr.UnknownTopicOrPartition):
		return fmt.Errorf("it does not exist: create it (`clvstream topics create` creates clvstream's own), or correct the configured name: %w", err)
	}
	return err
}

// Held is how many offsets lie behind the oldest open transaction: records that cannot be
// read as committed before it ends.
func (b Bounds) Held() int64 { return max(0, b.HighWatermark-b.LastStableOffset) }

// Holds says whether an offset can be read from.
func (b Bounds) Holds(offset int64) bool {
	return offset >= b.LogStartOffset && offset <= b.HighWatermark
}
