package state

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/clvstream/clvstream/clv"
	"github.com/clvstream/clvstream/clv/announce"
	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/internal/testbed"
	"github.com/clvstream/clvstream/state/layout"
	"github.com/clvstream/clvstream/state/transaction"
)

func (w *world) configured() *clv.Valuation { return w.valuation }

func allShards(s *Store) []int {
	shards := make([]int, s.Shards())
	for i := range shards {
		shards[i] = i
	}
	return shards
}

// rollOut makes due whom the activation concerns, and returns how many.
func (w *world) rollOut(s *Store) (made int64) {
	w.t.Helper()
	r := s.NewRollout(allShards(s), w.configured)
	defer r.Close()
	for {
		did, err := r.Step(soon(w.t))
		if err != nil {
			w.t.Fatal(err)
		}
		made += did.Due
		if !did.More {
			return made
		}
	}
}

// fireAll fires everything until an instant, in batches of a few.
func (w *world) fireAll(s *Store, untilMicros int64, most int) (valued int) {
	w.t.Helper()
	firer := s.NewFirer(w.configured)
	for shard := range s.Shards() {
		for {
			fired, err := firer.Fire(soon(w.t), shard, untilMicros, most, nil)
			beaten := err != nil && Judge(err) == Beaten
			if err != nil && !beaten {
				w.t.Fatal(err)
			}
			valued += fired.Customers
			if !beaten && !fired.More {
				break
			}
		}
	}
	return valued
}

// storeCustomers commits the first orders of n customers by the configured model.
func (w *world) storeCustomers(s *Store, n int) *Claim {
	w.t.Helper()
	claim := w.claim(s, 0)
	w.commit(claim, w.batch(0, round(0, n)...))
	return claim
}

// wantModels checks by which model n customers are stored, and that the counts
// say the same.
func (w *world) wantModels(s *Store, n int, version string) {
	w.t.Helper()
	for c := range n {
		id := fmt.Sprintf("c%d", c)
		stored, err := s.Customer(soon(w.t), id)
		if err != nil || stored == nil {
			w.t.Fatalf("%s: %v", id, err)
		}
		if stored.Value.ModelVersion != version {
			w.t.Errorf("%s is valued by %q, want %q", id, stored.Value.ModelVersion, version)
		}
	}
	m, err := s.Moving(soon(w.t), 0)
	if err != nil || len(m.Customers) != 1 || m.Customers[version] != int64(n) {
		w.t.Errorf("customers by model are %v, %v; want %d by %s", m.Customers, err, n, version)
	}
}

// changesOf are the outbox's changes of a reason, by customer.
func (w *world) changesOf(s *Store, reason announce.Reason) map[string][]*clv.Change {
	w.t.Helper()
	found := map[string][]*clv.Change{}
	for _, e := range w.entries(s) {
		for _, item := range e.Items {
			if c := item.Change; c != nil && c.Reason == reason {
				found[c.CustomerID] = append(found[c.CustomerID], c)
			}
		}
	}
	return found
}

// fromMicros is when the tests' activations begin: ten days after the first order.
const fromMicros = (day0 + 10) * microsPerDay

// Everybody is valued at once, within the span, and told of as valued by the new
// model.
func TestActivationRevaluesEverybodyOnce(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world, _ *testbed.Pair) {
		const n, span = 200, time.Hour
		s := w.open()
		w.storeCustomers(s, n)
		w.push(s, "x2")
		w.activate(s, "x2", fromMicros, span, false)
		if made := w.rollOut(s); made != n {
			t.Errorf("%d customers were made due, want %d", made, n)
		}
		half := w.fireAll(s, fromMicros+span.Microseconds()/2, 7)
		if half < n/3 || half > 2*n/3 {
			t.Errorf("%d of %d were valued at by half of the span", half, n)
		}
		if again := w.rollOut(s); again != 0 {
			t.Errorf("%d customers were made due again", again)
		}
		if rest := w.fireAll(s, fromMicros+span.Microseconds(), 7); half+rest != n {
			t.Errorf("%d and %d were valued at, want %d", half, rest, n)
		}
		w.wantModels(s, n, "x2")
		told := w.changesOf(s, announce.ReasonModel)
		for c := range n {
			id := fmt.Sprintf("c%d", c)
			if len(told[id]) != 1 || told[id][0].ModelVersion != "x2" || told[id][0].Cause.AtMicros < fromMicros || told[id][0].Cause.AtMicros > fromMicros+span.Microseconds() {
				t.Errorf("%s was told %d times: %+v", id, len(told[id]), told[id])
			}
		}
		w.wantVersions(n, 2)
	})
}

