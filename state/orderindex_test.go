package state

import (
	"fmt"
	"slices"
	"testing"

	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/internal/testbed"
	"github.com/clvstream/clvstream/state/layout"
)

// indexed is a batch of orders, each entered into the index, too, and of events without a
// customer.
func (w *world) indexed(from int64, events ...history.Event) *Batch {
	b := &Batch{UpTo: from + int64(len(events)), DeadLetter: letterOf, Unmatched: unmatchedOf, Reroute: rerouteOf}
	for i := range events {
		e := &events[i]
		if e.CustomerID == "" {
			b.Work = append(b.Work, Work{Offset: from + int64(i), Shard: Shard(e.OrderID, w.shards), Event: e})
			continue
		}
		b.Work = append(b.Work, Work{Offset: from + int64(i), Shard: Shard(e.CustomerID, w.shards), Event: e})
		if e.Kind == history.OrderPlaced {
			b.Work = append(b.Work, Work{Offset: from + int64(i), Shard: Shard(e.OrderID, w.shards), Event: e, IndexOnly: true})
		}
	}
	return b
}

func rerouteOf(e *history.Event) *layout.Rerouted {
	return &layout.Rerouted{CustomerID: e.CustomerID, Value: []byte(e.ID), TimestampMillis: e.AtMicros / 1000, Origin: e.Place}
}

// refundOf is a refund of an order on a day after day0, without its customer.
func refundOf(order string, day int64) history.Event {
	return history.Event{
		Kind: history.OrderRefunded, ID: "r-" + order, OrderID: order, RefundID: "r",
		AtMicros: (day0 + day) * microsPerDay, AmountMinor: 5,
	}
}

// outgoing are what the outboxes have beside changes: rerouted events as "event>customer",
// letters as "reason@topic/partition/offset", ascending.
func (w *world) outgoing() (all []string) {
	w.t.Helper()
	s := w.open()
	waiting, err := s.Waiting(soon(w.t), s.AllShards(), make([]string, s.Shards()), 1000)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, entries := range waiting {
		for _, entry := range entries {
			for i := range entry.Items {
				switch item := &entry.Items[i]; {
				case item.Rerouted != nil:
					all = append(all, string(item.Rerouted.Value)+">"+item.Rerouted.CustomerID)
				case item.DeadLetter != nil:
					at := item.DeadLetter.Origin
					all = append(all, fmt.Sprintf("%s@%s/%d/%d", item.DeadLetter.Reason, at.Input, at.Partition, at.Offset))
				}
			}
		}
	}
	slices.Sort(all)
	return all
}

func (w *world) unlocated(s *Store) (n int) {
	w.t.Helper()
	for shard := range s.Shards() {
		waiting, err := s.Unlocated(soon(w.t), shard)
		if err != nil {
			w.t.Fatal(err)
		}
		n += len(waiting)
	}
	return n
}

// An event without a customer finds them through its order, whichever of the two comes first,
// in one batch or in several, and by whichever process. One that repeats waits once.
func TestCustomersAreFoundThroughOrders(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world, _ *testbed.Pair) {
		first, second := w.open(), w.open()
		a, b := w.claim(first, 0), w.claim(second, 1)
		result := w.commit(a, w.indexed(0, orderOf("ann", 0), refundOf("ann-o0", 1), refundOf("bob-o0", 1), refundOf("bob-o0", 1)))
		if result.Rerouted.Events != 1 || result.Applied != 1 || result.Rerouted.EarliestMicros != (day0+1)*microsPerDay {
			t.Errorf("one is found: %+v", result)
		}
		if n := w.unlocated(first); n != 1 {
			t.Errorf("%d wait, want 1", n)
		}
		w.commit(b, w.indexed(0, refundOf("cid-o0", 2), orderOf("bob", 0)))
		w.commit(a, w.indexed(4, refundOf("dan-o0", 2), orderOf("cid", 0), refundOf("bob-o0", 3)))
		if n := w.unlocated(second); n != 1 {
			t.Errorf("%d wait, want that of dan", n)
		}
		want := []string{"r-ann-o0>ann", "r-bob-o0>bob", "r-bob-o0>bob", "r-cid-o0>cid"}
		if got := w.outgoing(); !slices.Equal(got, want) {
			t.Errorf("sent on: %q, want %q", got, want)
		}
		customer, err := first.OrderCustomer(soon(t), "cid-o0", &w.valuation.Rules)
		if err != nil || customer != "cid" {
			t.Errorf("cid's order is of %q: %v", customer, err)
		}
	})
}

