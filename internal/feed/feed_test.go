package feed

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"

	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/clv/money"
	"github.com/clvstream/clvstream/internal/testbed"
	"github.com/clvstream/clvstream/stream/cluster"
)

func TestMain(m *testing.M) { testbed.Main(m) }

// orders adds n orders, of as many customers.
func orders(t *testing.T, f *Feed, n int) {
	t.Helper()
	usd, err := money.ParseCurrency("USD")
	if err != nil {
		t.Fatal(err)
	}
	for i := range n {
		id := fmt.Sprintf("o%d", i)
		e := history.Event{Kind: history.OrderPlaced, ID: id, OrderID: id, CustomerID: fmt.Sprintf("c%d", i), AtMicros: time.Now().UnixMicro(), AmountMinor: 100}
		if err := f.Add(t.Context(), &e, usd); err != nil {
			t.Fatal(err)
		}
	}
}

func newFeed(t *testing.T, pair *testbed.Pair, topic string) *Feed {
	t.Helper()
	f, err := New(cluster.Access{Brokers: pair.Brokers}, []string{topic})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(f.Close)
	return f
}

// What is sent is with the brokers once, also when they are away for a moment.
func TestSendsOnceThroughAnOutage(t *testing.T) {
	throughAnOutage := func(t *testing.T, pair *testbed.Pair) {
		topic := testbed.Unique(t)
		pair.CreateTopic(t, topic, 3)
		f := newFeed(t, pair, topic)
		orders(t, f, 100)
		if f.Sent() != 0 {
			t.Errorf("%d events are said to be sent before they are", f.Sent())
		}
		flush(t, f)
		const more = batchRecords - 1
		orders(t, f, more)
		pair.KafkaDown(t)
		flushed := make(chan error)
		go func() { flushed <- f.Flush(t.Context()) }()
		time.Sleep(time.Second)
		pair.KafkaUp(t)
		if err := <-flushed; err != nil {
			t.Fatal(err)
		}
		const want = 100 + more
		if f.Sent() != want {
			t.Errorf("%d events are said to be sent, want %d", f.Sent(), want)
		}
		ends, err := kadm.NewClient(pair.KafkaClient(t)).ListEndOffsets(t.Context(), topic)
		if err != nil {
			t.Fatal(err)
		}
		var there int64
		ends.Each(func(end kadm.ListedOffset) { there += end.Offset })
		if there != want {
			t.Errorf("%d records are there, want %d", there, want)
		}
	}
	t.Run("in process", func(t *testing.T) { throughAnOutage(t, testbed.EmbeddedPair(t)) })
	t.Run("Kafka", func(t *testing.T) { throughAnOutage(t, testbed.RealPair(t)) })
}

func flush(t *testing.T, f *Feed) {
	t.Helper()
	if err := f.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func TestSaysWhatItCanNotSend(t *testing.T) {
	if _, err := New(cluster.Access{Brokers: []string{"localhost:1"}}, nil); err == nil {
		t.Error("a feed to no topic is made")
	}
	f := newFeed(t, testbed.EmbeddedPair(t), "nobody-made-this")
	orders(t, f, 1)
	if err := f.Flush(t.Context()); !errors.Is(err, kerr.UnknownTopicOrPartition) {
		t.Errorf("without the topic it says %v", err)
	}
	if f.Sent() != 0 {
		t.Errorf("%d events are said to be sent", f.Sent())
	}
}
