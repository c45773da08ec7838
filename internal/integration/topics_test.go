package integration

import (
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/internal/testbed"
)

// Three topics with any numbers of partitions: a keyed one, one that nobody
// keys, and one written by transactions, some of them aborted, one open for a
// while. One topic grows while it is read.
func TestReadsAnyTopics(t *testing.T) {
	t.Parallel()
	testbed.EachPair(t, func(t *testing.T, pair *testbed.Pair) {
		namespace := testbed.Unique(t)
		keyed, loose, transacted := namespace+"-keyed", namespace+"-loose", namespace+"-transacted"
		pair.CreateTopic(t, keyed, 1)
		pair.CreateTopic(t, loose, 4)
		pair.CreateTopic(t, transacted, 2)
		// Half a year is written in a second: how late a record may be is not what is
		// tested here.
		d := deploy(t, pair, "input.topics="+keyed+","+loose+","+transacted, "business.lateness_days=400")
		d.consume(t)
		d.publish(t)
		events := traffic(t, newSeed(t), 800)
		take := func(n int) []*kgo.Record {
			n = min(n, len(events))
			taken := d.records(events[:n])
			events = events[n:]
			return taken
		}
		half := len(events) / 2

		d.produce(t, onto(keyed, take(half/3))...)
		d.produce(t, without(onto(loose, take(half/3)))...)
		writer := d.transactional(t, "writer")
		for chunk := take(half / 3); len(chunk) > 0; chunk = chunk[min(100, len(chunk)):] {
			some := onto(transacted, chunk[:min(100, len(chunk))])
			write(t, writer, onto(transacted, d.records(invented(40)))...)
			end(t, writer, kgo.TryAbort)
			write(t, writer, some...)
			end(t, writer, kgo.TryCommit)
		}

		// What is written after the beginning of an open transaction waits for its
		// end in its partitions, and in no others.
		open := d.transactional(t, "open")
		write(t, open, onto(transacted, take(30))...)
		write(t, writer, onto(transacted, take(30))...)
		end(t, writer, kgo.TryCommit)
		d.produce(t, onto(keyed, take(30))...)
		end(t, open, kgo.TryCommit)

		if _, err := d.admin.UpdatePartitions(t.Context(), 3, keyed); err != nil {
			t.Fatal(err)
		}
		eventually(t, "the new partitions", func() bool {
			ends, err := d.admin.ListEndOffsets(t.Context(), keyed)
			return err == nil && len(ends[keyed]) == 3 && ends.Error() == nil
		})
		later := newProducer(t, pair)
		if err := later.ProduceSync(t.Context(), onto(keyed, take(len(events)))...).FirstErr(); err != nil {
			t.Fatal(err)
		}
		report := d.settled(t)
		t.Log(report)
		if report.DeadLetters != 0 {
			t.Errorf("%d dead letters", report.DeadLetters)
		}
	})
}

func onto(topic string, records []*kgo.Record) []*kgo.Record {
	for _, r := range records {
		r.Topic = topic
	}
	return records
}

// without takes the keys away.
func without(records []*kgo.Record) []*kgo.Record {
	for _, r := range records {
		r.Key = nil
	}
	return records
}

// invented are orders that nobody placed: of an aborted transaction.
func invented(n int) []history.Event {
	events := make([]history.Event, n)
	for i := range events {
		events[i] = history.Event{
			Kind: history.OrderPlaced, ID: "bogus", CustomerID: "nobody" + string(rune('a'+i%26)), OrderID: "bogus",
			AtMicros: 1_700_000_000_000_000, AmountMinor: 100_000,
		}
	}
	return events
}

func (d *deployment) transactional(t *testing.T, id string) *kgo.Client {
	t.Helper()
	return newProducer(t, d.pair, kgo.TransactionalID(d.config.Namespace+"-"+id))
}

// write begins a transaction with records.
func write(t *testing.T, client *kgo.Client, records ...*kgo.Record) {
	t.Helper()
	if err := client.BeginTransaction(); err != nil {
		t.Fatal(err)
	}
	if err := client.ProduceSync(t.Context(), records...).FirstErr(); err != nil {
		t.Fatal(err)
	}
}

func end(t *testing.T, client *kgo.Client, how kgo.TransactionEndTry) {
	t.Helper()
	if err := client.EndTransaction(t.Context(), how); err != nil {
		t.Fatal(err)
	}
}