// The order may be told of another customer: the last word counts.
func TestOrderIsOfWhomItWasLastToldOf(t *testing.T) {
	w := embeddedWorld(t)
	claim := w.claim(w.open(), 0)
	guest, account := orderOf("guest", 0), orderOf("guest", 0)
	account.CustomerID = "ann"
	w.commit(claim, w.indexed(0, guest, account, refundOf("guest-o0", 1)))
	if got := w.outgoing(); !slices.Equal(got, []string{"r-guest-o0>ann"}) {
		t.Errorf("sent on: %q", got)
	}
}

// What waits is given up when the index was told of something more than twice the lateness
// later, with its own place; and the oldest of more than the limit.
func TestWhatNeverMeetsItsOrderIsGivenUp(t *testing.T) {
	w := embeddedWorld(t)
	w.shards = 1
	s := w.open()
	claim := w.claim(s, 0)
	lateness := int64(w.valuation.Rules.LatenessDays)
	w.commit(claim, w.indexed(0, refundOf("x", 0), refundOf("y", 1), orderOf("ann", int(2*lateness))))
	if n := w.unlocated(s); n != 2 {
		t.Errorf("%d wait 2L later, want 2", n)
	}
	w.commit(claim, w.indexed(3, orderOf("ann", int(2*lateness+1))))
	if got := w.outgoing(); !slices.Equal(got, []string{"unmatched@orders/0/0"}) {
		t.Errorf("given up: %q", got)
	}
	var many []history.Event
	for i := range mostUnlocated {
		many = append(many, refundOf(fmt.Sprintf("z%04d", i), 2*lateness))
	}
	w.commit(claim, w.indexed(4, many...))
	if n := w.unlocated(s); n != mostUnlocated {
		t.Errorf("%d wait, want no more than %d", n, mostUnlocated)
	}
	if got := w.outgoing(); !slices.Equal(got, []string{"unmatched@orders/0/0", "unmatched@orders/0/1"}) {
		t.Errorf("given up: %q", got)
	}
}

// Orders of the last 2L are known; a generation of before 4L is dropped whole.
func TestOldOrdersAreForgotten(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world, _ *testbed.Pair) {
		w.shards = 1
		s := w.open()
		claim := w.claim(s, 0)
		span := 2 * int(w.valuation.Rules.LatenessDays)
		first := (span - day0%span) % span // the first day of a generation
		for i, day := range []int{first, first + span - 1, first + span, first + 2*span - 1, first + 2*span, first + 9*span} {
			w.commit(claim, w.indexed(int64(i), orderOf("ann", day)))
			for _, c := range []struct {
				order int
				known bool
			}{{first, i < 4}, {first + span - 1, i > 0 && i < 4}, {day, true}} {
				customer, err := s.OrderCustomer(soon(t), fmt.Sprintf("ann-o%d", c.order), &w.valuation.Rules)
				if err != nil || (customer == "ann") != c.known {
					t.Errorf("on day %d, the order of day %d is of %q (%v), want known: %t", day, c.order, customer, err, c.known)
				}
			}
			keys := 0
			for n := range 20 {
				number := generation(day0, &w.valuation.Rules) + n - 2
				keys += int(w.client.Exists(soon(t), s.shards[0].keys.generation(number)).Val())
			}
			if keys > 2 {
				t.Errorf("%d generations are kept on day %d", keys, day)
			}
		}
	})
}

func TestDamagedIndexIsSaidSo(t *testing.T) {
	for _, stored := range []string{"1 2", "x 0 c", "1 -1 c", "1 x c", " "} {
		if x, err := parseOrderIndex(stored); err == nil {
			t.Errorf("%q is %+v", stored, x)
		}
	}
	for _, x := range []orderIndex{{}, {latestMicros: -5, waiting: 3, commit: "a-1"}} {
		if got, err := parseOrderIndex(x.String()); err != nil || got != x {
			t.Errorf("%+v comes back as %+v: %v", x, got, err)
		}
	}
}
