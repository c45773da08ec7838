package relay

import (
	"context"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/clvstream/clvstream/stream/cluster"
)

// fence makes the lane's producer and initialises it, which aborts what an
// earlier owner left open and refuses all that it sends from now on.
func (r *Relay) fence(ctx context.Context) error {
	options, err := r.config.Access.Options()
	if err != nil {
		return err
	}
	r.producer, err = kgo.NewClient(append(options,
		kgo.TransactionalID(r.hanging.TransactionalID),
		kgo.TransactionTimeout(r.config.TransactionTimeout),
		kgo.RecordPartitioner(laneOrKey(r.config.Topics.Progress)),
		kgo.ProducerBatchCompression(r.config.Compression),
		kgo.ProducerBatchMaxBytesFn(r.batchBytes),
		kgo.MaxBufferedRecords(4*r.config.MaxItems),
		kgo.ProducerLinger(untilFlush),
	)...)
	if err != nil {
		return fmt.Errorf("make producer of lane %d: %w", r.config.Lane, err)
	}
	if _, _, err := r.producer.ProducerID(ctx); err != nil {
		r.producer.Close()
		return fmt.Errorf("fence lane %d: %w", r.config.Lane, err)
	}
	return nil
}

// transactionalID is named by the lane and not by the group: publishers of another
// group would otherwise publish the same changes beside this one.
func transactionalID(progressTopic string, lane int32) string {
	return fmt.Sprintf("%s-lane-%d", progressTopic, lane)
}

// laneOrKey puts progress into its lane's partition and everything else where
// its key belongs, as Kafka's default partitioner would.
func laneOrKey(progressTopic string) kgo.Partitioner {
	byKey := kgo.StickyKeyPartitioner(nil)
	byHand := kgo.ManualPartitioner()
	return topicPartitioner(func(topic string) kgo.TopicPartitioner {
		if topic == progressTopic {
			return byHand.ForTopic(topic)
		}
		return byKey.ForTopic(topic)
	})
}

type topicPartitioner func(topic string) kgo.TopicPartitioner

// ForTopic implements kgo.Partitioner.
func (p topicPartitioner) ForTopic(topic string) kgo.TopicPartitioner { return p(topic) }

// untilFlush is longer than it takes to hand a transaction's records to the client, and ended
// by its flush: so each partition gets as few and as large batches as there can be.
const untilFlush = time.Second

const (
	// letterOverhead is what a record and its batch add to a dead letter.
	letterOverhead    = 16 << 10
	largestBatchBytes = 64 << 20 // no input batch is larger: see fetch.Config.MaxBatchBytes
)

// batchBytes is the largest batch that is sent to a topic: one dead letter may
// fill what its topic takes, everything else is kept to the usual megabyte.
func (r *Relay) batchBytes(topic string) int32 {
	limit, ok := r.config.Limits[topic]
	switch {
	case !ok:
		return cluster.DefaultMessageBytes
	case topic == r.config.Topics.DeadLetter:
		return int32(min(limit, largestBatchBytes))
	default:
		return int32(min(limit, cluster.DefaultMessageBytes))
	}
}

// letterBytes is the largest dead letter that is published whole.
func (r *Relay) letterBytes() int {
	return int(r.batchBytes(r.config.Topics.DeadLetter)) - letterOverhead
}

// Compression is Kafka's compression of a name.
func Compression(name string) (kgo.CompressionCodec, error) {
	switch name {
	case "", "none":
		return kgo.NoCompression(), nil
	case "gzip":
		return kgo.GzipCompression(), nil
	case "snappy":
		return kgo.SnappyCompression(), nil
	case "lz4":
		return kgo.Lz4Compression(), nil
	case "zstd":
		return kgo.ZstdCompression(), nil
	default:
		return kgo.CompressionCodec{}, fmt.Errorf("compression %q is unknown: choose one of none, gzip, snappy, lz4, zstd", name)
	}
}
