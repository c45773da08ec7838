package state

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	"github.com/clvstream/clvstream/clv"
	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/internal/eventtest"
	"github.com/clvstream/clvstream/internal/testbed"
	"github.com/clvstream/clvstream/state/layout"
)

// What commits leave in Redis is what folding the same events in the same order
// gives: states, changes and dead letters, at the records' offsets.
func TestCommitStoresWhatFoldingGives(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world, _ *testbed.Pair) {
		w.shards = manyShards
		seed := rand.Uint64()
		rnd := rand.New(rand.NewPCG(seed, 0))
		w.valuation.Rules.LaterEvents = history.LaterEvents(rnd.IntN(2))
		events := lives(rnd, w, 40)
		store := w.open()
		claim := w.claim(store, 0)
		for at := 0; at < len(events); {
			n := min(1+rnd.IntN(200), len(events)-at)
			w.commit(claim, w.batch(int64(at), events[at:at+n]...))
			at += n
		}
		wantCustomers, wantItems := foldAll(w, events)
		for id, want := range wantCustomers {
			got, err := store.Customer(soon(t), id)
			if err != nil {
				t.Fatal(err)
			}
			if got == nil || string(layout.AppendCustomer(nil, got)) != string(layout.AppendCustomer(nil, want)) {
				t.Errorf("seed %d: %s is stored as %+v, want %+v", seed, id, got, want)
			}
		}
		gotItems := map[int64]string{}
		for _, entry := range w.entries(store) {
			if entry.Source != source(0) || entry.AtMilli == 0 || !slices.IsSortedFunc(entry.Items, func(a, b layout.Item) int { return int(a.Offset - b.Offset) }) {
				t.Fatalf("seed %d: entry %s of %v is not one of ascending offsets of this partition", seed, entry.ID, entry.Source)
			}
			for _, item := range entry.Items {
				gotItems[item.Offset] += itemText(item)
			}
		}
		for offset := range int64(len(events)) {
			if got, want := gotItems[offset], wantItems[offset]; got != want {
				t.Errorf("seed %d: offset %d waits as\n%s, want\n%s", seed, offset, got, want)
			}
		}
	})
}

// foldAll folds events without a store.
func foldAll(w *world, events []history.Event) (customers map[string]*clv.Customer, items map[int64]string) {
	customers, items = map[string]*clv.Customer{}, map[int64]string{}
	for i := range events {
		e := &events[i]
		if customers[e.CustomerID] == nil {
			customers[e.CustomerID] = &clv.Customer{}
		}
		var announced []clv.Change
		did := customers[e.CustomerID].Advance(e.CustomerID, clv.Occasion{Event: e}, w.valuation, func(c clv.Change) { announced = append(announced, c) })
		refused := did.Refused
		switch {
		case refused != nil:
			items[int64(i)] = itemText(layout.Item{DeadLetter: letterOf(&Work{Offset: int64(i)}, refused)})
		case len(announced) > 0:
			items[int64(i)] = itemText(layout.Item{Change: &announced[0]})
		}
		for at := range did.GivenUp {
			items[int64(i)] += itemText(layout.Item{DeadLetter: unmatchedOf(&did.GivenUp[at])})
		}
	}
	return customers, items
}

func itemText(item layout.Item) string {
	if item.DeadLetter != nil {
		return fmt.Sprintf("%+v", *item.DeadLetter)
	}
	return fmt.Sprintf("%+v", *item.Change)
}

// lives are the events of many customers, interleaved, each customer's shuffled
// without regard to lateness, so that some are refused.
func lives(rnd *rand.Rand, w *world, customers int) []history.Event {
	var all []history.Event
	for c := range customers {
		all = append(all, eventtest.Life{
			CustomerID: fmt.Sprintf("c%d", c), Events: 1 + rnd.IntN(60), Orders: 12,
			StartMicros: day0 * microsPerDay, SpanDays: 400, LatenessDays: int(w.valuation.Rules.LatenessDays), ErasedOneIn: 50,
		}.Draw(rnd)...)
	}
	rnd.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	return all
}

func TestCommitCountsWhatItDid(t *testing.T) {
	w := embeddedWorld(t)
	claim := w.claim(w.open(), 0)
	late := orderOf("c0", 0)
	b := w.batch(10, orderOf("c0", 200), orderOf("c0", 200), late, orderOf("c1", 0))
	b.Work = append(b.Work, Work{Offset: 14, Shard: 3, Refused: &history.Refusal{Reason: history.BadAmount, Detail: "is absurd"}})
	b.UpTo = 20
	got := w.commit(claim, b)
	if got.Applied != 3 || got.Changes != 2 || len(got.DeadLetters) != 2 || got.DeadLetters[history.TooLate] != 1 || got.DeadLetters[history.BadAmount] != 1 {
		t.Errorf("got %+v; want 3 applied, 2 changes, a letter for each reason", got)
	}
	letters := w.letters(w.open())
	if len(letters) != 2 {
		t.Fatalf("%d dead letters wait, want 2", len(letters))
	}
}

