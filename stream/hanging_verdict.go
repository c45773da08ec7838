package stream

import (
	"context"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/clvstream/clvstream/state"
)

// verdict is how a hanging transaction is to be ended, everywhere.
type verdict struct {
	commit bool
	reason string
}

// The reasons, in the order in which they are looked for. Each is right because:
//
//  1. The coordinator decided, and said so before it forgot, or to this owner.
//  2. Readers have seen the end in another partition.
//  3. No partition has an end, so nobody has seen anything of it. What matters is
//     whether the outboxes can give all of it again. Only who was told of the
//     commit trims, and then the whole transaction is in the log. So one shard that
//     was trimmed says commit, also where a trim came to only some of the shards:
//     the others skip what progress then says is out. With none trimmed, whatever
//     the coordinator decided, aborting loses nothing: all of it waits, or Redis has
//     forgotten it and the consumer makes it again.
const (
	reasonTold    = "the coordinator committed it"
	reasonMarker  = "another partition has its marker"
	reasonTrimmed = "its changes have left the outbox"
	reasonWaits   = "all its changes can be published again"
)

func (v verdict) outcome() string {
	if v.commit {
		return "committed"
	}
	return "aborted"
}

func (r *relay) judge(ctx context.Context, h hangingTransaction, known commits) (verdict, error) {
	if known(h.producerID, h.epoch) {
		return verdict{true, reasonTold}, nil
	}
	if commit, found, err := r.endElsewhere(ctx, h); err != nil || found {
		return verdict{commit, reasonMarker}, err
	}
	trimmed, err := r.trimmed(ctx, h)
	if trimmed {
		return verdict{true, reasonTrimmed}, err
	}
	return verdict{false, reasonWaits}, err
}

// lastCommit asks how the lane's last transaction was decided, which fencing makes
// the coordinator forget. No answer is one too: the other reasons remain.
func (r *relay) lastCommit(ctx context.Context) commits {
	ctx, cancel := context.WithTimeout(ctx, progressPatience)
	defer cancel()
	last, err := r.describeTransaction(ctx)
	committed := err == nil && (last.State == "PrepareCommit" || last.State == "CompleteCommit")
	return func(producerID int64, epoch int16) bool {
		// A decision raises the epoch (transaction.version 2).
		return committed && producerID == last.ProducerID && epoch == last.ProducerEpoch-1
	}
}

// endElsewhere looks for the marker that ended the transaction in a partition
// where it does not hang.
func (r *relay) endElsewhere(ctx context.Context, h hangingTransaction) (commit, found bool, err error) {
	if len(h.ended) == 0 {
		return false, false, nil
	}
	tails, err := r.tailsOf(ctx, h)
	if err != nil {
		return false, false, fmt.Errorf("look for its end: %w", err)
	}
	reader, err := r.tailReader(tails)
	if err != nil {
		return false, false, fmt.Errorf("look for its end: %w", err)
	}
	defer reader.Close()
	for len(tails) > 0 && !found {
		fetches, err := poll(ctx, reader)
		if err != nil {
			return false, false, fmt.Errorf("look for its end: %w", err)
		}
		fetches.EachRecord(func(record *kgo.Record) {
			at := topicPartition{record.Topic, record.Partition}
			t := tails[at]
			if t == nil || found {
				return
			}
			commit, found = t.take(record)
			if t.over(record) {
				delete(tails, at)
				reader.PauseFetchPartitions(map[string][]int32{at.topic: {at.partition}})
			}
		})
	}
	return commit, found, nil
}

// tail is the end of a partition in which a transaction may have been ended.
type tail struct {
	producerID int64
	epoch      int16
	from, end  int64     // offsets
	latest     time.Time // no record of the transaction is later
	seen       bool      // a record of the transaction
}

// tailsOf places the tails so that all of the transaction is in them: its records
// are of one transaction timeout, whether their times are their making or their
// appending.
func (r *relay) tailsOf(ctx context.Context, h hangingTransaction) (map[topicPartition]*tail, error) {
	earliest, latest := h.open[0].LastTimestamp, h.open[0].LastTimestamp
	for _, p := range h.open {
		earliest, latest = min(earliest, p.LastTimestamp), max(latest, p.LastTimestamp)
	}
	timeout := r.publisher.config.TransactionTimeout.Milliseconds()
	topics := map[string]bool{}
	for _, at := range h.ended {
		topics[at.topic] = true
	}
	tails := map[topicPartition]*tail{}
	for topic := range topics {
		starts, err := r.publisher.admin().ListOffsetsAfterMilli(ctx, max(0, earliest-timeout), topic)
		if err != nil {
			return nil, err
		}
		ends, err := r.publisher.admin().ListEndOffsets(ctx, topic)
		if err != nil {
			return nil, err
		}
		for _, at := range h.ended {
			if at.topic != topic {
				continue
			}
			t := &tail{producerID: h.producerID, epoch: h.epoch, latest: time.UnixMilli(latest + timeout)}
			if t.from, err = offsetOf(starts, topic, at.partition); err != nil {
				return nil, err
			}
			if t.end, err = offsetOf(ends, topic, at.partition); err != nil {
				return nil, err
			}
			if t.from < t.end {
				tails[at] = t
			}
		}
	}
	return tails, nil
}

