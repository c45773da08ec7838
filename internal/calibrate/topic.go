package calibrate

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/stream"
)

// Log is the input topics from their start to where they ended when the reading
// began, committed records only.
type Log struct {
	Kafka  stream.KafkaClient
	Topics []string
	Rules  stream.Rules
	Read   func(done, total int64) // records
	Report io.Writer               // told of the first records that carry no event
}

// Source reads the log partition by partition and up to the same ends each time,
// so that it gives the same events in the same order.
func (l Log) Source() Source {
	last := &logReader{}
	return Source{
		Amounts: true,
		Orders:  true,
		Refused: func() int { return last.refused },
		Each: func(ctx context.Context, take func(*history.Event)) error {
			r := &logReader{log: l, ends: last.ends, decoder: stream.NewDecoder(l.Rules), take: take}
			if last.ends != nil {
				r.log.Report = io.Discard // the same refusals
			}
			last = r
			return r.run(ctx)
		},
	}
}

// logReader is one reading of the log.
type logReader struct {
	log     Log
	client  *kgo.Client
	decoder *stream.Decoder
	take    func(*history.Event)
	record  stream.Record
	starts  map[stream.Partition]int64
	ends    map[stream.Partition]int64
	next    int64 // the offset of the partition under way before which all is read
	done    int64 // offsets of the partitions before it
	total   int64
	refused int // records
}

func (r *logReader) run(ctx context.Context) (err error) {
	r.client, err = stream.Connect(ctx, r.log.Kafka,
		kgo.FetchIsolationLevel(kgo.ReadCommitted()),
		kgo.KeepControlRecords(), // they move the position where a transaction's marker is the last record
		kgo.ConsumeResetOffset(kgo.NoResetOffset()),
	)
	if err != nil {
		return err
	}
	defer r.client.Close()
	if err := r.bounds(ctx); err != nil {
		return err
	}
	for _, partition := range slices.SortedFunc(maps.Keys(r.ends), comparePartitions) {
		if err := r.readPartition(ctx, partition); err != nil {
			return err
		}
	}
	r.log.Read(r.total, r.total)
	return nil
}

func comparePartitions(a, b stream.Partition) int {
	return cmp.Or(cmp.Compare(a.Topic, b.Topic), cmp.Compare(a.ID, b.ID))
}

// bounds finds where every partition begins and, on the first reading, ends.
func (r *logReader) bounds(ctx context.Context) (err error) {
	admin := kadm.NewClient(r.client)
	if r.starts, err = offsets("starts", r.log.Topics)(admin.ListStartOffsets(ctx, r.log.Topics...)); err != nil {
		return err
	}
	if r.ends == nil {
		if r.ends, err = offsets("ends", r.log.Topics)(admin.ListEndOffsets(ctx, r.log.Topics...)); err != nil {
			return err
		}
	}
	for partition, end := range r.ends {
		r.total += max(0, end-r.starts[partition])
	}
	return nil
}

// offsets reads an answer about the bounds of topics.
func offsets(what string, topics []string) func(kadm.ListedOffsets, error) (map[stream.Partition]int64, error) {
	return func(listed kadm.ListedOffsets, err error) (map[stream.Partition]int64, error) {
		if err == nil {
			err = listed.Error()
		}
		if err != nil {
			return nil, fmt.Errorf("list %s of %v: %w", what, topics, err)
		}
		found := map[stream.Partition]int64{}
		listed.Each(func(o kadm.ListedOffset) { found[stream.Partition{Topic: o.Topic, ID: o.Partition}] = o.Offset })
		return found, nil
	}
}

func (r *logReader) readPartition(ctx context.Context, p stream.Partition) error {
	start, end := r.starts[p], r.ends[p]
	if start >= end {
		return nil
	}
	r.next = start
	r.client.AddConsumePartitions(map[string]map[int32]kgo.Offset{p.Topic: {p.ID: kgo.NewOffset().At(start)}})
	defer r.client.RemoveConsumePartitions(map[string][]int32{p.Topic: {p.ID}})
	for r.next < end {
		r.log.Read(r.done+r.next-start, r.total)
		if err := r.poll(ctx, p, end); err != nil {
			return err
		}
	}
	r.done += end - start
	return nil
}

// mostRefusals is how many records are told one by one.
const mostRefusals = 20

// stalledAfter is longer than a broker lets a transaction stay open by default.
const stalledAfter = 2 * time.Minute

func (r *logReader) poll(ctx context.Context, p stream.Partition, end int64) error {
	waiting, cancel := context.WithTimeout(ctx, stalledAfter)
	defer cancel()
	fetches := r.client.PollFetches(waiting)
	if err := ctx.Err(); err != nil {
		return err
	}
	if waiting.Err() != nil {
		return fmt.Errorf("read %s: nothing came for %s at offset %d of %d: does a transaction hang there?", p, stalledAfter, r.next, end)
	}
	for _, failed := range fetches.Errors() {
		return fmt.Errorf("read %s/%d: %w", failed.Topic, failed.Partition, failed.Err)
	}
	fetches.EachRecord(func(record *kgo.Record) {
		if record.Topic != p.Topic || record.Partition != p.ID {
			return // fetched before, of a partition that is done
		}
		if r.next = min(record.Offset+1, end); record.Offset < end && !record.Attrs.IsControl() {
			r.receive(p, record)
		}
	})
	return nil
}

func (r *logReader) receive(p stream.Partition, record *kgo.Record) {
	r.record.Offset, r.record.TimestampMillis = record.Offset, record.Timestamp.UnixMilli()
	r.record.Key, r.record.Value, r.record.Headers = record.Key, record.Value, r.record.Headers[:0]
	for _, h := range record.Headers {
		r.record.Headers = append(r.record.Headers, stream.Header{Key: []byte(h.Key), Value: h.Value})
	}
	event, _, refused := r.decoder.Decode(&r.record)
	if refused != nil {
		if r.refused++; r.refused <= mostRefusals {
			fmt.Fprintf(r.log.Report, "%s at %d: %v\n", p, record.Offset, refused)
		}
		return
	}
	r.take(&event)
}
