// Package peek shows the latest records of input topics as clvstream reads them: the
// event that each one is, or why it is refused.
//
//	input topics ──► the last records of each partition ──► decode ──► Record, Record, …
//
// It reads committed records as the consumer does, commits no offsets and joins no group,
// so it can run at any time. It does not know customers' histories: a record that decodes
// may still be refused as too late.
package peek

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/clv/money"
	"github.com/clvstream/clvstream/stream/cluster"
	"github.com/clvstream/clvstream/stream/event"
	"github.com/clvstream/clvstream/stream/fetch"
	"github.com/clvstream/clvstream/stream/mapping"
)

// Request says which records to read.
type Request struct {
	Kafka    cluster.Access
	Topics   []string
	Last     int // records of each topic, at most; above 0
	Rules    event.Rules
	Mappings []*mapping.Mapping
}

// Record is one event of a record of an input topic. Either Refused or LeftOut says why it is
// none, or the fields of the event are there.
type Record struct {
	Topic     string    `json:"topic"`
	Partition int32     `json:"partition"`
	Offset    int64     `json:"offset"`
	At        time.Time `json:"at"` // the record's timestamp
	Refused   string    `json:"refused,omitempty"`
	Detail    string    `json:"detail,omitempty"`
	LeftOut   string    `json:"left_out,omitempty"` // by a mapping: its reason

	Type       string     `json:"type,omitempty"`
	CustomerID string     `json:"customer_id,omitempty"`
	OrderID    string     `json:"order_id,omitempty"`
	OccurredAt *time.Time `json:"occurred_at,omitempty"`
	Amount     string     `json:"amount,omitempty"` // in the business's currency, major units
}

// lookBack is over how many offsets a record is looked for: markers of transactions and
// aborted records take offsets, too.
const lookBack = 8

// Run reads the latest records of each topic, oldest first. Of a topic with several
// partitions they are the latest by their timestamps.
func (q Request) Run(ctx context.Context) ([]Record, error) {
	log, err := cluster.OpenLog(ctx, q.Kafka)
	if err != nil {
		return nil, err
	}
	defer log.Close()
	bounds, err := cluster.PartitionBounds(ctx, kadm.NewClient(log.Client()), q.Topics...)
	if err != nil {
		return nil, err
	}
	ends := map[cluster.Partition]int64{}
	for partition, b := range bounds {
		if start := max(b.LogStartOffset, b.LastStableOffset-int64(lookBack*q.Last)); start < b.LastStableOffset {
			log.Seek(partition, start)
			ends[partition] = b.LastStableOffset
		}
	}
	read := map[string][]Record{}
	decoder := mapping.NewDecoder(q.Rules, q.Mappings)
	err = log.ReadTo(ctx, ends, func(partition cluster.Partition, records []*kgo.Record) error {
		for _, r := range records {
			events, err := q.recordsOf(ctx, r, decoder)
			if err != nil {
				return err
			}
			read[partition.Topic] = append(read[partition.Topic], events...)
		}
		return nil
	}, nil)
	if err != nil {
		return nil, fmt.Errorf("read the latest records: %w", err)
	}
	latest := []Record{}
	for _, topic := range q.Topics {
		records := read[topic]
		slices.SortStableFunc(records, func(a, b Record) int {
			return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.Partition, b.Partition), cmp.Compare(a.Offset, b.Offset))
		})
		latest = append(latest, records[max(0, len(records)-q.Last):]...)
	}
	return latest, nil
}

// recordsOf are the events of a record, or why there are none.
func (q Request) recordsOf(ctx context.Context, r *kgo.Record, decoder *mapping.Decoder) (records []Record, err error) {
	plain := Record{Topic: r.Topic, Partition: r.Partition, Offset: r.Offset, At: r.Timestamp.UTC()}
	decoded, err := decoder.Decode(ctx, r.Topic, r.Partition, fetch.EventRecord(r))
	if err != nil {
		return nil, err
	}
	for i := range decoded.Outcomes {
		one := plain
		if refused := decoded.Outcomes[i].Refused; refused != nil {
			one.Refused, one.Detail = refused.Reason.String(), refused.Detail
		} else {
			q.describe(&one, &decoded.Outcomes[i].Event)
		}
		records = append(records, one)
	}
	for _, l := range decoded.LeftOut {
		one := plain
		one.LeftOut = l.Reason
		records = append(records, one)
	}
	return records, nil
}

func (q Request) describe(record *Record, e *history.Event) {
	occurred := time.UnixMicro(e.AtMicros).UTC()
	record.Type, record.CustomerID, record.OrderID, record.OccurredAt = e.Kind.String(), e.CustomerID, e.OrderID, &occurred
	switch e.Kind {
	case history.OrderPlaced, history.OrderRefunded, history.CustomerAcquired:
		record.Amount = money.FormatMinor(e.AmountMinor, q.Rules.Rates.Business().Exponent())
	}
}