func TestBatchAppliedOnceHoweverOftenItComes(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world, _ *testbed.Pair) {
		claim := w.claim(w.open(), 0)
		w.commit(claim, w.batch(0, round(0, 20)...))
		if again := w.commit(claim, w.batch(0, round(0, 20)...)); again.Applied != 0 || again.Changes != 0 {
			t.Errorf("committed again by the same claim: %+v", again)
		}
		claim = w.claim(w.open(), 0)
		if again := w.commit(claim, w.batch(0, round(0, 20)...)); again.Applied != 0 || again.Changes != 0 {
			t.Errorf("committed again by the next claim: %+v", again)
		}
		// A batch that begins before the mark and ends beyond it.
		overlapping := append(round(0, 20), round(1, 20)...)
		if half := w.commit(claim, w.batch(0, overlapping...)); half.Applied != 20 {
			t.Errorf("half of a batch was new, %d events were applied; want 20", half.Applied)
		}
		w.wantOrders(20, 2)
	})
}

func TestAdvanceMovesIdleShards(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world, _ *testbed.Pair) {
		store := w.open()
		claim := w.claim(store, 0)
		w.commit(claim, w.batch(0, orderOf("c0", 0)))
		if got := claim.Resume(); got != 0 {
			t.Errorf("an idle shard stands at 0, resume at %d", got)
		}
		if err := claim.Advance(soon(t), 1); err != nil {
			t.Fatal(err)
		}
		if got := claim.Resume(); got != 1 {
			t.Errorf("after Advance resume at %d, want 1", got)
		}
		if got := w.claim(w.open(), 0).Resume(); got != 1 {
			t.Errorf("the next claim resumes at %d, want 1", got)
		}
		applied, err := store.Applied(soon(t))
		if err != nil {
			t.Fatal(err)
		}
		for shard, a := range applied {
			if len(a) != 1 || a[source(0)] != 1 {
				t.Errorf("shard %d has applied %v, want offset 1 of the partition", shard, a)
			}
		}
	})
}

func TestSecondClaimFencesTheFirst(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world, _ *testbed.Pair) {
		first := w.claim(w.open(), 0)
		w.commit(first, w.batch(0, round(0, 20)...))
		other := w.claim(w.open(), 1) // another partition fences nobody
		second := w.claim(w.open(), 0)
		if _, err := first.Commit(soon(t), w.batch(20, round(1, 20)...)); !errors.Is(err, ErrFenced) {
			t.Errorf("commit of the first claim: got %v, want ErrFenced", err)
		}
		if err := first.Advance(soon(t), 40); !errors.Is(err, ErrFenced) {
			t.Errorf("advance of the first claim: got %v, want ErrFenced", err)
		}
		if err := first.Check(soon(t)); !errors.Is(err, ErrFenced) {
			t.Errorf("check of the first claim: got %v, want ErrFenced", err)
		}
		if err := other.Check(soon(t)); err != nil {
			t.Errorf("check of the other partition's claim: %v", err)
		}
		w.wantOrders(20, 1)
		w.commit(second, w.batch(20, round(1, 20)...))
		w.wantOrders(20, 2)
	})
}

// A zombie's transaction is under way when its partition is claimed again.
func TestClaimBetweenWatchAndExec(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world, _ *testbed.Pair) {
		zombie := w.claim(w.open(), 0)
		b := w.batch(0, orderOf("c0", 0))
		b.Work = append(b.Work, Work{Offset: 1, Shard: b.Work[0].Shard, Refused: &history.Refusal{Reason: history.BadTime}})
		b.UpTo = 2
		var successor *Claim
		b.DeadLetter = func(work *Work, refused *history.Refusal) *layout.DeadLetter { // called after src was read, before EXEC
			if successor == nil {
				successor = w.claim(w.open(), 0)
			}
			return letterOf(work, refused)
		}
		if _, err := zombie.Commit(soon(t), b); !errors.Is(err, ErrFenced) {
			t.Fatalf("the zombie's commit: got %v, want ErrFenced", err)
		}
		if left := w.entries(w.open()); len(left) != 0 {
			t.Fatalf("the zombie left %d entries", len(left))
		}
		w.commit(successor, w.batch(0, orderOf("c0", 0)))
		w.wantOrders(1, 1)
	})
}

