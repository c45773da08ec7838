package redrive

import (
	"bytes"
	"context"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/clvstream/clvstream/internal/testbed"
	"github.com/clvstream/clvstream/stream/cluster"
	"github.com/clvstream/clvstream/stream/deadletter"
)

func TestMain(m *testing.M) { testbed.Main(m) }

// desk is a namespace with an input topic and dead letters of its own.
type desk struct {
	Request
	pair         *testbed.Pair
	input        string
	deadLetters  string
	transactions *kgo.Client // as the publisher writes
	plain        *kgo.Client
}

func newDesk(t *testing.T, pair *testbed.Pair) *desk {
	t.Helper()
	namespace := testbed.Unique(t)
	d := &desk{
		Request: Request{Kafka: cluster.Access{Brokers: pair.Brokers}, Namespace: namespace},
		pair:    pair, input: namespace + "-orders", deadLetters: cluster.OutputTopicsOf(namespace).DeadLetter,
	}
	pair.CreateTopic(t, d.input, 2)
	pair.CreateTopic(t, d.deadLetters, 2)
	d.transactions = pair.KafkaClient(t, kgo.TransactionalID(namespace), kgo.RecordPartitioner(kgo.ManualPartitioner()))
	d.plain = pair.KafkaClient(t, kgo.RecordPartitioner(kgo.ManualPartitioner()))
	return d
}

func header(name, value string) kgo.RecordHeader {
	return kgo.RecordHeader{Key: name, Value: []byte(value)}
}

// letterOf is a dead letter as the publisher renders it.
func letterOf(topic string, partition int32, offset int64, reason string, value []byte, more ...kgo.RecordHeader) *kgo.Record {
	return &kgo.Record{Key: []byte("key"), Value: value, Headers: append([]kgo.RecordHeader{
		header(deadletter.HeaderReason, reason), header(deadletter.HeaderDetail, "because of "+reason),
		header(deadletter.HeaderTopic, topic), header(deadletter.HeaderPartition, strconv.Itoa(int(partition))),
		header(deadletter.HeaderOffset, strconv.FormatInt(offset, 10)), header(deadletter.HeaderTimestamp, "1700000000123"),
	}, more...)}
}

