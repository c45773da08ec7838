package verify

import (
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/clvstream/clvstream/clv"
	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/state/layout"
	"github.com/clvstream/clvstream/stream/cluster"
)

// Snapshot is a customer whose events are of one partition, as a shard has them.
type Snapshot struct {
	Customer    *clv.Customer
	FiredMicros int64
	Records     []*kgo.Record // that were applied, in order of arrival
	Items       []layout.Item // changes, by the offset of their record
	Letters     map[int64]history.RefusalReason
}

// Compare compares a customer with what their records come to.
func (s *Snapshot) Compare(t testing.TB, id string, config Config) Report {
	t.Helper()
	v := newVerification(config)
	v.report.maxDifferences = defaultMaxDifferences
	from := cluster.Partition{Topic: config.InputTopics[0]}
	source := v.sources.number(from)
	d := &dossier{}
	for _, record := range s.Records {
		read := v.decoder.decode(record)
		if read.refused != 0 || read.customer != id {
			t.Fatalf("not a record of %s: %s", id, record.Value)
		}
		read.event.source, read.event.offset, read.event.checksum = source, record.Offset, checksumOf(record.Key, record.Value)
		d.events = append(d.events, read.event)
		if reason := s.Letters[record.Offset]; reason != 0 {
			v.letters[coordinate{source: source, offset: record.Offset}] = &letter{reason: reason, checksum: read.event.checksum}
		}
	}
	var pending []change
	for i := range s.Items {
		c, err := v.waitingChange(layout.Source{Topic: from.Topic}, &s.Items[i])
		if err != nil {
			t.Fatal(err)
		}
		pending = append(pending, c)
	}
	v.compareCustomer(v.newSubject(id, stored{
		customer: s.Customer, firedMicros: s.FiredMicros, applied: marks{int64(len(s.Records))},
	}, d, pending))
	v.report.conclude()
	return v.report
}