func TestSilentActivationTellsNobody(t *testing.T) {
	const n = 50
	w := embeddedWorld(t)
	s := w.open()
	w.storeCustomers(s, n)
	w.push(s, "x2")
	w.activate(s, "x2", fromMicros, time.Hour, true)
	w.rollOut(s)
	w.fireAll(s, fromMicros+time.Hour.Microseconds(), 1000)
	w.wantModels(s, n, "x2")
	if told := w.changesOf(s, announce.ReasonModel); len(told) > 0 {
		t.Errorf("%d customers were told", len(told))
	}
}

// Who orders meanwhile is valued by the new model at once, and not told again.
func TestOrdersGoByTheActivatedModel(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world, _ *testbed.Pair) {
		const n = 40
		s := w.open()
		claim := w.storeCustomers(s, n)
		w.push(s, "x2")
		w.activate(w.open(), "x2", fromMicros, time.Hour, false) // by another process
		w.commit(claim, w.batch(n, round(1, n/2)...))
		w.rollOut(s)
		w.fireAll(s, fromMicros+time.Hour.Microseconds(), 1000)
		w.wantModels(s, n, "x2")
		told := w.changesOf(s, announce.ReasonModel)
		for c := range n {
			if want := c >= n/2; (len(told[fmt.Sprintf("c%d", c)]) == 1) != want {
				t.Errorf("c%d was told %d times of the model, ordered meanwhile: %v", c, len(told[fmt.Sprintf("c%d", c)]), !want)
			}
		}
		for _, changes := range w.changesOf(s, announce.ReasonPurchase) {
			if changes[0].ModelVersion != "x2" {
				t.Errorf("%s ordered and was valued by %s", changes[0].CustomerID, changes[0].ModelVersion)
			}
		}
	})
}

// While claims of two processes commit and due times fire, an activation comes:
// in each shard's outbox no value by the old model follows it.
func TestNoCommitByTheOldModelFollowsAnActivation(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world, _ *testbed.Pair) {
		const customers = 24
		w.push(w.open(), "x2")
		w.push(w.open(), "x3")
		var stop atomic.Bool
		var commits atomic.Int64
		var running sync.WaitGroup
		for partition := range int32(3) {
			s := w.open()
			claim := w.claim(s, partition)
			running.Go(func() {
				for i := 0; !stop.Load(); i++ {
					b := w.batch(int64(i*customers), ordersOf(partition, i, customers)...)
					if _, err := claim.Commit(soon(t), b); err != nil {
						t.Error(err)
						return
					}
					commits.Add(1)
				}
			})
		}
		running.Go(func() { w.fireWhile(&stop, w.open()) })
		last := make(map[string][]string) // per version, the outboxes' last ids when it was in force
		for _, version := range []string{"x2", "x3"} {
			awaitMore(t, &commits, 20)
			w.activate(w.open(), version, 0, 0, false)
			last[version] = w.lastEntries()
		}
		awaitMore(t, &commits, 20)
		stop.Store(true)
		running.Wait()
		checked := 0
		for version, ids := range last {
			for shard, id := range ids {
				for _, e := range w.entriesAfter(shard, id) {
					for _, item := range e.Items {
						checked++
						if got := item.Change.ModelVersion; got < version {
							t.Errorf("shard %d: %s follows %s in entry %s", shard, got, version, e.ID)
						}
					}
				}
			}
		}
		if checked == 0 {
			t.Error("no change followed")
		}
	})
}

func ordersOf(partition int32, i, customers int) []history.Event {
	events := make([]history.Event, customers)
	for c := range events {
		events[c] = orderOf(fmt.Sprintf("p%d-c%d", partition, c), i)
	}
	return events
}

func (w *world) fireWhile(stop *atomic.Bool, s *Store) {
	firer, rollout := s.NewFirer(w.configured), s.NewRollout(allShards(s), w.configured)
	defer rollout.Close()
	for !stop.Load() {
		if _, err := rollout.Step(soon(w.t)); err != nil {
			w.t.Error(err)
			return
		}
		for shard := range s.Shards() {
			if _, err := firer.Fire(soon(w.t), shard, day0*microsPerDay, 50, nil); err != nil && Judge(err) != Beaten {
				w.t.Error(err)
				return
			}
		}
	}
}