// Two processes with two partitions each write the same customers' shards, all
// at once. Whoever comes second at a shard has to notice.
func TestConcurrentWritersLoseNoUpdate(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world, _ *testbed.Pair) {
		w.shards = manyShards
		const customers, rounds, perPartition = 30, 12, 3
		var claims []*Claim
		for process := range 2 {
			store := w.open()
			for i := range 2 {
				claims = append(claims, w.claim(store, int32(2*process+i)))
			}
		}
		var wg sync.WaitGroup
		errs := make(chan error, len(claims))
		for at, claim := range claims {
			wg.Go(func() {
				for i := range perPartition {
					events := round(at*perPartition+i, customers)
					if _, err := claim.Commit(soon(t), w.batch(int64(i*customers), events...)); err != nil {
						errs <- err
						return
					}
				}
			})
		}
		wg.Wait()
		close(errs)
		for err := range errs {
			t.Error(err)
		}
		store := w.open()
		for c := range customers {
			stored, err := store.Customer(soon(t), fmt.Sprintf("c%d", c))
			if err != nil {
				t.Fatal(err)
			}
			f := stored.History.Facts(&w.valuation.Rules, stored.History.LatestMicros)
			if want := int64(rounds*1000 + rounds*(rounds-1)/2); f.Orders != rounds || f.PurchaseDays != rounds || f.RevenueMinor != want {
				t.Errorf("c%d has %d orders on %d days, %d in all; want %d and %d", c, f.Orders, f.PurchaseDays, f.RevenueMinor, rounds, want)
			}
		}
		w.wantVersions(customers, rounds)
	})
}

// The caches of two processes: each reads again whom the other has changed, and
// only them.
func TestAForeignCommitDropsWhomItChangedFromTheCache(t *testing.T) {
	w := embeddedWorld(t)
	w.shards = 1
	mine, others := w.open(), w.open()
	claim, other := w.claim(mine, 0), w.claim(others, 1)
	w.commit(claim, w.batch(0, round(0, 3)...))
	cached := func() int { return len(mine.shards[0].cache.stored) }
	if err := other.Advance(soon(t), 7); err != nil {
		t.Fatal(err)
	}
	w.commit(claim, w.batch(3, orderOf("c0", 1)))
	if cached() != 3 {
		t.Errorf("after a foreign mark %d customers are cached, want all 3", cached())
	}
	w.commit(other, w.batch(7, orderOf("c1", 1)))
	w.commit(claim, w.batch(4, orderOf("c2", 1)))
	if cached() != 2 {
		t.Errorf("after a foreign commit of one %d customers are cached, want the 2 others", cached())
	}
	for i := range int64(journalCommits) + 1 {
		w.commit(other, w.batch(8+i, orderOf("c3", int(i))))
	}
	w.commit(claim, w.batch(5, orderOf("c2", 2)))
	if cached() != 1 {
		t.Errorf("after more foreign commits than the journal has %d customers are cached, want the one read since", cached())
	}
	w.commit(claim, w.batch(6, orderOf("c1", 2)))
	w.commit(claim, w.batch(7, round(2, 1)...))
	w.wantOrders(3, 3)
}

func TestCacheStaysWithinItsShare(t *testing.T) {
	w := embeddedWorld(t)
	w.shards = 1
	store := w.open()
	store.options.CacheCustomers = 10
	claim := w.claim(store, 0)
	for i := range 3 {
		w.commit(claim, w.batch(int64(50*i), round(i, 50)...))
		if got := len(store.shards[0].cache.stored); got > 10 {
			t.Errorf("%d customers are cached, want at most 10", got)
		}
	}
	w.wantOrders(50, 3)
}

func TestCommitEndsWithItsContext(t *testing.T) {
	w := embeddedWorld(t)
	claim := w.claim(w.open(), 0)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := claim.Commit(ctx, w.batch(0, round(0, 5)...)); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want context.Canceled", err)
	}
	w.commit(claim, w.batch(0, round(0, 5)...)) // and the batch can be committed later
	w.wantOrders(5, 1)
}

// Another writer comes after the work was folded: before the statistics are read
// that change, or, where they are known, before EXEC. What was folded does not count.
func TestForeignCommitAfterFolding(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world, _ *testbed.Pair) {
		w.shards = 1
		mine, others := w.open(), w.open()
		claim, other := w.claim(mine, 0), w.claim(others, 1)
		const rounds = 6
		for i := range int64(rounds) {
			b := w.batch(2*i, orderOf("c0", int(2*i)))
			b.Work = append(b.Work, Work{Offset: 2*i + 1, Refused: &history.Refusal{Reason: history.BadTime}})
			b.UpTo = 2*i + 2
			folded := 0
			b.DeadLetter = func(work *Work, refused *history.Refusal) *layout.DeadLetter { // called while the work is folded
				if folded++; folded == 1 {
					w.commit(other, w.batch(i, orderOf("c0", int(2*i+1))))
				}
				return letterOf(work, refused)
			}
			got := w.commit(claim, b)
			if folded != 2 || got.Applied != 1 || got.DeadLetters[history.BadTime] != 1 {
				t.Errorf("round %d was folded %d times and counts %+v; want twice, and once each", i, folded, got)
			}
		}
		stored, err := mine.Customer(soon(t), "c0")
		if err != nil {
			t.Fatal(err)
		}
		if f := stored.History.Facts(&w.valuation.Rules, stored.History.LatestMicros); f.Orders != 2*rounds {
			t.Errorf("c0 has %d orders, want %d", f.Orders, 2*rounds)
		}
		w.wantVersions(1, 2*rounds)
		w.wantStatistics()
	})
}
