package cluster

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sort"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

// Log reads partitions up to ends that the caller names, each in the order of its
// offsets, and can be asked to read on. It belongs to one goroutine.
//
//	orders/0  ━━━━━━━━━━━━━━━━━━━┿ end       handed out
//	orders/1  ━━━━━━━━━┿────                 fetched beyond its end: kept for the next call
//	          start    end
//
// It hands out committed records. An end is reached by whatever lies before it:
// aborted records and the markers of transactions count as read, and so does a gap
// that compaction left. An open transaction before the end is waited for.
type Log struct {
	// Patience is for how long nothing may come; OpenLog sets 2 minutes, which is
	// longer than a producer's transaction may stay open by default.
	Patience time.Duration
	// Markers hands out the markers of transactions, too.
	Markers bool

	client  *kgo.Client
	starts  map[Partition]int64
	next    map[Partition]int64         // the offset before which all is handed out
	ahead   map[Partition][]*kgo.Record // fetched beyond an end
	resting map[Partition]bool          // not being fetched
}

const logPatience = 2 * time.Minute

// OpenLog connects a reader. Options come after its own, which read committed
// records.
func OpenLog(ctx context.Context, access Access, more ...kgo.Opt) (*Log, error) {
	client, err := Connect(ctx, access, append([]kgo.Opt{
		kgo.FetchIsolationLevel(kgo.ReadCommitted()),
		kgo.KeepControlRecords(), // they move the position where a marker is the last record
		kgo.ConsumeResetOffset(kgo.NoResetOffset()),
		kgo.MetadataMinAge(100 * time.Millisecond), // a partition that is added is looked up at once
		kgo.FetchMaxWait(500 * time.Millisecond),
	}, more...)...)
	if err != nil {
		return nil, err
	}
	return &Log{
		Patience: logPatience, client: client,
		starts: map[Partition]int64{}, next: map[Partition]int64{}, ahead: map[Partition][]*kgo.Record{}, resting: map[Partition]bool{},
	}, nil
}

// Close ends the connections.
func (l *Log) Close() { l.client.Close() }

// Client asks the cluster questions over the log's connections.
func (l *Log) Client() *kgo.Client { return l.client }

// Ends are the high watermarks of all partitions of the topics.
func (l *Log) Ends(ctx context.Context, topics ...string) (map[Partition]int64, error) {
	listed, err := kadm.NewClient(l.client).ListEndOffsets(ctx, topics...)
	if err == nil {
		err = listed.Error()
	}
	if err != nil {
		return nil, fmt.Errorf("list ends of %v: %w", topics, err)
	}
	ends := map[Partition]int64{}
	listed.Each(func(end kadm.ListedOffset) { ends[Partition{end.Topic, end.Partition}] = end.Offset })
	return ends, nil
}

// End is the high watermark of one partition.
func (l *Log) End(ctx context.Context, partition Partition) (map[Partition]int64, error) {
	listed, err := kadm.NewClient(l.client).ListEndOffsets(ctx, partition.Topic)
	if err != nil {
		return nil, fmt.Errorf("list end of %s: %w", partition, err)
	}
	end, err := OffsetOf(listed, partition.Topic, partition.ID)
	if err != nil {
		return nil, fmt.Errorf("list end of %s: %w", partition, err)
	}
	return map[Partition]int64{partition: end}, nil
}

// Seek sets where a partition that is not read yet begins: without it, at the
// oldest offset.
func (l *Log) Seek(partition Partition, offset int64) {
	l.starts[partition], l.next[partition] = offset, offset
	l.client.AddConsumePartitions(map[string]map[int32]kgo.Offset{partition.Topic: {partition.ID: kgo.NewOffset().At(offset)}})
}

// Begin finds where those partitions begin that were not read yet, as ReadTo does.
func (l *Log) Begin(ctx context.Context, ends map[Partition]int64) error {
	var topics []string
	for partition := range ends {
		if _, known := l.next[partition]; !known && !slices.Contains(topics, partition.Topic) {
			topics = append(topics, partition.Topic)
		}
	}
	if len(topics) == 0 {
		return nil
	}
	starts, err := kadm.NewClient(l.client).ListStartOffsets(ctx, topics...)
	if err != nil {
		return fmt.Errorf("list starts of %v: %w", topics, err)
	}
	for partition := range ends {
		if _, known := l.next[partition]; known {
			continue
		}
		start, err := OffsetOf(starts, partition.Topic, partition.ID)
		if err != nil {
			return fmt.Errorf("find start of %s: %w", partition, err)
		}
		l.Seek(partition, start)
	}
	return nil
}

