package verify

import (
	"context"
	"sync"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/stream/fetch"
	"github.com/clvstream/clvstream/stream/mapping"
)

// recordReader finds the events of records. Those of topics that a mapping names are
// translated into events as docs/events.md has them, which the naive decoder then reads like
// any other. What a mapping makes of a record cannot be derived otherwise: it is tested against
// records whose events were worked out by hand.
type recordReader struct {
	readers sync.Pool // of *mapping.Reader: each is for one goroutine
}

func newRecordReader(mappings []*mapping.Mapping) *recordReader {
	return &recordReader{sync.Pool{New: func() any { return mapping.NewReader(mappings) }}}
}

// read decodes a record: one event for one, but for those that a mapping reads.
func (v *verification) read(ctx context.Context, r *kgo.Record) ([]decoded, error) {
	reader, _ := v.reader.readers.Get().(*mapping.Reader)
	defer v.reader.readers.Put(reader)
	record := fetch.EventRecord(r)
	if r.Attrs.IsControl() || !reader.Maps(r.Topic, record) {
		return []decoded{v.decodeThen(&v.decoder, r)}, nil
	}
	if len(r.Value) > v.decoder.MaxEventBytes {
		return []decoded{{refused: history.TooLarge}}, nil
	}
	translations, _, err := reader.Translate(ctx, r.Topic, r.Partition, record)
	var all []decoded
	refused := false
	for part, t := range translations {
		d := decoded{}
		if t.Refused != nil {
			d.refused = t.Refused.Reason
		} else {
			d = v.decodeThen(&v.ofMapped, &kgo.Record{Topic: r.Topic, Value: t.JSON, Timestamp: r.Timestamp})
		}
		d.event.part, d.event.mapped = int32(part), true
		if d.refused != 0 && refused { // the first refusal of a record stands for all
			continue
		}
		refused = refused || d.refused != 0
		all = append(all, d)
	}
	return all, err
}