func (r *relay) tailReader(tails map[topicPartition]*tail) (*kgo.Client, error) {
	options, err := r.publisher.config.Kafka.Options()
	if err != nil {
		return nil, err
	}
	from := map[string]map[int32]kgo.Offset{}
	for at, t := range tails {
		if from[at.topic] == nil {
			from[at.topic] = map[int32]kgo.Offset{}
		}
		from[at.topic][at.partition] = kgo.NewOffset().At(t.from)
	}
	return kgo.NewClient(append(options, kgo.ConsumePartitions(from), kgo.KeepControlRecords())...)
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
func (t *tail) over(record *kgo.Record) bool {
	return record.Offset+1 >= t.end || !t.seen && record.Timestamp.After(t.latest)
}

// isCommitMarker reads the key of a control record: version, type.
func isCommitMarker(record *kgo.Record) bool {
	const commit = 1
	return len(record.Key) >= 4 && record.Key[2] == 0 && record.Key[3] == commit
}

// trimmed says whether an entry that the transaction published has left its
// outbox.
func (r *relay) trimmed(ctx context.Context, h hangingTransaction) (bool, error) {
	history := laneHistory{committed: progress{}, open: map[int64][]*kgo.Record{}}
	err := readLane(ctx, r.publisher.config.Kafka, r.publisher.cluster, r.publisher.config.Topics.Progress, r.lane, history.take)
	if err != nil {
		return false, fmt.Errorf("read progress with what is open: %w", err)
	}
	noted, err := history.noted(h)
	if err != nil {
		return false, err
	}
	// The marks first: an entry that is applied by then and not found afterwards
	// was there.
	applied, err := r.publisher.config.Store.Applied(ctx)
	if err != nil {
		return false, err
	}
	for _, shard := range r.shards {
		before, published := history.committed[shard], noted[shard]
		if !raised(before, published) || forgotten(applied[shard], before, published) {
			continue
		}
		waits, err := r.waits(ctx, shard, progress{shard: before}.reach(shard), progress{shard: published}.reach(shard))
		if err != nil || !waits {
			return !waits, err
		}
	}
	return false, nil
}

// laneHistory is a lane's progress by what is committed and what is open.
type laneHistory struct {
	committed progress
	open      map[int64][]*kgo.Record // by producer id, in the order of the log
}

func (l *laneHistory) take(record *kgo.Record) error {
	id := record.ProducerID
	if !record.Attrs.IsControl() {
		l.open[id] = append(l.open[id], record)
		return nil
	}
	ended := l.open[id]
	delete(l.open, id)
	if !isCommitMarker(record) {
		return nil
	}
	for _, record := range ended {
		if err := l.committed.take(record); err != nil {
			return err
		}
	}
	return nil
}

// noted is the progress that an open transaction would bring.
func (l *laneHistory) noted(h hangingTransaction) (progress, error) {
	noted := progress{}
	for _, record := range l.open[h.producerID] {
		if record.ProducerEpoch != h.epoch {
			continue
		}
		if err := noted.take(record); err != nil {
			return nil, err
		}
	}
	return noted, nil
}

// raised says whether a transaction published anything of a shard.
func raised(before, published map[string]int64) bool {
	for source, offset := range published {
		if known, ok := before[source]; !ok || offset > known {
			return true
		}
	}
	return false
}

// forgotten says whether Redis no longer knows that it applied what was
// published: it went back in time, and entries went with it.
func forgotten(applied state.Applied, before, published map[string]int64) bool {
	marks := make(map[string]int64, len(applied))
	for source, mark := range applied {
		marks[progressSource(source)] = mark
	}
	for source, offset := range published {
		if known, ok := before[source]; ok && offset <= known || isDue(source) {
			continue
		}
		if marks[source] <= offset { // a mark is behind what is applied
			return true
		}
	}
	return false
}

// waits says whether an entry of a shard that the transaction published is still
// in the outbox. The transaction took its entries from the first mostEntries, and
// trimming a shard is one command: one entry stands for all.
func (r *relay) waits(ctx context.Context, shard int, before, published *reach) (bool, error) {
	const page = 4 // entries may be of megabytes
	after := ""
	for range mostEntries / page {
		read, err := r.publisher.config.Store.Waiting(ctx, []int{shard}, []string{after}, page)
		if err != nil {
			return false, err
		}
		for e := range read[0] {
			entry := &read[0][e]
			was, is := r.published(shard, entry, before), r.published(shard, entry, published)
			for i := range entry.Items {
				if item := &entry.Items[i]; is(item) && !was(item) {
					return true, nil
				}
			}
			after = entry.ID
		}
		if len(read[0]) < page {
			break
		}
	}
	return false, nil
}
