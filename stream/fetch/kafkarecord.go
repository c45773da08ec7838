package fetch

import (
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/clvstream/clvstream/stream/event"
)

// EventRecord is a record as decoders take it.
func EventRecord(r *kgo.Record) *event.Record {
	record := &event.Record{Offset: r.Offset, TimestampMillis: r.Timestamp.UnixMilli(), Key: r.Key, Value: r.Value}
	for _, h := range r.Headers {
		record.Headers = append(record.Headers, event.Header{Key: []byte(h.Key), Value: h.Value})
	}
	return record
}
