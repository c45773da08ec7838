package calibrate

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"maps"
	"slices"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/stream/cluster"
	"github.com/clvstream/clvstream/stream/event"
	"github.com/clvstream/clvstream/stream/fetch"
	"github.com/clvstream/clvstream/stream/mapping"
)

// Log is the input topics from their start to where they ended when the reading
// began, committed records only.
type Log struct {
	Kafka    cluster.Access
	Topics   []string
	Rules    event.Rules
	Mappings []*mapping.Mapping
	Read     func(done, total int64) // records
	Report   io.Writer               // gets the first records that carry no event
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
			r := &logReader{log: l, ends: last.ends, decoder: mapping.NewDecoder(l.Rules, l.Mappings), take: take}
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
	decoder *mapping.Decoder
	take    func(*history.Event)
	ends    map[cluster.Partition]int64
	refused int // records
}

func (r *logReader) run(ctx context.Context) error {
	log, err := cluster.OpenLog(ctx, r.log.Kafka)
	if err != nil {
		return err
	}
	defer log.Close()
	if r.ends == nil {
		if r.ends, err = log.Ends(ctx, r.log.Topics...); err != nil {
			return err
		}
	}
	if err := log.Begin(ctx, r.ends); err != nil {
		return err
	}
	receive := func(p cluster.Partition, records []*kgo.Record) error { return r.receive(ctx, p, records) }
	for _, partition := range slices.SortedFunc(maps.Keys(r.ends), comparePartitions) {
		end := map[cluster.Partition]int64{partition: r.ends[partition]}
		if err := log.ReadTo(ctx, end, receive, func(int64, int64) { r.log.Read(log.Done(r.ends)) }); err != nil {
			return err
		}
	}
	r.log.Read(log.Done(r.ends))
	return nil
}

func comparePartitions(a, b cluster.Partition) int {
	return cmp.Or(cmp.Compare(a.Topic, b.Topic), cmp.Compare(a.ID, b.ID))
}

// mostRefusals is how many refused records are reported one by one.
const mostRefusals = 20

func (r *logReader) receive(ctx context.Context, p cluster.Partition, records []*kgo.Record) error {
	for _, record := range records {
		if err := r.decode(ctx, p, record); err != nil {
			return err
		}
	}
	return nil
}

func (r *logReader) decode(ctx context.Context, p cluster.Partition, record *kgo.Record) error {
	decoded, err := r.decoder.Decode(ctx, p.Topic, p.ID, fetch.EventRecord(record))
	if err != nil {
		return err
	}
	for i := range decoded.Outcomes {
		outcome := &decoded.Outcomes[i]
		if outcome.Refused == nil && outcome.Event.CustomerID == "" {
			continue // it is in the repartition topic, with its customer
		}
		if outcome.Refused == nil {
			r.take(&outcome.Event)
		} else if r.refused++; r.refused <= mostRefusals {
			fmt.Fprintf(r.log.Report, "%s at %d: %v\n", p, record.Offset, outcome.Refused)
		}
	}
	return nil
}
