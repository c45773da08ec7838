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
)

// Request says which records to read.
type Request struct {
	Kafka  cluster.Access
	Topics []string
	Last   int // records of each topic, at most; above 0
	Rules  event.Rules
}

// Record is one record of an input topic. Either Refused says why it is no event, or
// the fields of the event are there.
type Record struct {
	Topic     string    `json:"topic"`
	Partition int32     `json:"partition"`
	Offset    int64     `json:"offset"`
	At        time.Time `json:"at"` // the record's timestamp
	Refused   string    `json:"refused,omitempty"`
	Detail    string    `json:"detail,omitempty"`

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
	decoder := event.NewDecoder(q.Rules)
	err = log.ReadTo(ctx, ends, func(partition cluster.Partition, records []*kgo.Record) error {
		for _, r := range records {
			read[partition.Topic] = append(read[partition.Topic], q.recordOf(r, decoder))
		}
		return nil
	}, nil)
	if err != nil {
		return nil, fmt.Errorf("read the latest records: %w", err)
	}
	latest := []Record{}
	for _, topic := range q.Topics {
		records := read[topic]
		slices.SortFunc(records, func(a, b Record) int {
			return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.Partition, b.Partition), cmp.Compare(a.Offset, b.Offset))
		})
		latest = append(latest, records[max(0, len(records)-q.Last):]...)
	}
	return latest, nil
}

func (q Request) recordOf(r *kgo.Record, decoder *event.Decoder) Record {
	record := Record{Topic: r.Topic, Partition: r.Partition, Offset: r.Offset, At: r.Timestamp.UTC()}
	in := event.Record{Offset: r.Offset, TimestampMillis: r.Timestamp.UnixMilli(), Key: r.Key, Value: r.Value}
	for _, h := range r.Headers {
		in.Headers = append(in.Headers, event.Header{Key: []byte(h.Key), Value: h.Value})
	}
	e, _, refused := decoder.Decode(&in)
	if refused != nil {
		record.Refused, record.Detail = refused.Reason.String(), refused.Detail
		return record
	}
	occurred := time.UnixMicro(e.AtMicros).UTC()
	record.Type, record.CustomerID, record.OrderID, record.OccurredAt = e.Kind.String(), e.CustomerID, e.OrderID, &occurred
	switch e.Kind {
	case history.OrderPlaced, history.OrderRefunded, history.CustomerAcquired:
		record.Amount = money.FormatMinor(e.AmountMinor, q.Rules.Rates.Business().Exponent())
	}
	return record
}
