// Package redrive sends dead letters back to the topics that they came from.
//
//	<namespace>.deadletter ──► from the group's offsets ──► Letter + original ──► wanted? ──► its topic
//	                           to where the topic ended       └─► was it cut? read it at its coordinates
//
// An original goes back with its topic, partition, key, value, headers and timestamp. The
// coordinates of the first time stay in its headers, so that whoever follows a record
// through several rounds finds where it began. How far letters have been sent is kept as
// the offsets of the group <namespace>-redrive; a run that leaves some out does not move
// them.
//
// It refuses a topic that something else writes to, and a cut record that its topic does
// not hold any more. A run that fails may have sent some letters: sent again, they are
// recognised by their event ids.
package redrive

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/clvstream/clvstream/stream"
)

// Request says which letters are sent back.
type Request struct {
	Kafka     stream.KafkaClient
	Namespace string
	Reason    string // of these only; empty: of all reasons
	Topic     string // of this input topic only; empty: of all
	FromStart bool   // with the oldest letter, instead of the first new one
	Send      bool   // false: they are only listed
}

// Report is what a run found and sent.
type Report struct {
	Letters []Letter `json:"letters"`
	Sent    int      `json:"sent"`
}

// retryPause lies between two questions to a cluster that is not ready.
const retryPause = 250 * time.Millisecond

// maxRecordBytes is the largest record that is sent back.
const maxRecordBytes = 64 << 20

// Run reads the letters up to where the topic ends when it begins.
func (q Request) Run(ctx context.Context) (*Report, error) {
	client, err := stream.Connect(ctx, q.Kafka,
		kgo.FetchIsolationLevel(kgo.ReadCommitted()),
		kgo.KeepControlRecords(), // the last record is a transaction's marker
		kgo.RecordPartitioner(kgo.ManualPartitioner()),
		kgo.ProducerBatchMaxBytes(maxRecordBytes),
	)
	if err != nil {
		return nil, err
	}
	defer client.Close()
	r := run{
		Request: q, client: client, admin: kadm.NewClient(client),
		letters: stream.OutputTopicsOf(q.Namespace).DeadLetter, group: q.Namespace + "-redrive",
		report: Report{Letters: []Letter{}},
	}
	from, err := r.bounds(ctx)
	if err != nil || len(from) == 0 {
		return &r.report, err
	}
	client.AddConsumePartitions(map[string]map[int32]kgo.Offset{r.letters: from})
	for len(r.open) > 0 {
		fetches := client.PollFetches(ctx)
		if err := fetches.Err(); err != nil {
			return nil, fmt.Errorf("read dead letters: %w", err)
		}
		for records := fetches.RecordIter(); !records.Done(); {
			if record := records.Next(); r.counts(record) {
				if err := r.take(ctx, record); err != nil {
					return nil, err
				}
			}
		}
	}
	return &r.report, r.commit(ctx)
}

// run is a request under way.
type run struct {
	Request
	client         *kgo.Client
	admin          *kadm.Client
	letters, group string
	ends           map[int32]int64 // per partition, where the topic ended
	open           map[int32]bool  // partitions that are not read to their end
	report         Report
}

// bounds finds from where to where each partition is read.
func (r *run) bounds(ctx context.Context) (from map[int32]kgo.Offset, err error) {
	starts, err := r.admin.ListStartOffsets(ctx, r.letters)
	if err != nil {
		return nil, fmt.Errorf("list offsets of %s: %w", r.letters, err)
	}
	ends, err := r.admin.ListCommittedOffsets(ctx, r.letters)
	if err != nil {
		return nil, fmt.Errorf("list offsets of %s: %w", r.letters, err)
	}
	done, err := r.committed(ctx)
	if err != nil {
		return nil, fmt.Errorf("read how far %s has come: %w", r.group, err)
	}
	from, r.ends, r.open = map[int32]kgo.Offset{}, map[int32]int64{}, map[int32]bool{}
	for _, end := range ends[r.letters] {
		if end.Err != nil {
			return nil, fmt.Errorf("list offsets of %s: %w: `clvstream topics create` makes it", r.letters, end.Err)
		}
		start, _ := starts.Lookup(r.letters, end.Partition)
		at := start.Offset
		if known, ok := done.Lookup(r.letters, end.Partition); ok && !r.FromStart {
			at = max(at, known.At)
		}
		if at < end.Offset {
			from[end.Partition] = kgo.NewOffset().At(at)
			r.ends[end.Partition], r.open[end.Partition] = end.Offset, true
		}
	}
	return from, nil
}

