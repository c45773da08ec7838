package calibrate

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/clvstream/clvstream/clv"
	"github.com/clvstream/clvstream/stream"
)

// Log is the input topics from their start to where they ended when the reading
// began, committed records only.
type Log struct {
	Kafka  stream.KafkaClient
	Topics []string
	Rules  stream.Rules
	Read   func(done, total int64) // records
	// Refused is told of each record that carries no event; it may be a dead
	// letter, a marker or somebody else's.
	Refused func(topic string, partition int32, offset int64, refusal *clv.Refusal)
}

// Source reads the log up to one and the same end each time. The order among
// partitions may differ, which changes nothing that is summed up.
func (l Log) Source() Source {
	var ends map[stream.Partition]int64
	return Source{
		Amounts: true,
		Orders:  true,
		Each: func(ctx context.Context, take func(*clv.Event)) error {
			r := &logReader{log: l, ends: ends, decoder: stream.NewDecoder(l.Rules), take: take}
			err := r.run(ctx)
			if ends == nil {
				ends = r.ends
			}
			return err
		},
	}
}

// logReader is one reading of the log.
type logReader struct {
	log     Log
	client  *kgo.Client
	decoder *stream.Decoder
	take    func(*clv.Event)
	record  stream.Record
	next    map[stream.Partition]int64 // the offset before which all is read
	ends    map[stream.Partition]int64
	total   int64
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
	if err := r.follow(ctx); err != nil {
		return err
	}
	for r.left() > 0 {
		r.log.Read(r.total-r.left(), r.total)
		if err := r.poll(ctx); err != nil {
			return err
		}
	}
	r.log.Read(r.total, r.total)
	return nil
}

// follow begins with every partition at its start.
func (r *logReader) follow(ctx context.Context) error {
	admin := kadm.NewClient(r.client)
	starts, err := admin.ListStartOffsets(ctx, r.log.Topics...)
	if err := errors.Join(err, starts.Error()); err != nil {
		return fmt.Errorf("list starts of %v: %w", r.log.Topics, err)
	}
	if r.ends == nil {
		if r.ends, err = listEnds(ctx, admin, r.log.Topics); err != nil {
			return err
		}
	}
	r.next = map[stream.Partition]int64{}
	begin := map[string]map[int32]kgo.Offset{}
	for partition, end := range r.ends {
		start, ok := starts.Lookup(partition.Topic, partition.ID)
		if !ok {
			return fmt.Errorf("find start of %s: the partition is gone", partition)
		}
		if begin[partition.Topic] == nil {
			begin[partition.Topic] = map[int32]kgo.Offset{}
		}
		begin[partition.Topic][partition.ID] = kgo.NewOffset().At(start.Offset)
		r.next[partition] = start.Offset
		r.total += max(0, end-start.Offset)
	}
	r.client.AddConsumePartitions(begin)
	return nil
}

func listEnds(ctx context.Context, admin *kadm.Client, topics []string) (map[stream.Partition]int64, error) {
	listed, err := admin.ListEndOffsets(ctx, topics...)
	if err := errors.Join(err, listed.Error()); err != nil {
		return nil, fmt.Errorf("list ends of %v: %w", topics, err)
	}
	ends := map[stream.Partition]int64{}
	listed.Each(func(end kadm.ListedOffset) {
		ends[stream.Partition{Topic: end.Topic, ID: end.Partition}] = end.Offset
	})
	return ends, nil
}

// left is how many offsets are not read yet.
func (r *logReader) left() (n int64) {
	for partition, end := range r.ends {
		n += max(0, end-r.next[partition])
	}
	return n
}

// stalledAfter is longer than a broker lets a transaction stay open by default.
const stalledAfter = 2 * time.Minute

func (r *logReader) poll(ctx context.Context) error {
	waiting, cancel := context.WithTimeout(ctx, stalledAfter)
	defer cancel()
	fetches := r.client.PollFetches(waiting)
	if err := ctx.Err(); err != nil {
		return err
	}
	if waiting.Err() != nil {
		return fmt.Errorf("read %v: nothing came for %s and %d records are missing: does a transaction hang there?", r.log.Topics, stalledAfter, r.left())
	}
	for _, failed := range fetches.Errors() {
		return fmt.Errorf("read %s/%d: %w", failed.Topic, failed.Partition, failed.Err)
	}
	fetches.EachRecord(r.receive)
	return nil
}

func (r *logReader) receive(record *kgo.Record) {
	partition := stream.Partition{Topic: record.Topic, ID: record.Partition}
	if record.Offset >= r.ends[partition] {
		r.next[partition] = r.ends[partition]
		return
	}
	r.next[partition] = record.Offset + 1
	if record.Attrs.IsControl() {
		return
	}
	r.record.Offset, r.record.TimestampMillis = record.Offset, record.Timestamp.UnixMilli()
	r.record.Key, r.record.Value, r.record.Headers = record.Key, record.Value, r.record.Headers[:0]
	for _, h := range record.Headers {
		r.record.Headers = append(r.record.Headers, stream.Header{Key: []byte(h.Key), Value: h.Value})
	}
	event, _, refused := r.decoder.Decode(&r.record)
	if refused != nil {
		r.log.Refused(record.Topic, record.Partition, record.Offset, refused)
		return
	}
	r.take(&event)
}
