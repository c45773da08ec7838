package verify

import (
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/clvstream/clvstream/clv"
	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/state/layout"
	"github.com/clvstream/clvstream/stream/cluster"
)

// Snapshot is a customer as a shard has them. A record's number is its place in the order of
// arrival, whatever partition it is of.
type Snapshot struct {
	Customer    *clv.Customer
	FiredMicros int64
	Activated   bool          // a model was in the shard
	Records     []*kgo.Record // that were applied
	Items       []layout.Item // changes, by the number of their record
	Letters     map[int64]history.RefusalReason
	Partitions  int64 // of which records come in turn
}

// Compare compares a customer with what their records come to.
func (s *Snapshot) Compare(t testing.TB, id string, config Config) Report {
	t.Helper()
	v := newVerification(config)
	v.report.maxDifferences = defaultMaxDifferences
	place := func(number int64) (layout.Source, coordinate) {
		from := layout.Source{Topic: config.InputTopics[0], Partition: int32(number % s.Partitions)}
		return from, coordinate{source: v.sources.number(cluster.Partition{Topic: from.Topic, ID: from.Partition}), offset: number / s.Partitions}
	}
	d, applied := &dossier{}, marks{}
	for number, record := range s.Records {
		read := v.decoder.decode(record)
		if read.refused != 0 || read.customer != id {
			t.Fatalf("not a record of %s: %s", id, record.Value)
		}
		_, read.event.coordinate = place(int64(number))
		read.event.checksum = checksumOf(record.Key, record.Value)
		d.events = append(d.events, read.event)
		applied.grow(int(read.event.source) + 1)
		applied[read.event.source] = read.event.offset + 1
		if reason := s.Letters[int64(number)]; reason != 0 {
			v.letters[read.event.coordinate] = &letter{reason: reason, checksum: read.event.checksum}
		}
	}
	var pending []change
	for _, item := range s.Items {
		from, at := place(item.Offset)
		item.Offset = at.offset
		c, err := v.waitingChange(from, &item)
		if err != nil {
			t.Fatal(err)
		}
		pending = append(pending, c)
	}
	v.compareCustomer(v.newSubject(id, stored{
		customer: s.Customer, firedMicros: s.FiredMicros, activated: s.Activated, applied: applied,
	}, d, pending))
	v.report.conclude()
	return v.report
}