// awaitMore returns when a counter has risen by n.
func awaitMore(t testing.TB, counter *atomic.Int64, n int64) {
	t.Helper()
	deadline := time.Now().Add(60 * time.Second)
	for from := counter.Load(); counter.Load() < from+n; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("nothing moves")
		}
	}
}

// lastEntries are the ids of the outboxes' last entries.
func (w *world) lastEntries() []string {
	w.t.Helper()
	ids := make([]string, w.shards)
	for shard := range w.shards {
		ids[shard] = "0-0"
		last, err := w.client.XRevRangeN(soon(w.t), shardKeys(w.namespace, shard).out, "+", "-", 1).Result()
		if err != nil {
			w.t.Fatal(err)
		}
		if len(last) > 0 {
			ids[shard] = last[0].ID
		}
	}
	return ids
}

func (w *world) entriesAfter(shard int, id string) []layout.Entry {
	w.t.Helper()
	waiting, err := w.open().Waiting(soon(w.t), []int{shard}, []string{id}, 100_000)
	if err != nil {
		w.t.Fatal(err)
	}
	return waiting[0]
}

// An activation that comes while a commit is between its reads and its EXEC
// makes it begin again, by the new model.
func TestActivationBeatsACommitUnderWay(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world, _ *testbed.Pair) {
		s := w.open()
		claim := w.claim(s, 0)
		w.push(s, "x2")
		b := w.batch(0, orderOf("c0", 0))
		claim.Commit(cancelled(t), b) // groups the work
		c := &chain{claim: claim, batch: b, commit: "test-1"}
		defer c.release()
		sh := s.shards[b.Work[0].Shard]
		o, err := c.take(soon(t), sh)
		if err != nil {
			t.Fatal(err)
		}
		prepared, err := c.prepare(soon(t), o)
		if err != nil {
			t.Fatal(err)
		}
		w.activate(w.open(), "x2", 0, 0, false)
		err = c.write(soon(t), o, prepared, nil)
		sh.forget()
		sh.mu.Unlock()
		if !errors.Is(err, transaction.ErrBeaten) {
			t.Fatalf("a commit by the old model: got %v, want that it is beaten", err)
		}
		w.commit(claim, b)
		w.wantModels(s, 1, "x2")
	})
}

func cancelled(t testing.TB) context.Context {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	return ctx
}

// Who makes customers due is killed in the middle, again and again, while they
// are fired: everybody is valued at, and told once.
func TestRolloutIsResumed(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world, _ *testbed.Pair) {
		const n, span = 3000, time.Hour
		w.shards = 2
		s := w.open()
		w.storeCustomers(s, n)
		w.push(s, "x2")
		w.activate(s, "x2", fromMicros, span, false)
		for kills, through := 0, 0; through < w.shards; kills++ {
			r := w.open().NewRollout([]int{kills % 2}, w.configured)
			for range 1 + kills/4 {
				if _, err := r.Step(soon(t)); err != nil {
					t.Fatal(err)
				}
			}
			r.Close()
			w.fireAll(s, fromMicros+span.Microseconds()*int64(min(kills, 20))/40, 100)
			m, err := s.Moving(soon(t), 1)
			if err != nil {
				t.Fatal(err)
			}
			through = m.Shards
		}
		w.fireAll(s, fromMicros+span.Microseconds(), 100)
		w.wantModels(s, n, "x2")
		told := w.changesOf(s, announce.ReasonModel)
		for c := range n {
			if id := fmt.Sprintf("c%d", c); len(told[id]) != 1 {
				t.Errorf("%s was told %d times", id, len(told[id]))
			}
		}
	})
}

// An activation whose command was killed before it had come to every shard is
// completed by the rollout.
func TestRolloutCompletesAnActivation(t *testing.T) {
	w := embeddedWorld(t)
	s := w.open()
	w.storeCustomers(s, 40)
	w.push(s, "x2")
	w.activate(s, "x2", fromMicros, 0, false)
	for _, sh := range s.shards[1:] {
		if err := w.client.HDel(soon(t), sh.keys.src, modelField).Err(); err != nil {
			t.Fatal(err)
		}
	}
	w.rollOut(s)
	w.wantInForce(s, "x2")
	w.fireAll(s, fromMicros+1_000_000, 100)
	w.wantModels(s, 40, "x2")
}

