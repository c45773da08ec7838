package calibrate

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/clvstream/clvstream/clv/money"
	"github.com/clvstream/clvstream/internal/testbed"
	"github.com/clvstream/clvstream/stream/cluster"
	"github.com/clvstream/clvstream/stream/event"
)

// orderJSON is an order as a topic carries it.
func orderJSON(customer string, day, n int) []byte {
	return fmt.Appendf(nil, `{"type":"order.placed","event_id":"e%d","order_id":"o%d","customer_id":%q,"occurred_at":"2024-01-%02dT08:00:00Z","amount":"%d.00","currency":"USD"}`,
		n, n, customer, day, n)
}

// transact produces values to a partition in one transaction, and ends it so.
func transact(t *testing.T, p *testbed.Pair, topic string, partition int32, end kgo.TransactionEndTry, values ...[]byte) {
	t.Helper()
	client := p.KafkaClient(t, kgo.TransactionalID(fmt.Sprintf("%s-%d-%v", topic, partition, end)), kgo.RecordPartitioner(kgo.ManualPartitioner()))
	if err := client.BeginTransaction(); err != nil {
		t.Fatal(err)
	}
	for _, value := range values {
		if err := client.ProduceSync(t.Context(), &kgo.Record{Topic: topic, Partition: partition, Value: value}).FirstErr(); err != nil {
			t.Fatal(err)
		}
	}
	if err := client.EndTransaction(t.Context(), end); err != nil {
		t.Fatal(err)
	}
}

// The log is what was committed, on all partitions, up to where it ended when it
// was first read; a customer's orders may lie on several.
func TestLogIsWhatWasCommitted(t *testing.T) {
	p := testbed.EmbeddedPair(t)
	topic := testbed.Unique(t)
	p.CreateTopic(t, topic, 3)
	transact(t, p, topic, 0, kgo.TryCommit, orderJSON("a", 2, 1), orderJSON("a", 9, 2), []byte("no JSON"))
	transact(t, p, topic, 1, kgo.TryCommit, orderJSON("a", 5, 3), orderJSON("b", 5, 4), orderJSON("a", 2, 1))
	transact(t, p, topic, 1, kgo.TryAbort, orderJSON("c", 6, 5))

	rates, err := money.NewRates(currency(t, "USD"))
	if err != nil {
		t.Fatal(err)
	}
	var report bytes.Buffer
	var done, total int64
	source := Log{
		Kafka: cluster.Access{Brokers: p.Brokers}, Topics: []string{topic}, Rules: event.Rules{Rates: rates}, Report: &report,
		Read: func(d, n int64) { done, total = d, n },
	}.Source()
	population := summarised(t, source, Everything())
	got, recency, age := population.sums()
	if want := (sums{2, 1, 2, 2}); got != want || recency != 7 || age != 7+4 {
		t.Errorf("got %+v, Σt_x %d, ΣT %d", got, recency, age)
	}
	if population.doubted != 1 {
		t.Errorf("%d customers were read again: one has an order twice and days out of order", population.doubted)
	}
	if done != total || total != 10 { // with two markers of commits and one of the abort
		t.Errorf("read %d of %d offsets", done, total)
	}
	if source.Refused() != 1 || strings.Count(report.String(), "undecodable") != 1 {
		t.Errorf("%d refused: %s", source.Refused(), report.String())
	}
}

func TestLogThatDoesNotExist(t *testing.T) {
	p := testbed.EmbeddedPair(t)
	source := Log{Kafka: cluster.Access{Brokers: p.Brokers}, Topics: []string{testbed.Unique(t)}, Read: func(int64, int64) {}}.Source()
	if _, err := Summarise(t.Context(), source, rules(), Everything()); err == nil || !strings.Contains(err.Error(), "list ends") {
		t.Errorf("error is %v", err)
	}
}