// committed is how far letters have been sent. A cluster that has just started has no
// coordinator of groups yet, and is asked again.
func (r *run) committed(ctx context.Context) (kadm.OffsetResponses, error) {
	for {
		done, err := r.admin.FetchOffsets(ctx, r.group)
		switch {
		case errors.Is(err, kerr.GroupIDNotFound): // the first run has no group yet
			return nil, nil
		case !kerr.IsRetriable(err):
			return done, err
		}
		select {
		case <-ctx.Done():
			return nil, err
		case <-time.After(retryPause):
		}
	}
}

// counts says whether a record was there when the run began, and notes where a partition
// ends. A letter that is sent back may be refused again and come as a new one meanwhile.
func (r *run) counts(record *kgo.Record) bool {
	end := r.ends[record.Partition]
	if record.Offset+1 >= end {
		delete(r.open, record.Partition)
	}
	return record.Offset < end
}

// take sends one letter back, if it is wanted.
func (r *run) take(ctx context.Context, record *kgo.Record) error {
	if record.Attrs.IsControl() {
		return nil
	}
	letter, original, cut, err := unwrap(record)
	if err != nil {
		return fmt.Errorf("dead letter %d/%d: %w", record.Partition, record.Offset, err)
	}
	if (r.Reason != "" && letter.Reason != r.Reason) || (r.Topic != "" && letter.Topic != r.Topic) {
		return nil
	}
	if r.Send {
		if cut {
			if err := r.readAgain(ctx, &letter, original); err != nil {
				return err
			}
		}
		if err := r.client.ProduceSync(ctx, original).FirstErr(); err != nil {
			return fmt.Errorf("send %s back: %w", &letter, err)
		}
		letter.Sent = true
		r.report.Sent++
	}
	r.report.Letters = append(r.report.Letters, letter)
	return nil
}

// readAgain completes a record that was cut to fit the topic of dead letters, which then
// has none of its headers either.
func (r *run) readAgain(ctx context.Context, letter *Letter, original *kgo.Record) error {
	reader, err := stream.Connect(ctx, r.Kafka,
		kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{letter.Topic: {letter.Partition: kgo.NewOffset().At(letter.Offset)}}),
		kgo.FetchMaxBytes(maxRecordBytes), kgo.FetchMaxPartitionBytes(maxRecordBytes))
	if err != nil {
		return err
	}
	defer reader.Close()
	fetches := reader.PollFetches(ctx)
	if err := fetches.Err(); err != nil {
		return fmt.Errorf("read %s again: %w", letter, err)
	}
	records := fetches.Records()
	if len(records) == 0 || records[0].Offset != letter.Offset {
		return fmt.Errorf("read %s again: the topic does not hold it any more", letter)
	}
	whole := records[0]
	original.Key, original.Value = whole.Key, whole.Value
	original.Headers = append(whole.Headers, missingFrom(whole.Headers, original.Headers)...)
	return nil
}

// commit keeps how far the letters have been sent. A run that has left others out does
// not.
func (r *run) commit(ctx context.Context) error {
	if !r.Send || r.Reason != "" || r.Topic != "" {
		return nil
	}
	var sent kadm.Offsets
	for partition, end := range r.ends {
		sent.AddOffset(r.letters, partition, end, -1)
	}
	if err := r.admin.CommitAllOffsets(ctx, r.group, sent); err != nil {
		return fmt.Errorf("keep how far %s has come: %w", r.group, err)
	}
	return nil
}
