package stream

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/clvstream/clvstream/clv"
	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/clv/model"
	"github.com/clvstream/clvstream/clv/money"
	"github.com/clvstream/clvstream/clv/standing"
	"github.com/clvstream/clvstream/internal/testbed"
	"github.com/clvstream/clvstream/state"
)

// outlet is a state whose outboxes are to be published, and the topics for it.
type outlet struct {
	pair   *testbed.Pair
	topics OutputTopics
	store  *state.Store
	claim  *state.Lane
	offset int64
}

const (
	outletShards = 4
	outletLanes  = 2
)

// newOutlet makes topics, of which that for dead letters has the configs.
func newOutlet(t *testing.T, pair *testbed.Pair, letterConfigs ...string) *outlet {
	t.Helper()
	o := &outlet{pair: pair, topics: OutputTopicsOf(testbed.Unique(t))}
	if len(letterConfigs) > 0 {
		pair.CreateTopic(t, o.topics.DeadLetter, 1, letterConfigs...)
	}
	if _, err := CreateTopics(t.Context(), adminOf(t, pair), TopicSpecs(nil, o.topics, 2, outletLanes, -1)); err != nil {
		t.Fatal(err)
	}
	var err error
	o.store, err = state.Open(t.Context(), pair.RedisClient(t), state.Options{Namespace: o.topics.Changes, Shards: outletShards})
	if err != nil {
		t.Fatal(err)
	}
	source := state.Source{Topic: "in", TopicID: [16]byte{1}}
	if o.claim, err = o.store.Claim(t.Context(), source, state.Start{}, simpleValuation(t)); err != nil {
		t.Fatal(err)
	}
	return o
}

func simpleValuation(t *testing.T) *clv.Valuation {
	t.Helper()
	model, err := model.NewSimple(3)
	if err != nil {
		t.Fatal(err)
	}
	whole, err := money.ParseDecimal("1")
	if err != nil {
		t.Fatal(err)
	}
	margins, err := money.NewMargins(whole)
	if err != nil {
		t.Fatal(err)
	}
	return &clv.Valuation{Basis: standing.Basis{Rules: history.Rules{Margins: margins, LatenessDays: 90, LedgerLimit: 1024}, Model: model}}
}

// publisher is one that is not run: tests turn its lanes by hand.
func (o *outlet) publisher(t *testing.T, change func(*PublisherConfig)) *Publisher {
	t.Helper()
	usd, err := money.ParseCurrency("USD")
	if err != nil {
		t.Fatal(err)
	}
	config := PublisherConfig{
		Kafka: KafkaClient{Brokers: o.pair.Brokers, ClientID: "test"}, Topics: o.topics, Group: o.topics.Changes,
		Store: o.store, Currency: usd, Source: "/test", TransactionTimeout: 5 * time.Second,
	}
	if change != nil {
		change(&config)
	}
	p, err := NewPublisher(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.cluster.Close)
	return p
}

// orders commits an order of each of n customers.
func (o *outlet) orders(t *testing.T, n int) {
	t.Helper()
	batch := &state.Batch{UpTo: o.offset + int64(n)}
	for i := range n {
		customer := "c" + strconv.Itoa(i)
		e := &history.Event{
			Kind: history.OrderPlaced, ID: fmt.Sprint("e", o.offset), OrderID: fmt.Sprint("o", o.offset), CustomerID: customer,
			AtMicros: 1_700_000_000_000_000 + o.offset, AmountMinor: 1000,
		}
		batch.Work = append(batch.Work, state.Work{Offset: o.offset, Shard: state.Shard(customer, outletShards), Event: e})
		o.offset++
	}
	o.commit(t, batch)
}

// refused commits a record that becomes a dead letter.
func (o *outlet) refused(t *testing.T, letter state.DeadLetter) {
	t.Helper()
	letter.Reason = history.Undecodable
	o.commit(t, &state.Batch{
		UpTo:       o.offset + 1,
		Work:       []state.Work{{Offset: o.offset, Refused: &history.Refusal{Reason: letter.Reason}}},
		DeadLetter: func(*state.Work, *history.Refusal) *state.DeadLetter { return &letter },
	})
	o.offset++
}

func (o *outlet) commit(t *testing.T, batch *state.Batch) {
	t.Helper()
	if _, err := o.claim.Commit(t.Context(), batch); err != nil {
		t.Fatal(err)
	}
}

