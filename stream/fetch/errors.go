package fetch

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/clvstream/clvstream/stream/cluster"
	"github.com/segmentio/kafka-go"
)

// ErrDropped is what a partition reader answers after Drop.
var ErrDropped = errors.New("read partition: it was dropped")

// OffsetOutOfRangeError says that a position cannot be read any more, or not
// yet. It is never resolved by skipping: that would lose events silently.
type OffsetOutOfRangeError struct {
	Partition      cluster.Partition
	Asked          int64 // the position that was asked for
	LogStartOffset int64 // the oldest that can still be read
	HighWatermark  int64 // one beyond the last record
}

func (e *OffsetOutOfRangeError) Error() string {
	if e.Asked < e.LogStartOffset {
		return fmt.Sprintf("fetch %s at offset %d: the log starts at %d, so %d offsets are gone: retention removed them before they were applied; "+
			"restore them, or rebuild the state from what is left", e.Partition, e.Asked, e.LogStartOffset, e.LogStartOffset-e.Asked)
	}
	return fmt.Sprintf("fetch %s at offset %d: the log ends at %d: it was cut short or the topic was created again; "+
		"restore it, or rebuild the state from it", e.Partition, e.Asked, e.HighWatermark)
}

// CorruptBatchError says that a batch stayed damaged however often it was read.
type CorruptBatchError struct {
	Partition cluster.Partition
	Offset    int64 // where reading stopped
	Cause     error
}

func (e *CorruptBatchError) Error() string {
	return fmt.Sprintf("read %s at offset %d: the batch is corrupt in %d reads: check the broker's disk or let another replica lead: %v",
		e.Partition, e.Offset, corruptReads, e.Cause)
}

func (e *CorruptBatchError) Unwrap() error { return e.Cause }

// UnsupportedBatchError says that a batch is sound but cannot be read here.
type UnsupportedBatchError struct {
	Partition cluster.Partition
	Offset    int64 // where reading stopped
	Cause     error
}

func (e *UnsupportedBatchError) Error() string {
	return fmt.Sprintf("read %s at offset %d: %v", e.Partition, e.Offset, e.Cause)
}

func (e *UnsupportedBatchError) Unwrap() error { return e.Cause }

// TopicRecreatedError says that a topic is another one under the same name, so
// that positions in it mean nothing.
type TopicRecreatedError struct {
	Topic   string
	Was, Is [16]byte // topic ids
}

func (e *TopicRecreatedError) Error() string {
	return fmt.Sprintf("read topic %q: it was deleted and created again (id %x, now %x): rebuild the state from the new one", e.Topic, e.Was, e.Is)
}

// RetryReason labels a transient error, which the fetcher retries by itself.
type RetryReason string

// The closed set of reasons.
const (
	RetryNotLeader         RetryReason = "not_leader"         // the partition moved to another broker
	RetryUnknownTopic      RetryReason = "unknown_topic"      // the broker does not know the partition (yet)
	RetryOffsetUnavailable RetryReason = "offset_unavailable" // a new leader does not know its end yet
	RetryBrokerUnreachable RetryReason = "broker_unreachable" // no connection, or it broke
	RetryTimeout           RetryReason = "timeout"            // the broker did not answer in time
	RetryCorrupt           RetryReason = "corrupt"            // a damaged batch, read again
	RetryOutOfRange        RetryReason = "out_of_range"       // refused, although the offset is within bounds
	RetryMetadata          RetryReason = "metadata"           // leaders or bounds could not be asked for
	RetryBrokerError       RetryReason = "broker_error"       // any other answer of the broker
)

// corruptReads is how often a damaged batch is read before it counts as damaged
// on disk rather than on the way.
const corruptReads = 3

// passingReason labels a broker's error code that another try can overcome.
func passingReason(code kafka.Error) RetryReason {
	switch code {
	case kafka.NotLeaderForPartition, kafka.LeaderNotAvailable, kafka.ReplicaNotAvailable,
		kafka.FencedLeaderEpoch, kafka.UnknownLeaderEpoch, kafka.KafkaStorageError:
		return RetryNotLeader
	case kafka.UnknownTopicOrPartition:
		return RetryUnknownTopic
	case kafka.OffsetNotAvailable:
		return RetryOffsetUnavailable
	case kafka.RequestTimedOut:
		return RetryTimeout
	}
	return RetryBrokerError
}

// requestReason labels a request that got no answer.
func requestReason(err error) RetryReason {
	switch {
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded):
		return RetryTimeout
	case errors.Is(err, errUnreadableAnswer):
		return RetryBrokerError
	}
	return RetryBrokerUnreachable
}