// bury writes dead letters to a partition in one transaction, so that a marker is its
// last record, and waits for the marker: a cluster answers before it is there.
func (d *desk) bury(t *testing.T, partition int32, letters ...*kgo.Record) {
	t.Helper()
	if err := d.transactions.BeginTransaction(); err != nil {
		t.Fatal(err)
	}
	for _, letter := range letters {
		letter.Topic, letter.Partition = d.deadLetters, partition
	}
	if err := d.transactions.ProduceSync(t.Context(), letters...).FirstErr(); err != nil {
		t.Fatal(err)
	}
	if err := d.transactions.EndTransaction(t.Context(), kgo.TryCommit); err != nil {
		t.Fatal(err)
	}
	last := letters[len(letters)-1].Offset
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	for {
		ends, err := kadm.NewClient(d.plain).ListCommittedOffsets(ctx, d.deadLetters)
		if err != nil {
			t.Fatal(err)
		}
		if end, _ := ends.Lookup(d.deadLetters, partition); end.Offset > last {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// patience is how long a test waits for what must happen.
const patience = time.Minute

// run runs a request with some changes.
func (d *desk) run(t *testing.T, change func(*Request)) *Report {
	t.Helper()
	q := d.Request
	if change != nil {
		change(&q)
	}
	report, err := q.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return report
}

// sent reads so many records of the input topic.
func (d *desk) sent(t *testing.T, want int) []*kgo.Record {
	t.Helper()
	reader := d.pair.KafkaClient(t, kgo.ConsumeTopics(d.input), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	var all []*kgo.Record
	for len(all) < want {
		fetches := reader.PollFetches(ctx)
		if err := fetches.Err(); err != nil {
			t.Fatal(err)
		}
		all = append(all, fetches.Records()...)
	}
	return all
}

func send(q *Request) { q.Send = true }

// Letters are listed, sent back as they were, and not offered again unless all are
// asked for.
func TestSendsBack(t *testing.T) {
	testbed.EachPair(t, func(t *testing.T, pair *testbed.Pair) {
		d := newDesk(t, pair)
		d.bury(t, 0, letterOf(d.input, 1, 7, "bad_amount", []byte("one"), header(deadletter.OriginalPrefix+"origin", "shop")),
			letterOf("elsewhere", 0, 3, "bad_amount", []byte("two")))
		d.bury(t, 1, letterOf(d.input, 0, 9, "too_late", nil))
		for name, c := range map[string]struct {
			change func(*Request)
			want   int
		}{
			"all":            {nil, 3},
			"of a reason":    {func(q *Request) { q.Reason = "bad_amount" }, 2},
			"of a topic":     {func(q *Request) { q.Topic = d.input }, 2},
			"of both":        {func(q *Request) { q.Reason, q.Topic = "too_late", d.input }, 1},
			"of none at all": {func(q *Request) { q.Reason = "bad_id" }, 0},
		} {
			if r := d.run(t, c.change); len(r.Letters) != c.want || r.Sent != 0 || r.Letters == nil {
				t.Errorf("%s: %+v", name, r)
			}
		}
		ours := func(q *Request) { q.Send, q.Topic = true, d.input }
		if r := d.run(t, ours); r.Sent != 2 || !r.Letters[0].Sent || !r.Letters[0].New {
			t.Errorf("sent %+v", r)
		}
		records := d.sent(t, 2)
		i := slices.IndexFunc(records, func(r *kgo.Record) bool { return r.Partition == 1 })
		first := records[i]
		if string(first.Key) != "key" || string(first.Value) != "one" || first.Timestamp.UnixMilli() != 1700000000123 {
			t.Errorf("sent back was %+v", first)
		}
		headers := map[string]string{}
		for _, h := range first.Headers {
			headers[h.Key] = string(h.Value)
		}
		if want := (map[string]string{"origin": "shop", "clv-topic": d.input, "clv-partition": "1", "clv-offset": "7", HeaderSentBack: "1"}); !maps.Equal(headers, want) {
			t.Errorf("its headers are %v, want %v", headers, want)
		}
		if slices.ContainsFunc(records, func(r *kgo.Record) bool { return r.Partition == 0 && r.Value != nil }) {
			t.Error("a null value was sent back as an empty one")
		}
	})
}

// What was sent is not offered again, until all are asked for; what is new is.
func TestGoesOnWhereItWas(t *testing.T) {
	testbed.EachPair(t, func(t *testing.T, pair *testbed.Pair) {
		d := newDesk(t, pair)
		if r := d.run(t, send); len(r.Letters) != 0 {
			t.Errorf("of no letters %+v are found", r)
		}
		d.bury(t, 0, letterOf(d.input, 0, 1, "bad_id", []byte("a")), letterOf(d.input, 0, 2, "bad_id", []byte("b")))
		if r := d.run(t, send); r.Sent != 2 {
			t.Errorf("sent %+v", r)
		}
		if r := d.run(t, nil); len(r.Letters) != 0 {
			t.Errorf("offered again are %+v", r)
		}
		d.bury(t, 0, letterOf(d.input, 0, 3, "bad_id", []byte("c")))
		if r := d.run(t, nil); len(r.Letters) != 1 || r.Letters[0].Offset != 3 {
			t.Errorf("new are %+v", r)
		}
		if r := d.run(t, func(q *Request) { q.FromStart = true }); len(r.Letters) != 3 || r.Letters[0].New || !r.Letters[2].New {
			t.Errorf("from the start there are %+v", r)
		}
		if r := d.run(t, func(q *Request) { q.Send, q.FromStart = true, true }); r.Sent != 3 {
			t.Errorf("from the start are sent %+v", r)
		}
	})
}

// A letter that was cut is sent back whole, with the headers that only the original has.
func TestCutLettersAreReadAgain(t *testing.T) {
	testbed.EachPair(t, func(t *testing.T, pair *testbed.Pair) {
		d := newDesk(t, pair)
		whole := &kgo.Record{Topic: d.input, Partition: 1, Key: []byte("long key"), Value: bytes.Repeat([]byte("x"), 1000), Headers: []kgo.RecordHeader{header("origin", "shop")}}
		if err := d.plain.ProduceSync(t.Context(), whole).FirstErr(); err != nil {
			t.Fatal(err)
		}
		cut := letterOf(d.input, 1, whole.Offset, "too_large", whole.Value[:10], header(deadletter.HeaderTruncated, "1000"))
		cut.Key = nil
		d.bury(t, 0, cut)
		d.run(t, send)
		again := d.sent(t, 2)[1]
		if string(again.Key) != "long key" || !bytes.Equal(again.Value, whole.Value) || len(again.Headers) != 5 || again.Headers[0].Key != "origin" {
			t.Errorf("sent back was a key %q, %d bytes and the headers %v", again.Key, len(again.Value), again.Headers)
		}
		gone := letterOf(d.input, 1, 1000, "too_large", nil, header(deadletter.HeaderTruncated, "1000"))
		d.bury(t, 0, gone)
		q := d.Request
		q.Send = true
		if _, err := q.Run(t.Context()); err == nil || !strings.Contains(err.Error(), "no longer has it") {
			t.Errorf("of a record that is gone: %v", err)
		}
	})
}

// What is no dead letter, or has no topic, is refused with what to do.
func TestRefuses(t *testing.T) {
	pair := testbed.EmbeddedPair(t)
	d := newDesk(t, pair)
	d.bury(t, 1, &kgo.Record{Value: []byte("stranger")})
	if _, err := d.Run(t.Context()); err == nil || !strings.Contains(err.Error(), "dead letter 1/0: it has no readable coordinates") {
		t.Errorf("of a stranger's record: %v", err)
	}
	d.Namespace = "nobody"
	if _, err := d.Run(t.Context()); err == nil || !strings.Contains(err.Error(), "`clvstream topics create` creates") {
		t.Errorf("without the topic: %v", err)
	}
}

// A letter that comes while letters are sent back is for the next run: else a record
// that is always refused would go round and round. What is sent back here comes into
// the topic that is read, and could not be read as a letter.
func TestLettersThatComeMeanwhileWait(t *testing.T) {
	d := newDesk(t, testbed.EmbeddedPair(t))
	letters := cluster.OutputTopicsOf(d.Namespace).DeadLetter
	d.bury(t, 0, letterOf(letters, 0, 7, "bad_id", []byte("no letter")))
	q := d.Request
	q.Send = true
	report, err := q.Run(t.Context())
	if err != nil || report.Sent != 1 || len(report.Letters) != 1 {
		t.Fatalf("the run sent %+v, %v; want the one letter", report, err)
	}
	report, err = q.Run(t.Context())
	if err != nil || report.Sent != 1 || len(report.Letters) != 1 {
		t.Errorf("the next run sent %+v, %v; want what came meanwhile", report, err)
	}
}

func TestUnwrap(t *testing.T) {
	record := letterOf("orders", 3, 42, "bad_id", []byte("v"), header(deadletter.OriginalPrefix+"a", "1"))
	letter, original, cut, err := unwrap(record)
	if err != nil || cut || letter != (Letter{Reason: "bad_id", Detail: "because of bad_id", Topic: "orders", Partition: 3, Offset: 42}) || letter.String() != "orders/3/42" {
		t.Errorf("%+v, %v", letter, err)
	}
	if original.Topic != "orders" || original.Partition != 3 || !original.Timestamp.Equal(time.UnixMilli(1700000000123)) {
		t.Errorf("%+v", original)
	}
	// The second time round it still says where it was first.
	second := letterOf("orders", 3, 99, "bad_id", []byte("v"))
	for _, h := range original.Headers {
		second.Headers = append(second.Headers, header(deadletter.OriginalPrefix+h.Key, string(h.Value)))
	}
	letter, original, _, err = unwrap(second)
	if err != nil || letter.Offset != 99 || len(original.Headers) != 4 || string(original.Headers[3].Value) != "42" {
		t.Errorf("%+v, %+v, %v", letter, original.Headers, err)
	}
	for _, name := range []string{deadletter.HeaderPartition, deadletter.HeaderOffset, deadletter.HeaderTimestamp} {
		broken := letterOf("orders", 3, 42, "bad_id", nil, header(name, "soon"))
		if _, _, _, err := unwrap(broken); err == nil || !strings.Contains(err.Error(), "soon") {
			t.Errorf("%s is soon: %v", name, err)
		}
	}
}
