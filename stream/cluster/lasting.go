package cluster

import (
	"context"
	"errors"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
	"github.com/twmb/franz-go/pkg/kversion"
)

const (
	// lastingVersion of OffsetCommit is the last in which a commit says how long it is to
	// be kept. Later ones leave it to the broker's offsets.retention.minutes, 7 days by
	// default: a topic may keep its records for longer, which would then be sent again.
	lastingVersion = 4
	// lastingFor outlasts every record. Deleting the topic deletes the offsets, too.
	lastingFor = 100 * 365 * 24 * time.Hour
)

// CommitLasting stores offsets of a group without members, so that they do not expire. A
// cluster may not take requests of that version any more, or not heed it: then they are stored
// as others are.
func CommitLasting(ctx context.Context, access Access, admin *kadm.Client, group string, offsets kadm.Offsets) error {
	lasting := commitLasting(ctx, access, group, offsets)
	if lasting == nil {
		return nil
	}
	if err := admin.CommitAllOffsets(ctx, group, offsets); err != nil {
		return errors.Join(err, lasting)
	}
	return nil
}

func commitLasting(ctx context.Context, access Access, group string, offsets kadm.Offsets) error {
	versions := kversion.Stable()
	versions.SetMaxKeyVersion(kmsg.OffsetCommit.Int16(), lastingVersion)
	client, err := Connect(ctx, access, kgo.MaxVersions(versions))
	if err != nil {
		return err
	}
	defer client.Close()
	request := kmsg.NewPtrOffsetCommitRequest()
	request.Group, request.RetentionTimeMillis = group, lastingFor.Milliseconds()
	for name, partitions := range offsets {
		topic := kmsg.NewOffsetCommitRequestTopic()
		topic.Topic = name
		for id, offset := range partitions {
			partition := kmsg.NewOffsetCommitRequestTopicPartition()
			partition.Partition, partition.Offset = id, offset.At
			topic.Partitions = append(topic.Partitions, partition)
		}
		request.Topics = append(request.Topics, topic)
	}
	answer, err := request.RequestWith(ctx, client)
	if err != nil {
		return err
	}
	for _, topic := range answer.Topics {
		for _, partition := range topic.Partitions {
			if err := kerr.ErrorForCode(partition.ErrorCode); err != nil {
				return err
			}
		}
	}
	return nil
}
