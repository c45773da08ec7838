package receivers

import (
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/clvstream/clvstream/internal/changetest"
	"github.com/clvstream/clvstream/internal/testbed"
	"github.com/clvstream/clvstream/internal/testbed/outlet"
)

// otherProducer writes to the topics of changes what is no change, or not to be applied.
type otherProducer struct {
	*kgo.Client
	o *outlet.Outlet
}

func newOtherProducer(t *testing.T, o *outlet.Outlet) *otherProducer {
	return &otherProducer{o.Pair.KafkaClient(t, kgo.TransactionalID(testbed.Unique(t)), kgo.TransactionTimeout(2*time.Minute),
		kgo.ProducerBatchCompression(kgo.NoCompression()), kgo.RecordPartitioner(kgo.ManualPartitioner())), o}
}

// begin leaves a transaction open, with a change in each partition.
func (p *otherProducer) begin(t *testing.T) {
	t.Helper()
	change := rendered(t, changetest.Sample())[0]
	if err := p.BeginTransaction(); err != nil {
		t.Fatal(err)
	}
	for _, topic := range []string{p.o.Topics.Changes, p.o.Topics.Current} {
		for partition := range int32(2) {
			testbed.Produce(t, p.Client, &kgo.Record{Topic: topic, Partition: partition, Key: []byte("aborted"), Value: change})
		}
	}
}

func (p *otherProducer) end(t *testing.T, how kgo.TransactionEndTry) {
	t.Helper()
	if err := p.EndTransaction(t.Context(), how); err != nil {
		t.Fatal(err)
	}
}

// abort leaves a change of an aborted transaction in each partition.
func (p *otherProducer) abort(t *testing.T) {
	t.Helper()
	p.begin(t)
	p.end(t, kgo.TryAbort)
}

// sayAgain repeats what was published last, as a mirror of another cluster may, and with a
// header that is null.
func (p *otherProducer) sayAgain(t *testing.T) {
	t.Helper()
	if err := p.BeginTransaction(); err != nil {
		t.Fatal(err)
	}
	for _, topic := range []string{p.o.Topics.Changes, p.o.Topics.Current} {
		all := p.o.Committed(t, topic)
		for _, record := range all[len(all)-10:] {
			again := kgo.Record{Topic: topic, Partition: record.Partition, Key: record.Key, Value: record.Value}
			again.Headers = append(record.Headers, kgo.RecordHeader{Key: "null"})
			testbed.Produce(t, p.Client, &again)
		}
	}
	p.end(t, kgo.TryCommit)
}

// erase writes a tombstone of a customer behind their changes.
func (p *otherProducer) erase(t *testing.T, customer string) {
	t.Helper()
	if err := p.BeginTransaction(); err != nil {
		t.Fatal(err)
	}
	for _, record := range p.o.Committed(t, p.o.Topics.Current) {
		if string(record.Key) == customer {
			testbed.Produce(t, p.Client, &kgo.Record{Topic: record.Topic, Partition: record.Partition, Key: record.Key})
			break
		}
	}
	p.end(t, kgo.TryCommit)
}

// produceNoChange writes what the schema refuses.
func (p *otherProducer) produceNoChange(t *testing.T) *kgo.Record {
	t.Helper()
	no := &kgo.Record{Topic: p.o.Topics.Changes, Key: []byte("no"), Value: []byte(`{"customer_id":"no"}`)}
	if err := p.BeginTransaction(); err != nil {
		t.Fatal(err)
	}
	testbed.Produce(t, p.Client, no)
	p.end(t, kgo.TryCommit)
	return no
}