// drain takes the lanes over and relays until nothing waits.
func (o *outlet) drain(t *testing.T, p *Publisher) {
	t.Helper()
	for lane := range int32(outletLanes) {
		r := opened(t, p, lane)
		for moved := true; moved; {
			var err error
			if moved, err = r.once(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		r.producer.Close()
	}
}

func opened(t *testing.T, p *Publisher, lane int32) *relay {
	t.Helper()
	r := newRelay(p, lane)
	if err := r.open(t.Context()); err != nil {
		t.Fatal(err)
	}
	return r
}

// wantPublished checks that each change so far is published once.
func (o *outlet) wantPublished(t *testing.T) {
	t.Helper()
	times := map[string]int{}
	for _, record := range o.committed(t, o.topics.Changes) {
		times[header(record, "ce_id")]++
	}
	for offset := range o.offset {
		id := fmt.Sprintf("in/0/%d", offset)
		if times[id] != 1 {
			t.Errorf("the change of %s is published %d times", id, times[id])
		}
		delete(times, id)
	}
	for id := range times {
		t.Errorf("a change of %q is published", id)
	}
}

func header(record *kgo.Record, key string) string {
	for _, h := range record.Headers {
		if h.Key == key {
			return string(h.Value)
		}
	}
	return ""
}

// committed reads all committed records of a topic.
func (o *outlet) committed(t *testing.T, topic string) []*kgo.Record {
	t.Helper()
	return committedOf(t, o.pair, topic)
}

func committedOf(t *testing.T, pair *testbed.Pair, topic string) []*kgo.Record {
	t.Helper()
	reader := pair.KafkaClient(t, kgo.ConsumeTopics(topic), kgo.FetchIsolationLevel(kgo.ReadCommitted()),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()), kgo.KeepControlRecords(), kgo.MetadataMinAge(50*time.Millisecond))
	defer reader.Close()
	left := endsOf(t, pair, topic)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	var records []*kgo.Record
	for len(left) > 0 {
		fetches := reader.PollFetches(ctx)
		if err := fetches.Err(); err != nil {
			t.Fatalf("read %s: %v", topic, err)
		}
		fetches.EachRecord(func(r *kgo.Record) {
			if r.Offset+1 >= left[r.Partition] {
				delete(left, r.Partition)
			}
			if !r.Attrs.IsControl() {
				records = append(records, r)
			}
		})
	}
	return records
}

// The owner of a lane dies after its transaction is committed and before the
// outbox is trimmed.
func TestCrashBeforeTrimRepeatsNothing(t *testing.T) {
	testbed.EachPair(t, func(t *testing.T, pair *testbed.Pair) {
		o := newOutlet(t, pair)
		o.orders(t, 40)
		for lane := range int32(outletLanes) {
			r := opened(t, o.publisher(t, nil), lane)
			waiting, err := o.store.Waiting(t.Context(), r.shards, make([]string, len(r.shards)), mostEntries)
			if err != nil {
				t.Fatal(err)
			}
			if err := r.publish(t.Context(), r.gather(waiting)); err != nil {
				t.Fatal(err)
			}
			r.producer.Close()
		}
		o.wantPublished(t)
		o.drain(t, o.publisher(t, nil))
		o.wantPublished(t)
		o.orders(t, 40)
		o.drain(t, o.publisher(t, nil))
		o.wantPublished(t)
	})
}

// The owner of a lane dies in the middle of a transaction, whose records are in
// the log.
func TestCrashInTransactionPublishesNothing(t *testing.T) {
	testbed.EachPair(t, func(t *testing.T, pair *testbed.Pair) {
		o := newOutlet(t, pair)
		o.orders(t, 40)
		r := opened(t, o.publisher(t, nil), 0)
		waiting, err := o.store.Waiting(t.Context(), r.shards, make([]string, len(r.shards)), mostEntries)
		if err != nil {
			t.Fatal(err)
		}
		if err := r.producer.BeginTransaction(); err != nil {
			t.Fatal(err)
		}
		if err := r.producer.ProduceSync(t.Context(), r.gather(waiting).records...).FirstErr(); err != nil {
			t.Fatal(err)
		}
		r.producer.Close()
		o.drain(t, o.publisher(t, nil))
		o.wantPublished(t)
	})
}

// Two publishers believe that they own a lane, of the same group or not.
func TestTheLastOwnerOfALaneWins(t *testing.T) {
	testbed.EachPair(t, func(t *testing.T, pair *testbed.Pair) {
		o := newOutlet(t, pair)
		first := opened(t, o.publisher(t, nil), 0)
		defer first.producer.Close()
		second := opened(t, o.publisher(t, func(c *PublisherConfig) { c.Group = "another" }), 0)
		defer second.producer.Close()
		o.orders(t, 40)
		if _, err := first.once(t.Context()); !isFenced(err) {
			t.Errorf("the owner before relays with %v, want that it is fenced", err)
		}
		if _, err := second.once(t.Context()); err != nil {
			t.Errorf("the owner relays with %v", err)
		}
		o.drain(t, o.publisher(t, nil))
		o.wantPublished(t)
	})
}

// The end of a transaction is asked for and the answer never comes: it may have
// been committed or not.
func TestUnknownOutcomeIsSettled(t *testing.T) {
	for _, applied := range []bool{true, false} {
		t.Run(map[bool]string{true: "committed", false: "not committed"}[applied], func(t *testing.T) {
			testbed.EachPair(t, func(t *testing.T, pair *testbed.Pair) {
				o := newOutlet(t, pair)
				o.orders(t, 40)
				loss := &lossyNetwork{applied: applied}
				p := o.publisher(t, func(c *PublisherConfig) { c.Kafka.Dial = loss.dial })
				r := newRelay(p, 0)
				ctx, cancel := context.WithCancel(t.Context())
				done := make(chan struct{})
				go func() { defer close(done); r.run(ctx) }()
				await(t, "lane 0 to be empty", func() bool { return o.depth(t, r.shards) == 0 })
				cancel()
				<-done
				if loss.lost.Load() == 0 {
					t.Error("no answer was lost")
				}
				o.drain(t, o.publisher(t, nil))
				o.wantPublished(t)
			})
		})
	}
}

func (o *outlet) depth(t *testing.T, shards []int) (entries int64) {
	t.Helper()
	depth, err := o.store.Depth(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, shard := range shards {
		entries += depth[shard]
	}
	return entries
}

func await(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !ok(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("waited %s for %s", patience, what)
		}
	}
}

// lossyNetwork breaks the connection on which the end of a transaction is asked
// for, the first times: before the request leaves, or before its answer arrives.
type lossyNetwork struct {
	applied bool
	lost    atomic.Int32
}

// losses are more than a client tries before it gives up on a request at once.
const losses = 3

func (n *lossyNetwork) dial(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := (&net.Dialer{}).DialContext(ctx, network, address)
	return &lossyConn{Conn: conn, network: n}, err
}

type lossyConn struct {
	net.Conn
	network *lossyNetwork
	ending  atomic.Bool // the next answer is to a transaction's end
}

var endTxnKey = new(kmsg.EndTxnRequest).Key()

func (c *lossyConn) Write(request []byte) (int, error) {
	// A request is its length (4 bytes), then its key (2 bytes).
	if len(request) > 6 && int16(binary.BigEndian.Uint16(request[4:])) == endTxnKey && c.network.lost.Load() < losses {
		if !c.network.applied {
			c.network.lost.Add(1)
			c.Close()
			return 0, io.ErrClosedPipe
		}
		c.ending.Store(true)
	}
	return c.Conn.Write(request)
}

func (c *lossyConn) Read(answer []byte) (int, error) {
	n, err := c.Conn.Read(answer)
	if c.ending.Load() && n > 0 {
		c.network.lost.Add(1)
		c.Close()
		return 0, io.ErrUnexpectedEOF
	}
	return n, err
}

// A dead letter that is larger than its topic takes is cut and says so. It must
// not stop its lane.
func TestLettersBeyondTheTopicsLimitAreCut(t *testing.T) {
	testbed.EachPair(t, func(t *testing.T, pair *testbed.Pair) {
		const limit = 100_000
		o := newOutlet(t, pair, maxMessageBytesField, strconv.Itoa(limit))
		value := bytes.Repeat([]byte("v"), 2*limit)
		var manyHeaders []state.Header
		for range 10_000 {
			manyHeaders = append(manyHeaders, state.Header{Key: "h", Value: []byte("x")})
		}
		letters := []state.DeadLetter{
			{Key: []byte("small"), Value: value[:limit/2]},
			{Key: []byte("large"), Value: value},
			{Key: []byte("just beyond"), Value: value[:limit-letterOverhead]},
			{Key: value, Value: value},
			{Key: []byte("headers"), Value: []byte("v"), Headers: manyHeaders},
			{KeyNull: true, ValueNull: true, Headers: []state.Header{{Key: "large", Value: value}}},
		}
		for _, letter := range letters {
			o.refused(t, letter)
		}
		o.drain(t, o.publisher(t, nil))
		published := o.committed(t, o.topics.DeadLetter)
		if len(published) != len(letters) {
			t.Fatalf("%d dead letters are published, want %d", len(published), len(letters))
		}
		for i, got := range published {
			want, cut := letters[i], i > 0
			if size := header(got, LetterTruncated); (size != "") != cut || cut && size != strconv.Itoa(len(want.Value)) {
				t.Errorf("letter %d has %s %q", i, LetterTruncated, size)
			}
			if !bytes.HasPrefix(want.Value, got.Value) || !cut && len(got.Value) != len(want.Value) || (got.Value == nil) != want.ValueNull {
				t.Errorf("letter %d has %d bytes of %d", i, len(got.Value), len(want.Value))
			}
			if header(got, LetterOffset) != strconv.Itoa(i) || header(got, LetterReason) != "undecodable" {
				t.Errorf("letter %d is of offset %s, reason %s", i, header(got, LetterOffset), header(got, LetterReason))
			}
		}
	})
}

// endsOf are the high watermarks of a topic's partitions that hold something.
func endsOf(t *testing.T, pair *testbed.Pair, topic string) map[int32]int64 {
	t.Helper()
	listed, err := kadm.NewClient(pair.KafkaClient(t)).ListEndOffsets(t.Context(), topic)
	if err != nil {
		t.Fatal(err)
	}
	ends := map[int32]int64{}
	listed.Each(func(end kadm.ListedOffset) {
		if end.Offset > 0 {
			ends[end.Partition] = end.Offset
		}
	})
	return ends
}
