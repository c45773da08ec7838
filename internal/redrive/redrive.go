// Package redrive publishes dead letters again to the topics that they came from.
//
//	<namespace>.deadletter ──► from the group's offsets ──► Letter + original ──► wanted? ──► its topic
//	                           to where the topic ended       └─► was it cut? read it at its coordinates
//
// A record keeps its topic, partition, key, value, headers and timestamp; its first
// coordinates stay in its headers. The progress is stored as the offsets of the group
// <namespace>-redrive. A run that sends only some of the letters does not advance it.
//
// It refuses a topic that another program writes to, and a cut record that its topic no
// longer has. A run that fails may have sent some letters. If they are sent again, the
// consumer recognises them by their event ids.
package redrive

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/clvstream/clvstream/stream/cluster"
)

// Request says which letters are sent back.
type Request struct {
	Kafka     cluster.Access
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

// Run reads the letters up to where the topic ends when it begins. A letter that is
// sent back may be refused again and come as a new one meanwhile, which is left to the
// next run.
func (q Request) Run(ctx context.Context) (*Report, error) {
	log, err := cluster.OpenLog(ctx, q.Kafka, kgo.RecordPartitioner(kgo.ManualPartitioner()), kgo.ProducerBatchMaxBytes(maxRecordBytes))
	if err != nil {
		return nil, err
	}
	defer log.Close()
	r := run{
		Request: q, log: log, admin: kadm.NewClient(log.Client()),
		letters: cluster.OutputTopicsOf(q.Namespace).DeadLetter, group: q.Namespace + "-redrive",
		report: Report{Letters: []Letter{}},
	}
	ends, err := r.bounds(ctx)
	if err != nil || len(ends) == 0 {
		return &r.report, err
	}
	err = log.ReadTo(ctx, ends, func(_ cluster.Partition, records []*kgo.Record) error {
		for _, record := range records {
			if err := r.take(ctx, record); err != nil {
				return err
			}
		}
		return nil
	}, nil)
	if err != nil {
		return nil, err
	}
	return &r.report, r.commit(ctx, ends)
}

// run is a request under way.
type run struct {
	Request
	log            *cluster.Log
	admin          *kadm.Client
	letters, group string
	report         Report
}

// bounds lets the log begin where each partition is read from, and finds up to where.
func (r *run) bounds(ctx context.Context) (map[cluster.Partition]int64, error) {
	starts, err := r.admin.ListStartOffsets(ctx, r.letters)
	if err != nil {
		return nil, fmt.Errorf("list offsets of %s: %w", r.letters, err)
	}
	committed, err := r.admin.ListCommittedOffsets(ctx, r.letters)
	if err != nil {
		return nil, fmt.Errorf("list offsets of %s: %w", r.letters, err)
	}
	sent, err := r.committed(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the progress of %s: %w", r.group, err)
	}
	ends := map[cluster.Partition]int64{}
	for _, end := range committed[r.letters] {
		if end.Err != nil {
			return nil, fmt.Errorf("list offsets of %s: %w: `clvstream topics create` creates it", r.letters, end.Err)
		}
		start, _ := starts.Lookup(r.letters, end.Partition)
		at := start.Offset
		if known, ok := sent.Lookup(r.letters, end.Partition); ok && !r.FromStart {
			at = max(at, known.At)
		}
		if at < end.Offset {
			partition := cluster.Partition{Topic: r.letters, ID: end.Partition}
			r.log.Seek(partition, at)
			ends[partition] = end.Offset
		}
	}
	return ends, nil
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

// take sends one letter back, if it is wanted.
func (r *run) take(ctx context.Context, record *kgo.Record) error {
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
		if err := r.log.Client().ProduceSync(ctx, original).FirstErr(); err != nil {
			return fmt.Errorf("publish %s again: %w", &letter, err)
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
	reader, err := cluster.OpenLog(ctx, r.Kafka, kgo.FetchMaxBytes(maxRecordBytes), kgo.FetchMaxPartitionBytes(maxRecordBytes))
	if err != nil {
		return err
	}
	defer reader.Close()
	partition := cluster.Partition{Topic: letter.Topic, ID: letter.Partition}
	reader.Seek(partition, letter.Offset)
	var whole *kgo.Record
	err = reader.ReadTo(ctx, map[cluster.Partition]int64{partition: letter.Offset + 1}, func(_ cluster.Partition, records []*kgo.Record) error {
		whole = records[0]
		return nil
	}, nil)
	if err != nil && !errors.Is(err, kerr.OffsetOutOfRange) {
		return fmt.Errorf("read %s again: %w", letter, err)
	}
	if whole == nil || whole.Offset != letter.Offset {
		return fmt.Errorf("read %s again: the topic no longer has it", letter)
	}
	original.Key, original.Value = whole.Key, whole.Value
	original.Headers = append(whole.Headers, missingFrom(whole.Headers, original.Headers)...)
	return nil
}

// commit keeps how far the letters have been sent. A run that has left others out does
// not.
func (r *run) commit(ctx context.Context, ends map[cluster.Partition]int64) error {
	if !r.Send || r.Reason != "" || r.Topic != "" {
		return nil
	}
	var sent kadm.Offsets
	for partition, end := range ends {
		sent.AddOffset(r.letters, partition.ID, end, -1)
	}
	if err := r.admin.CommitAllOffsets(ctx, r.group, sent); err != nil {
		return fmt.Errorf("store the progress of %s: %w", r.group, err)
	}
	return nil
}
