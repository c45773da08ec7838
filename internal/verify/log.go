package verify

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/clvstream/clvstream/stream"
)

// topicLog reads partitions from their start, committed records only, as far as
// it is asked to, and can be asked to go on.
type topicLog struct {
	client *kgo.Client
	take   func([]*kgo.Record) // of one partition, in order
	starts map[stream.Partition]int64
	next   map[stream.Partition]int64 // the offset before which all is read
}

// stalledAfter is longer than a broker lets a transaction stay open by default.
const stalledAfter = 2 * time.Minute

func openLog(ctx context.Context, kafka stream.KafkaClient, take func([]*kgo.Record)) (*topicLog, error) {
	client, err := stream.Connect(ctx, kafka,
		kgo.FetchIsolationLevel(kgo.ReadCommitted()),
		kgo.KeepControlRecords(), // they move the position where a transaction's marker is the last record
		kgo.ConsumeResetOffset(kgo.NoResetOffset()),
		kgo.MetadataMinAge(100*time.Millisecond), // a partition that is added is looked up at once
		kgo.FetchMaxWait(500*time.Millisecond),
	)
	if err != nil {
		return nil, err
	}
	return &topicLog{client: client, take: take, starts: map[stream.Partition]int64{}, next: map[stream.Partition]int64{}}, nil
}

func (l *topicLog) close() { l.client.Close() }

// readToEnd reads every partition of the topics up to its high watermark.
func (l *topicLog) readToEnd(ctx context.Context, progress func(done, total int64), topics ...string) error {
	ends, err := kadm.NewClient(l.client).ListEndOffsets(ctx, topics...)
	if err != nil {
		return fmt.Errorf("list ends of %v: %w", topics, err)
	}
	if err := ends.Error(); err != nil {
		return fmt.Errorf("list ends of %v: %w", topics, err)
	}
	targets := map[stream.Partition]int64{}
	ends.Each(func(end kadm.ListedOffset) {
		targets[stream.Partition{Topic: end.Topic, ID: end.Partition}] = end.Offset
	})
	return l.readTo(ctx, targets, progress)
}

// readTo reads until every partition is read up to its target.
func (l *topicLog) readTo(ctx context.Context, targets map[stream.Partition]int64, progress func(done, total int64)) error {
	if err := l.follow(ctx, targets); err != nil {
		return err
	}
	for {
		done, total := l.done(targets)
		if progress(done, total); done == total {
			return nil
		}
		if err := l.poll(ctx, targets); err != nil {
			return err
		}
	}
}

// done counts what is read of what is asked for.
func (l *topicLog) done(targets map[stream.Partition]int64) (done, total int64) {
	for partition, target := range targets {
		start := l.starts[partition]
		done += min(l.next[partition], max(target, start)) - start
		total += max(0, target-start)
	}
	return done, total
}

// follow begins with partitions that are asked for and not read yet.
func (l *topicLog) follow(ctx context.Context, targets map[stream.Partition]int64) error {
	var topics []string
	for partition := range targets {
		if _, known := l.next[partition]; !known {
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
	begin := map[string]map[int32]kgo.Offset{}
	for partition := range targets {
		if _, known := l.next[partition]; known {
			continue
		}
		start, ok := starts.Lookup(partition.Topic, partition.ID)
		if !ok || start.Err != nil {
			return fmt.Errorf("find start of %s: %w", partition, errors.Join(start.Err))
		}
		if begin[partition.Topic] == nil {
			begin[partition.Topic] = map[int32]kgo.Offset{}
		}
		begin[partition.Topic][partition.ID] = kgo.NewOffset().At(start.Offset)
		l.starts[partition], l.next[partition] = start.Offset, start.Offset
	}
	l.client.AddConsumePartitions(begin)
	return nil
}

// poll takes what comes next.
func (l *topicLog) poll(ctx context.Context, targets map[stream.Partition]int64) error {
	waiting, cancel := context.WithTimeout(ctx, stalledAfter)
	defer cancel()
	fetches := l.client.PollFetches(waiting)
	if err := ctx.Err(); err != nil {
		return err
	}
	if waiting.Err() != nil {
		return l.stalled(targets)
	}
	for _, failed := range fetches.Errors() {
		return fmt.Errorf("%s/%d: %w", failed.Topic, failed.Partition, failed.Err)
	}
	fetches.EachPartition(func(p kgo.FetchTopicPartition) {
		if len(p.Records) == 0 {
			return
		}
		l.next[stream.Partition{Topic: p.Topic, ID: p.Partition}] = p.Records[len(p.Records)-1].Offset + 1
		l.take(p.Records)
	})
	return nil
}

func (l *topicLog) stalled(targets map[stream.Partition]int64) error {
	for partition, target := range targets {
		if l.next[partition] < target {
			return fmt.Errorf("%s: nothing came for %s at offset %d of %d: does a transaction hang there?", partition, stalledAfter, l.next[partition], target)
		}
	}
	return nil
}
