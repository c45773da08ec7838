package fetch

import (
	"fmt"

	"github.com/clvstream/clvstream/stream/cluster"
	"github.com/segmentio/kafka-go"
)

// settleError handles a partition that the broker refused to read.
func (r *Reader) settleError(code kafka.Error, bounds cluster.Bounds) {
	err := fmt.Errorf("fetch %s: %w", r.partition, code)
	switch code {
	case kafka.OffsetOutOfRange:
		// The answer has no bounds, which are needed to distinguish a lost range from
		// a leader that lags behind.
		r.doubted = true
		r.fetcher.wantLeaders()
	case kafka.TopicAuthorizationFailed:
		r.fail(&cluster.AuthorizationError{Operation: "READ", Topic: r.partition.Topic})
	case kafka.UnsupportedCompressionType, kafka.UnsupportedForMessageFormat:
		r.fail(&UnsupportedBatchError{Partition: r.partition, Offset: r.offset, Cause: err})
	case kafka.InvalidMessage:
		r.judge(fmt.Errorf("%w: the broker says so: %w", errCorrupt, err), r.offset)
	default:
		r.leader = noLeader
		r.retry(passingReason(code), err)
		r.fetcher.wantLeaders()
	}
}

// settleData takes over what came. Nothing may have come although the last
// stable offset is further on: other partitions used up the limits, a tiered
// store was slow, or compaction left nothing there. That moves no position, as
// only a batch's header proves that there is nothing before it.
func (r *Reader) settleData(part *partitionAnswer, asked int64) {
	part.bounds.TopicID = r.bounds.TopicID
	r.bounds, r.seen, r.attempt = part.bounds, true, 0
	if part.setBytes > len(part.batches) {
		r.judge(fmt.Errorf("%w: %d bytes came for one partition: raise the largest batch size", errUnsupported, part.setBytes), asked)
		return
	}
	found, err := scanBatches(part.batches, asked)
	switch {
	case err != nil:
		r.judge(err, asked)
	case found.nextOffset > asked:
		r.deliver(newCursor(found, asked, part.aborted, r.bounds, r.fetcher.limits, &r.memory), found.nextOffset)
	case found.cutBytes > 0:
		r.askForMore(found.cutBytes)
	case len(found.whole) > 0:
		r.retry(RetryBrokerError, fmt.Errorf("fetch %s at offset %d: only batches before it came", r.partition, asked))
	}
}

// deliver makes an answer ready to be taken and moves the position beyond it.
func (r *Reader) deliver(answer *cursor, nextOffset int64) {
	r.answer, r.offset = answer, nextOffset
	r.maxBytes = r.fetcher.config.PartitionMaxBytes
	r.fetcher.turns++
	r.turn = r.fetcher.turns
	leaveToken(r.ready)
}

// askForMore follows a batch that came in part. Today's brokers send a first
// batch whole however large it is, but the protocol does not promise it.
func (r *Reader) askForMore(batchBytes int) {
	if batchBytes > int(r.fetcher.config.MaxBatchBytes) {
		r.judge(fmt.Errorf("%w: a batch of %d bytes: raise the largest batch size", errUnsupported, batchBytes), r.offset)
		return
	}
	r.maxBytes = int32(batchBytes)
}
