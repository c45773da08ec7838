// Package outlet sets up tests of a relay and of a publisher: a state with entries in its
// outboxes, and the topics for them.
//
//	Orders, Refused ─► state ─► outboxes ─► [ the relay or publisher under test ] ─► topics ─► Committed, WantPublished
//
// It does not import a relay or a publisher.
package outlet

import (
	"fmt"
	"strconv"
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/clvstream/clvstream/clv"
	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/clv/model"
	"github.com/clvstream/clvstream/clv/money"
	"github.com/clvstream/clvstream/clv/standing"
	"github.com/clvstream/clvstream/internal/testbed"
	"github.com/clvstream/clvstream/state"
	"github.com/clvstream/clvstream/state/layout"
	"github.com/clvstream/clvstream/stream/cluster"
)

// Outlet is a state whose outboxes are to be published, and the topics for it.
type Outlet struct {
	Pair   *testbed.Pair
	Topics cluster.OutputTopics
	Store  *state.Store
	Offset int64 // of the next record of the input

	claim *state.Claim
}

// The shards of an outlet, and the lanes that they are divided among.
const (
	Shards = 4
	Lanes  = 2
)

// New makes topics, of which that for dead letters has the configs.
func New(t testing.TB, pair *testbed.Pair, letterConfigs ...string) *Outlet {
	t.Helper()
	o := &Outlet{Pair: pair, Topics: cluster.OutputTopicsOf(testbed.Unique(t))}
	if len(letterConfigs) > 0 {
		pair.CreateTopic(t, o.Topics.DeadLetter, 1, letterConfigs...)
	}
	if _, err := cluster.CreateTopics(t.Context(), pair.Admin(t), cluster.TopicSpecs(nil, o.Topics, 2, Lanes, -1)); err != nil {
		t.Fatal(err)
	}
	var err error
	o.Store, err = state.Open(t.Context(), pair.RedisClient(t), state.Options{Namespace: o.Topics.Changes, Shards: Shards})
	if err != nil {
		t.Fatal(err)
	}
	source := layout.Source{Topic: "in", TopicID: [16]byte{1}}
	if o.claim, err = o.Store.Claim(t.Context(), source, state.Start{}, Valuation(t)); err != nil {
		t.Fatal(err)
	}
	return o
}

// Valuation is by a simple model.
func Valuation(t testing.TB) *clv.Valuation {
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

// Orders commits an order of each of n customers.
func (o *Outlet) Orders(t testing.TB, n int) {
	t.Helper()
	batch := &state.Batch{UpTo: o.Offset + int64(n)}
	for i := range n {
		batch.Work = append(batch.Work, o.order("c"+strconv.Itoa(i), ""))
	}
	o.commit(t, batch)
}

// Traced commits an order of a customer, whose record had a trace context.
func (o *Outlet) Traced(t testing.TB, customer, traceparent string) {
	t.Helper()
	order := o.order(customer, traceparent)
	o.commit(t, &state.Batch{UpTo: o.Offset, Work: []state.Work{order}})
}

// order is the next record of the input.
func (o *Outlet) order(customer, traceparent string) state.Work {
	work := state.Work{
		Offset: o.Offset, Shard: state.Shard(customer, Shards), TraceParent: traceparent,
		Event: &history.Event{
			Kind: history.OrderPlaced, ID: fmt.Sprint("e", o.Offset), OrderID: fmt.Sprint("o", o.Offset), CustomerID: customer,
			AtMicros: 1_700_000_000_000_000 + o.Offset, AmountMinor: 1000,
		},
	}
	o.Offset++
	return work
}

// Refused commits a record that becomes a dead letter.
func (o *Outlet) Refused(t testing.TB, letter layout.DeadLetter) {
	t.Helper()
	letter.Reason = history.Undecodable
	o.commit(t, &state.Batch{
		UpTo:       o.Offset + 1,
		Work:       []state.Work{{Offset: o.Offset, Refused: &history.Refusal{Reason: letter.Reason}}},
		DeadLetter: func(*state.Work, *history.Refusal) *layout.DeadLetter { return &letter },
	})
	o.Offset++
}

func (o *Outlet) commit(t testing.TB, batch *state.Batch) {
	t.Helper()
	if _, err := o.claim.Commit(t.Context(), batch); err != nil {
		t.Fatal(err)
	}
}

// WantPublished checks that each change so far is published once.
func (o *Outlet) WantPublished(t testing.TB) {
	t.Helper()
	times := map[string]int{}
	for _, record := range o.Committed(t, o.Topics.Changes) {
		times[Header(record, "ce_id")]++
	}
	for offset := range o.Offset {
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

// Header is the value of a record's header, empty where it has none.
func Header(record *kgo.Record, key string) string {
	for _, h := range record.Headers {
		if h.Key == key {
			return string(h.Value)
		}
	}
	return ""
}

// Committed reads all committed records of a topic.
func (o *Outlet) Committed(t testing.TB, topic string) []*kgo.Record {
	t.Helper()
	log, err := cluster.OpenLog(t.Context(), cluster.Access{Brokers: o.Pair.Brokers, ClientID: "test"})
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	log.Patience = testbed.Patience
	ends, err := log.Ends(t.Context(), topic)
	if err != nil {
		t.Fatal(err)
	}
	var all []*kgo.Record
	err = log.ReadTo(t.Context(), ends, func(_ cluster.Partition, records []*kgo.Record) error {
		all = append(all, records...)
		return nil
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// Depth is how many entries wait in the outboxes of shards.
func (o *Outlet) Depth(t testing.TB, shards []int) (entries int64) {
	t.Helper()
	depth, err := o.Store.Depth(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, shard := range shards {
		entries += depth[shard]
	}
	return entries
}
