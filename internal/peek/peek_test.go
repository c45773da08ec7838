package peek

import (
	"fmt"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/clvstream/clvstream/clv/money"
	"github.com/clvstream/clvstream/internal/testbed"
	"github.com/clvstream/clvstream/stream/cluster"
	"github.com/clvstream/clvstream/stream/event"
)

func TestMain(m *testing.M) { testbed.Main(m) }

// The latest records of a topic are shown as the consumer reads them: events, refusals
// with their reason, and nothing of what was aborted.
func TestShowsTheLatest(t *testing.T) {
	testbed.EachPair(t, func(t *testing.T, pair *testbed.Pair) {
		topic, empty := testbed.Unique(t)+"-orders", testbed.Unique(t)+"-churn"
		pair.CreateTopic(t, topic, 2)
		pair.CreateTopic(t, empty, 1)
		client := pair.KafkaClient(t, kgo.RecordPartitioner(kgo.ManualPartitioner()), kgo.TransactionalID(testbed.Unique(t)))
		produce := func(commit kgo.TransactionEndTry, records ...*kgo.Record) {
			t.Helper()
			if err := client.BeginTransaction(); err != nil {
				t.Fatal(err)
			}
			if err := client.ProduceSync(t.Context(), records...).FirstErr(); err != nil {
				t.Fatal(err)
			}
			if err := client.EndTransaction(t.Context(), commit); err != nil {
				t.Fatal(err)
			}
		}
		at := time.Date(2026, 3, 14, 10, 0, 0, 0, time.UTC)
		order := func(i int, amount string) *kgo.Record {
			when := at.Add(time.Duration(i) * time.Minute)
			return &kgo.Record{Topic: topic, Partition: int32(i % 2), Timestamp: when, Value: fmt.Appendf(nil,
				`{"type":"order.placed","event_id":"e%d","occurred_at":%q,"customer_id":"c%d","order_id":"o%[1]d","amount":%[4]q,"currency":"USD"}`,
				i, when.Format(time.RFC3339), i, amount)}
		}
		for i := range 6 {
			produce(kgo.TryCommit, order(i, "29.33"))
		}
		produce(kgo.TryAbort, order(6, "1.00"))
		produce(kgo.TryCommit, order(7, "much"))

		usd, err := money.ParseCurrency("USD")
		if err != nil {
			t.Fatal(err)
		}
		rates, err := money.NewRates(usd)
		if err != nil {
			t.Fatal(err)
		}
		q := Request{Kafka: cluster.Access{Brokers: pair.Brokers}, Topics: []string{topic, empty}, Last: 3, Rules: event.Rules{Rates: rates}}
		testbed.Await(t, "the last record to be read", func() bool {
			records, err := q.Run(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			return len(records) > 0 && records[len(records)-1].Refused != ""
		})
		records, err := q.Run(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, r := range records {
			got = append(got, fmt.Sprintf("%d %s %s %s%s %s", r.Partition, r.At.Format("15:04"), r.Type, r.OrderID, r.Refused, r.Amount))
		}
		want := []string{"0 10:04 order.placed o4 29.33", "1 10:05 order.placed o5 29.33", "1 10:07  bad_amount "}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("got  %q\nwant %q", got, want)
		}
	})
}

func TestRefusesATopicThatIsNotThere(t *testing.T) {
	pair := testbed.EmbeddedPair(t)
	_, err := Request{Kafka: cluster.Access{Brokers: pair.Brokers}, Topics: []string{"nowhere"}, Last: 1}.Run(t.Context())
	if err == nil {
		t.Error("a topic that does not exist is read")
	}
}
