package state

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/clvstream/clvstream/clv/announce"
	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/internal/testbed"
	"github.com/clvstream/clvstream/state/layout"
)

// erasureOf is a customer's erasure on the i-th day.
func erasureOf(customer string, i int) history.Event {
	return history.Event{Kind: history.CustomerErased, ID: fmt.Sprintf("%s-x%d", customer, i), CustomerID: customer, AtMicros: (day0 + int64(i)) * microsPerDay}
}

// In one commit all of a customer goes: what is stored but a marker, the due time, what they
// count for. What waits in the outbox stays in front of the change that says so.
func TestErasureLeavesAMarkerAlone(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world, _ *testbed.Pair) {
		w.valuation.Awake = watchful()
		s := w.open()
		claim := w.claim(s, 0)
		const customers = 20
		at := int64(0)
		commit := func(events ...history.Event) Result {
			at += int64(len(events))
			return w.commit(claim, w.batch(at-int64(len(events)), events...))
		}
		commit(round(0, customers)...)
		commit(round(1, customers)...)
		gone := []history.Event{erasureOf("c3", 2), erasureOf("c4", 2), erasureOf("nobody", 2)}
		if did := commit(gone...); did.Changes != 3 {
			t.Errorf("told %d changes, want 3", did.Changes)
		}
		if did := commit(gone...); did.Changes != 0 || len(did.DeadLetters) != 0 {
			t.Errorf("told again: %+v", did)
		}
		refused := w.batch(at, orderOf("c3", 1), orderOf("c4", 9))
		for i := range refused.Work {
			refused.Work[i].TraceParent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
		}
		if did := w.commit(claim, refused); did.DeadLetters[history.Erased] != 2 {
			t.Errorf("refused: %+v", did)
		}
		for i := range gone {
			id := gone[i].CustomerID
			sh := s.shards[Shard(id, w.shards)]
			stored := w.client.HGet(soon(t), sh.keys.customers, id).Val()
			if m, err := layout.DecodeMarker(stored); err != nil || m != (layout.Marker{Form: layout.MarkerErased, AtMicros: gone[i].AtMicros}) {
				t.Errorf("%s is stored as %x: %+v, %v", id, stored, m, err)
			}
			if err := w.client.ZScore(soon(t), sh.keys.due, id).Err(); !errors.Is(err, redis.Nil) {
				t.Errorf("%s is due: %v", id, err)
			}
		}
		w.wantStatistics()
		w.wantCounts()
		all, err := s.Statistics(soon(t))
		if err != nil || all.Everybody().Sums().Customers != customers-2 {
			t.Errorf("%d customers count, %v", all.Everybody().Sums().Customers, err)
		}
		w.wantToldOf(s, "c3", "first 1, purchase 2, erased 3, letter erased ")
		w.wantToldOf(s, "nobody", "erased 1")
	})
}

// wantToldOf checks what waits of a customer, and of refused records of their shard.
func (w *world) wantToldOf(s *Store, id, want string) {
	w.t.Helper()
	var told []string
	for _, e := range w.entries(s) {
		for _, item := range e.Items {
			switch {
			case item.DeadLetter != nil && id == "c3" && item.Offset%2 == 0:
				told = append(told, "letter "+item.DeadLetter.Reason.String()+" "+item.TraceParent)
			case item.Change != nil && item.Change.CustomerID == id:
				told = append(told, fmt.Sprintf("%s %d", item.Change.Reason, item.Change.Version))
			}
		}
	}
	if got := strings.Join(told, ", "); got != want {
		w.t.Errorf("of %s waits %q, want %q", id, got, want)
	}
}

// Time and another model bring nobody back: not by the index, nor by a rollout.
func TestNothingFiresForWhoWasErased(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world, _ *testbed.Pair) {
		w.valuation.Awake = watchful()
		s := w.open()
		const n = 8
		claim := w.storeCustomers(s, n)
		var erased []history.Event
		for c := range n {
			erased = append(erased, erasureOf(fmt.Sprintf("c%d", c), 1))
		}
		w.commit(claim, w.batch(n, erased...))
		for c := range n { // as nobody writes it
			id := fmt.Sprintf("c%d", c)
			if err := w.client.ZAdd(soon(t), s.shards[Shard(id, w.shards)].keys.due, redis.Z{Score: fromMicros, Member: id}).Err(); err != nil {
				t.Fatal(err)
			}
		}
		w.push(s, "x2")
		w.activate(s, "x2", fromMicros, time.Hour, false)
		if made := w.rollOut(s); made != 0 {
			t.Errorf("%d customers were made due", made)
		}
		w.fireAll(s, fromMicros+1000*microsPerDay, 3)
		if counted := w.pass(w.refresher(s), fromMicros+1000*microsPerDay); counted != 0 {
			t.Errorf("%d customers count otherwise", counted)
		}
		for shard := range s.shards {
			if due := w.client.ZCard(soon(t), s.shards[shard].keys.due).Val(); due != 0 {
				t.Errorf("%d are due in shard %d", due, shard)
			}
		}
		w.wantStatistics()
		w.wantCounts()
		for _, item := range w.told(s) {
			if strings.Contains(item, announce.ReasonModel.String()) {
				t.Errorf("told %s", item)
			}
		}
	})
}

// What becomes of later events is fixed by the first who says so, also where the namespace is
// older.
func TestLaterEventsAreFixed(t *testing.T) {
	w := embeddedWorld(t)
	open := func(later string) error {
		_, err := Open(soon(t), w.client, Options{Namespace: w.namespace, Shards: w.shards, Fingerprint: "test", LaterEvents: later})
		return err
	}
	for _, step := range []struct {
		later string
		want  error
	}{{"", nil}, {"anew", nil}, {"anew", nil}, {"refuse", ErrBornOtherwise}, {"", nil}} {
		if err := open(step.later); !errors.Is(err, step.want) {
			t.Errorf("opened with %q: %v, want %v", step.later, err, step.want)
		}
	}
	if found, err := Find(soon(t), w.client, w.namespace); err != nil || found.LaterEvents() != "anew" {
		t.Errorf("found %q, %v", found.LaterEvents(), err)
	}
}