// Start is where a partition began that was read.
func (l *Log) Start(partition Partition) int64 { return l.starts[partition] }

// Done counts, in offsets, how much lies between the starts and the ends, and how
// much of it is read.
func (l *Log) Done(ends map[Partition]int64) (done, total int64) {
	for partition, end := range ends {
		start := l.starts[partition]
		done += min(l.next[partition], max(end, start)) - start
		total += max(0, end-start)
	}
	return done, total
}

// ReadTo calls take with the records before the ends, some of one partition at a time.
// take deletes from ends a partition that it needs no more records of. progress, if not
// nil, is called often, with what Done returns.
func (l *Log) ReadTo(ctx context.Context, ends map[Partition]int64, take func(Partition, []*kgo.Record) error, progress func(done, total int64)) error {
	if err := l.Begin(ctx, ends); err != nil {
		return err
	}
	for partition, kept := range maps.Clone(l.ahead) {
		delete(l.ahead, partition)
		if err := l.handOut(partition, kept, ends, take); err != nil {
			return err
		}
	}
	for {
		l.fetchUpTo(ends)
		done, total := l.Done(ends)
		if progress != nil {
			progress(done, total)
		}
		if done == total {
			return nil
		}
		if err := l.poll(ctx, ends, take); err != nil {
			return err
		}
	}
}

// fetchUpTo has the client fetch what is not read up to its end, and nothing else.
func (l *Log) fetchUpTo(ends map[Partition]int64) {
	read, unread := map[string][]int32{}, map[string][]int32{}
	for partition, next := range l.next {
		rest, of := next >= ends[partition], unread
		if rest {
			of = read
		}
		if rest != l.resting[partition] {
			of[partition.Topic] = append(of[partition.Topic], partition.ID)
			l.resting[partition] = rest
		}
	}
	if len(read) > 0 {
		l.client.PauseFetchPartitions(read)
	}
	if len(unread) > 0 {
		l.client.ResumeFetchPartitions(unread)
	}
}

func (l *Log) poll(ctx context.Context, ends map[Partition]int64, take func(Partition, []*kgo.Record) error) (err error) {
	waiting, cancel := context.WithTimeout(ctx, l.Patience)
	defer cancel()
	fetches := l.client.PollFetches(waiting)
	if err := ctx.Err(); err != nil {
		return err
	}
	if waiting.Err() != nil {
		return l.stalled(ends)
	}
	for _, failed := range fetches.Errors() {
		return fmt.Errorf("read %s/%d: %w", failed.Topic, failed.Partition, failed.Err)
	}
	fetches.EachPartition(func(p kgo.FetchTopicPartition) {
		if err == nil {
			err = l.handOut(Partition{p.Topic, p.Partition}, p.Records, ends, take)
		}
	})
	return err
}

// handOut gives what lies before the partition's end to take, and keeps the rest.
func (l *Log) handOut(partition Partition, records []*kgo.Record, ends map[Partition]int64, take func(Partition, []*kgo.Record) error) error {
	end := max(ends[partition], l.next[partition])
	n := sort.Search(len(records), func(i int) bool { return records[i].Offset >= end })
	if n < len(records) {
		l.ahead[partition] = append(l.ahead[partition], records[n:]...)
		l.next[partition] = end // there is nothing more before it
	} else if n > 0 {
		l.next[partition] = records[n-1].Offset + 1
	}
	records = records[:n]
	if !l.Markers {
		records = slices.DeleteFunc(records, func(r *kgo.Record) bool { return r.Attrs.IsControl() })
	}
	if len(records) == 0 {
		return nil
	}
	return take(partition, records)
}

func (l *Log) stalled(ends map[Partition]int64) error {
	for partition, end := range ends {
		if next := l.next[partition]; next < end {
			return fmt.Errorf("read %s: nothing came for %s at offset %d of %d: if a transaction is open there (`kafka-transactions.sh find-hanging` tells), end it and try again",
				partition, l.Patience, next, end)
		}
	}
	return nil
}
