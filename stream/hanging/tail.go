package hanging

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/clvstream/clvstream/stream/cluster"
)

// endElsewhere looks for the marker that ended the transaction in a partition
// where it does not hang.
func (l *Lane) endElsewhere(ctx context.Context, h transaction) (commit, found bool, err error) {
	if len(h.ended) == 0 {
		return false, false, nil
	}
	log, err := cluster.OpenLog(ctx, l.Access, kgo.FetchIsolationLevel(kgo.ReadUncommitted()))
	if err != nil {
		return false, false, fmt.Errorf("look for its end: %w", err)
	}
	defer log.Close()
	log.Markers, log.Patience = true, patience
	ends, err := l.tailsOf(ctx, h, log)
	if err != nil {
		return false, false, fmt.Errorf("look for its end: %w", err)
	}
	tails := map[cluster.Partition]*tail{}
	for partition := range ends {
		tails[partition] = h.tail(l.TransactionTimeout)
	}
	err = log.ReadTo(ctx, ends, func(partition cluster.Partition, records []*kgo.Record) error {
		t := tails[partition]
		for _, record := range records {
			if commit, found = t.take(record); found {
				clear(ends)
				return nil
			}
			if t.over(record) {
				delete(ends, partition)
				return nil
			}
		}
		return nil
	}, nil)
	if err != nil {
		return false, false, fmt.Errorf("look for its end: %w", err)
	}
	return commit, found, nil
}

// patience is for how long an answer or the next records are waited for. Records are
// there: only somebody else's transaction on the topic could hide them.
const patience = 30 * time.Second

// tailsOf has the log begin where the transaction may begin, and returns the ends of
// the partitions in which its end may be found.
func (l *Lane) tailsOf(ctx context.Context, h transaction, log *cluster.Log) (map[cluster.Partition]int64, error) {
	var topics []string
	for _, partition := range h.ended {
		topics = append(topics, partition.Topic)
	}
	slices.Sort(topics)
	topics = slices.Compact(topics)
	first, _ := h.times()
	starts, err := l.admin().ListOffsetsAfterMilli(ctx, max(0, first-l.TransactionTimeout.Milliseconds()), topics...)
	if err != nil {
		return nil, err
	}
	all, err := log.Ends(ctx, topics...)
	if err != nil {
		return nil, err
	}
	ends := map[cluster.Partition]int64{}
	for _, partition := range h.ended {
		start, err := cluster.OffsetOf(starts, partition.Topic, partition.ID)
		if err != nil {
			return nil, err
		}
		log.Seek(partition, start)
		ends[partition] = all[partition]
	}
	return ends, nil
}

// times are those of the first and the last of the records that it has written
// last, in milliseconds.
func (h *transaction) times() (first, last int64) {
	first, last = h.open[0].LastTimestamp, h.open[0].LastTimestamp
	for _, p := range h.open {
		first, last = min(first, p.LastTimestamp), max(last, p.LastTimestamp)
	}
	return first, last
}

// tail is the end of a partition in which a transaction may have been ended.
type tail struct {
	producerID int64
	epoch      int16
	latest     time.Time // no record of the transaction is later
	seen       bool      // a record of the transaction
}

// tail holds all of the transaction: its records are of one transaction timeout,
// whether their times are their making or their appending.
func (h *transaction) tail(timeout time.Duration) *tail {
	_, last := h.times()
	return &tail{producerID: h.producerID, epoch: h.epoch, latest: time.UnixMilli(last).Add(timeout)}
}

// take notes a record. The first marker of the producer behind a record of the
// transaction ended it, as whatever it was written.
func (t *tail) take(record *kgo.Record) (commit, found bool) {
	switch {
	case record.ProducerID != t.producerID:
		return false, false
	case record.Attrs.IsControl():
		return isCommitMarker(record), t.seen
	default:
		t.seen = t.seen || record.ProducerEpoch == t.epoch
		return false, false
	}
}

// over says whether nothing more is to be expected behind a record.
func (t *tail) over(record *kgo.Record) bool { return !t.seen && record.Timestamp.After(t.latest) }

// isCommitMarker reads the key of a control record: version, type.
func isCommitMarker(record *kgo.Record) bool {
	const commit = 1
	return len(record.Key) >= 4 && record.Key[2] == 0 && record.Key[3] == commit
}