// The second activation comes before the first has reached everybody.
func TestTwoActivationsInARow(t *testing.T) {
	const n, span = 120, time.Hour
	w := embeddedWorld(t)
	s := w.open()
	w.storeCustomers(s, n)
	w.push(s, "x2")
	w.push(s, "x3")
	w.activate(s, "x2", fromMicros, span, false)
	w.rollOut(s)
	w.fireAll(s, fromMicros+span.Microseconds()/2, 1000)
	w.activate(s, "x3", fromMicros+span.Microseconds()/2, span, false)
	w.rollOut(s)
	w.fireAll(s, fromMicros+2*span.Microseconds(), 1000)
	w.wantModels(s, n, "x3")
	for c := range n {
		id := fmt.Sprintf("c%d", c)
		told := w.changesOf(s, announce.ReasonModel)[id]
		if len(told) < 1 || len(told) > 2 || told[len(told)-1].ModelVersion != "x3" {
			t.Errorf("%s was told %+v", id, told)
		}
	}
}

// After a rollback everybody is back, and who had not left is not valued at.
func TestRollbackBringsEverybodyBack(t *testing.T) {
	const n, span = 120, time.Hour
	w := embeddedWorld(t)
	s := w.open()
	w.storeCustomers(s, n)
	w.push(s, "x2")
	w.activate(s, "x2", fromMicros, span, false)
	w.rollOut(s)
	moved := w.fireAll(s, fromMicros+span.Microseconds()/2, 1000)
	at := fromMicros + span.Microseconds()/2
	if _, err := s.Rollback(soon(t), at, span, false); err != nil {
		t.Fatal(err)
	}
	if made := w.rollOut(s); made != int64(moved) {
		t.Errorf("%d were made due, want the %d who had moved", made, moved)
	}
	w.fireAll(s, at+span.Microseconds(), 1000)
	w.wantModels(s, n, "1")
	for id, told := range w.changesOf(s, announce.ReasonModel) {
		if len(told) != 2 || told[1].ModelVersion != "1" {
			t.Errorf("%s was told %d times", id, len(told))
		}
	}
}

// What is fired stays in strict order of instants and ids, also where a due time
// of the activation is before a customer's latest event, or before what was
// fired already: what is published is told by it.
func TestActivationsKeepTheOrderOfFiring(t *testing.T) {
	const n, span = 200, 20 * 24 * time.Hour
	w := embeddedWorld(t)
	s := w.open()
	claim := w.storeCustomers(s, n)
	for i := 1; i < 20; i += 3 { // the latest events lie all over the span
		w.commit(claim, w.batch(claim.Resume(), round(i, n-10*i)...))
	}
	w.push(s, "x2")
	w.activate(s, "x2", day0*microsPerDay, span, false)
	w.fireAllAndNote(s, (day0+5)*microsPerDay)
	w.rollOut(s)
	for day := int64(4); day < 30; day++ {
		w.fireAll(s, (day0+day)*microsPerDay, 9)
	}
	w.wantModels(s, n, "x2")
	for shard := range s.Shards() {
		var last due
		for _, e := range w.entriesAfter(shard, "0-0") {
			for _, item := range e.Items {
				if !e.OfDueTimes() {
					continue
				}
				now := due{item.Change.Cause.AtMicros, item.Change.CustomerID}
				if !last.before(now) {
					t.Fatalf("shard %d: %+v after %+v", shard, now, last)
				}
				last = now
			}
		}
		if last.atMicros == 0 {
			t.Fatalf("shard %d fired nothing", shard)
		}
	}
}

// fireAllAndNote makes the shards fired up to an instant, as if somebody had been
// due then.
func (w *world) fireAllAndNote(s *Store, micros int64) {
	w.t.Helper()
	for _, sh := range s.shards {
		if err := w.client.HSet(soon(w.t), sh.keys.src, firedField, strconv.FormatInt(micros, 10)).Err(); err != nil {
			w.t.Fatal(err)
		}
	}
}

// A model in force that cannot be read is waited for: nothing is committed by
// another, and when it is pushed the commit goes on.
func TestCommitWaitsForTheModelInForce(t *testing.T) {
	w := embeddedWorld(t)
	s := w.open()
	claim := w.storeCustomers(s, 10)
	w.push(s, "x2")
	w.activate(s, "x2", fromMicros, 0, false)
	if err := w.client.HDel(soon(t), modelsKey(w.namespace), filePrefix+"x2").Err(); err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() {
		_, err := claim.Commit(soon(t), w.batch(10, round(1, 10)...))
		done <- err
	}()
	awaitRetry(t, claim)
	w.push(s, "x2")
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	w.wantModels(s, 10, "x2")
}
