package relay

import (
	"bytes"
	"context"
	"strconv"
	"testing"

	"github.com/clvstream/clvstream/internal/testbed"
	"github.com/clvstream/clvstream/internal/testbed/outlet"
	"github.com/clvstream/clvstream/state/layout"
	"github.com/clvstream/clvstream/stream/cluster"
	"github.com/clvstream/clvstream/stream/deadletter"
)

// The owner of a lane dies after its transaction is committed and before the
// outbox is trimmed.
func TestCrashBeforeTrimRepeatsNothing(t *testing.T) {
	testbed.EachPair(t, func(t *testing.T, pair *testbed.Pair) {
		o := newHarness(t, pair)
		o.Orders(t, 40)
		for lane := range int32(outlet.Lanes) {
			r := o.opened(t, lane, nil)
			waiting := o.waiting(t, r)
			if err := r.publish(t.Context(), gathered(r, waiting)); err != nil {
				t.Fatal(err)
			}
			r.producer.Close()
		}
		o.WantPublished(t)
		o.drain(t)
		o.WantPublished(t)
		o.Orders(t, 40)
		o.drain(t)
		o.WantPublished(t)
	})
}

// The owner of a lane dies in the middle of a transaction, whose records are in
// the log.
func TestCrashInTransactionPublishesNothing(t *testing.T) {
	testbed.EachPair(t, func(t *testing.T, pair *testbed.Pair) {
		o := newHarness(t, pair)
		o.Orders(t, 40)
		r := o.opened(t, 0, nil)
		waiting := o.waiting(t, r)
		if err := r.producer.BeginTransaction(); err != nil {
			t.Fatal(err)
		}
		if err := r.producer.ProduceSync(t.Context(), gathered(r, waiting).records...).FirstErr(); err != nil {
			t.Fatal(err)
		}
		r.producer.Close()
		o.drain(t)
		o.WantPublished(t)
	})
}

// Two publishers believe that they own a lane.
func TestTheLastOwnerOfALaneWins(t *testing.T) {
	testbed.EachPair(t, func(t *testing.T, pair *testbed.Pair) {
		o := newHarness(t, pair)
		first := o.opened(t, 0, nil)
		defer first.producer.Close()
		second := o.opened(t, 0, nil)
		defer second.producer.Close()
		o.Orders(t, 40)
		if _, err := first.once(t.Context()); !cluster.IsFenced(err) {
			t.Errorf("the owner before relays with %v, want that it is fenced", err)
		}
		if _, err := second.once(t.Context()); err != nil {
			t.Errorf("the owner relays with %v", err)
		}
		o.drain(t)
		o.WantPublished(t)
	})
}

// The end of a transaction is asked for and the answer never comes: it may have
// been committed or not.
func TestUnknownOutcomeIsSettled(t *testing.T) {
	for _, applied := range []bool{true, false} {
		t.Run(map[bool]string{true: "committed", false: "not committed"}[applied], func(t *testing.T) {
			testbed.EachPair(t, func(t *testing.T, pair *testbed.Pair) {
				o := newHarness(t, pair)
				o.Orders(t, 40)
				loss := &outlet.LossyNetwork{Applied: applied}
				r := o.relay(t, 0, func(c *Config) { c.Access.Dial = loss.Dial })
				ctx, cancel := context.WithCancel(t.Context())
				done := make(chan struct{})
				go func() { defer close(done); r.Run(ctx) }()
				testbed.Await(t, "lane 0 to be empty", func() bool { return o.Depth(t, r.config.Shards) == 0 })
				cancel()
				<-done
				if loss.Lost.Load() == 0 {
					t.Error("no answer was lost")
				}
				o.drain(t)
				o.WantPublished(t)
			})
		})
	}
}

// A dead letter that is larger than its topic takes is cut and says so. It must
// not stop its lane.
func TestLettersBeyondTheTopicsLimitAreCut(t *testing.T) {
	testbed.EachPair(t, func(t *testing.T, pair *testbed.Pair) {
		const limit = 100_000
		o := newHarness(t, pair, cluster.MaxMessageBytesField, strconv.Itoa(limit))
		value := bytes.Repeat([]byte("v"), 2*limit)
		var manyHeaders []layout.Header
		for range 10_000 {
			manyHeaders = append(manyHeaders, layout.Header{Key: "h", Value: []byte("x")})
		}
		letters := []layout.DeadLetter{
			{Key: []byte("small"), Value: value[:limit/2]},
			{Key: []byte("large"), Value: value},
			{Key: []byte("just beyond"), Value: value[:limit-letterOverhead]},
			{Key: value, Value: value},
			{Key: []byte("headers"), Value: []byte("v"), Headers: manyHeaders},
			{KeyNull: true, ValueNull: true, Headers: []layout.Header{{Key: "large", Value: value}}},
		}
		for _, letter := range letters {
			o.Refused(t, letter)
		}
		o.drain(t)
		published := o.Committed(t, o.Topics.DeadLetter)
		if len(published) != len(letters) {
			t.Fatalf("%d dead letters are published, want %d", len(published), len(letters))
		}
		for i, got := range published {
			want, cut := letters[i], i > 0
			if size := outlet.Header(got, deadletter.HeaderTruncated); (size != "") != cut || cut && size != strconv.Itoa(len(want.Value)) {
				t.Errorf("letter %d has %s %q", i, deadletter.HeaderTruncated, size)
			}
			if !bytes.HasPrefix(want.Value, got.Value) || !cut && len(got.Value) != len(want.Value) || (got.Value == nil) != want.ValueNull {
				t.Errorf("letter %d has %d bytes of %d", i, len(got.Value), len(want.Value))
			}
			if outlet.Header(got, deadletter.HeaderOffset) != strconv.Itoa(i) || outlet.Header(got, deadletter.HeaderReason) != "undecodable" {
				t.Errorf("letter %d is of offset %s, reason %s", i, outlet.Header(got, deadletter.HeaderOffset), outlet.Header(got, deadletter.HeaderReason))
			}
		}
	})
}
