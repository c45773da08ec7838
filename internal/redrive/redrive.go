// Package redrive publishes dead letters again to the topics that they came from.
//
//	<namespace>.deadletter ──► from the progress of ──► Letter + original ──► wanted, and new? ──► its topic
//	                           the request's filter      └─► was it cut? read it at its coordinates
//	                           to where the topic ended
//
// A record keeps its topic, partition, key, value, headers and timestamp; its first
// coordinates and how often it went back stay in its headers. Each filter has progress of
// its own (progress.go), and a letter is sent once, whichever filters let it through.
//
// Letters of customers who were erased have no content: they are listed, and never sent.
//
// It refuses a topic that another program writes to, and a cut record that its topic no
// longer has. A run that fails keeps how far it came. A letter whose sending was not
// answered is sent again, and the consumer recognises it by its event id.
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
	FromStart bool   // with the oldest letter, those that were sent included
	Send      bool   // false: they are only listed
}

// Report is what a run found and sent.
type Report struct {
	Letters []Letter `json:"letters"`
	Sent    int      `json:"sent"`
}

// New counts the letters that no run before has sent and that can be.
func (r *Report) New() (n int) {
	for i := range r.Letters {
		if r.Letters[i].New && !r.Letters[i].Empty {
			n++
		}
	}
	return n
}

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
		Request: q, log: log, admin: kadm.NewClient(log.Client()), read: map[cluster.Partition]int64{},
		letters: cluster.OutputTopicsOf(q.Namespace).DeadLetter, report: Report{Letters: []Letter{}},
	}
	r.progress = newProgress(r.admin, q.Namespace, r.letters)
	ends, err := r.bounds(ctx)
	if err != nil || len(ends) == 0 {
		return &r.report, err
	}
	err = log.ReadTo(ctx, ends, func(partition cluster.Partition, records []*kgo.Record) error {
		for _, record := range records {
			if err := r.take(ctx, record); err != nil {
				return err
			}
			r.read[partition] = record.Offset + 1
		}
		return nil
	}, nil)
	if err != nil {
		return nil, errors.Join(err, r.keep(ctx, r.read))
	}
	return &r.report, r.keep(ctx, ends)
}

// run is a request under way.
type run struct {
	Request
	log      *cluster.Log
	admin    *kadm.Client
	letters  string
	progress *progress
	read     map[cluster.Partition]int64 // the offset before which all letters are done with
	report   Report
}

func (q *Request) filter() filter { return filter{q.Reason, q.Topic} }

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
	ends := map[cluster.Partition]int64{}
	for _, end := range committed[r.letters] {
		if end.Err != nil {
			return nil, fmt.Errorf("list offsets of %s: %w: `clvstream topics create` creates it", r.letters, end.Err)
		}
		start, _ := starts.Lookup(r.letters, end.Partition)
		at := start.Offset
		if !r.FromStart {
			sent, err := r.progress.of(ctx, r.filter(), end.Partition)
			if err != nil {
				return nil, err
			}
			at = max(at, sent)
		}
		if at < end.Offset {
			partition := cluster.Partition{Topic: r.letters, ID: end.Partition}
			r.log.Seek(partition, at)
			ends[partition] = end.Offset
		}
	}
	return ends, nil
}

// take sends one letter back, if it is wanted.
func (r *run) take(ctx context.Context, record *kgo.Record) error {
	letter, original, cut, err := unwrap(record)
	if err != nil {
		return fmt.Errorf("dead letter %d/%d: %w", record.Partition, record.Offset, err)
	}
	if !r.filter().lets(&letter) {
		return nil
	}
	sent, err := r.progress.of(ctx, filter{letter.Reason, letter.Topic}, record.Partition)
	if err != nil {
		return err
	}
	letter.New = record.Offset >= sent
	if !letter.New && !r.FromStart {
		return nil
	}
	if r.Send && !letter.Empty {
		if err := r.send(ctx, &letter, original, cut); err != nil {
			return err
		}
	}
	r.report.Letters = append(r.report.Letters, letter)
	return nil
}

func (r *run) send(ctx context.Context, letter *Letter, original *kgo.Record, cut bool) error {
	if cut {
		if err := r.readAgain(ctx, letter, original); err != nil {
			return err
		}
	}
	original.Headers = counted(original.Headers, letter.SentBack+1)
	if err := r.log.Client().ProduceSync(ctx, original).FirstErr(); err != nil {
		return fmt.Errorf("publish %s again: %w", letter, err)
	}
	letter.Sent = true
	r.report.Sent++
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
	letter.SentBack = timesSentBack(whole.Headers)
	return nil
}

// keepTimeout bounds the storing of progress, also when the run's own time is over.
const keepTimeout = 10 * time.Second

// keep stores how far the letters of the request's filter have been sent.
func (r *run) keep(ctx context.Context, upTo map[cluster.Partition]int64) error {
	if !r.Send || len(upTo) == 0 {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), keepTimeout)
	defer cancel()
	return r.progress.keep(ctx, r.Kafka, r.filter(), upTo)
}
