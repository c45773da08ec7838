package state

import (
	"fmt"
	"testing"
	"time"

	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/internal/testbed"
	"github.com/clvstream/clvstream/state/layout"
)

// A full outbox makes the consumer wait for the publisher, and nothing else.
func TestFullOutboxIsWaitedFor(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world, _ *testbed.Pair) {
		w.shards, w.outboxCap = 1, 3
		const customers, rounds = 5, 8
		store := w.open()
		claim := w.claim(store, 0)
		done := w.commitAll(claim, customers, rounds)
		var taken []layout.Entry
		for len(taken) < rounds {
			if len(taken)+3 < rounds {
				awaitDepth(t, store, 3)
				awaitRetry(t, claim)
			}
			waiting, err := store.Waiting(soon(t), []int{0}, []string{""}, 2)
			if err != nil {
				t.Fatal(err)
			}
			for _, e := range waiting[0] {
				taken = append(taken, e)
				if err := store.Trim(soon(t), map[int][]string{0: {e.ID}}); err != nil {
					t.Fatal(err)
				}
			}
		}
		await(t, done)
		for i, e := range taken {
			if len(e.Items) != customers || e.Items[0].Offset != int64(i*customers) {
				t.Errorf("entry %d has %d items from offset %d, want %d from %d", i, len(e.Items), e.Items[0].Offset, customers, i*customers)
			}
		}
		if depth, err := store.Depth(soon(t)); err != nil || depth[0] != 0 {
			t.Errorf("depth is %v, %v; want 0", depth, err)
		}
	})
}

func awaitDepth(t *testing.T, s *Store, want int64) {
	t.Helper()
	deadline := time.Now().Add(60 * time.Second)
	for {
		depth, err := s.Depth(soon(t))
		if err != nil {
			t.Fatal(err)
		}
		if depth[0] >= want {
			if depth[0] > want {
				t.Errorf("the outbox holds %d entries, its cap is %d", depth[0], want)
			}
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("the outbox holds %d entries and does not grow to %d", depth[0], want)
		}
		time.Sleep(time.Millisecond)
	}
}

func TestFullOutboxDoesNotKeepMarksBack(t *testing.T) {
	w := embeddedWorld(t)
	w.outboxCap = 1
	claim := w.claim(w.open(), 0)
	w.commit(claim, w.batch(0, round(0, 20)...))
	if err := claim.Advance(soon(t), 50); err != nil {
		t.Fatal(err)
	}
	if claim.Resume() != 50 {
		t.Errorf("resume at %d, want 50", claim.Resume())
	}
}

func TestWaitingIsReadFromWhereOneLeft(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world, _ *testbed.Pair) {
		store := w.open()
		claim := w.claim(store, 0)
		for i := range 5 {
			w.commit(claim, w.batch(int64(20*i), round(i, 20)...))
		}
		shards := []int{3, 1} // in any order
		after := []string{"", ""}
		for i := range 5 {
			waiting, err := store.Waiting(soon(t), shards, after, 1)
			if err != nil {
				t.Fatal(err)
			}
			for at, shard := range shards {
				if len(waiting[at]) != 1 || waiting[at][0].Items[0].Offset/20 != int64(i) {
					t.Fatalf("shard %d, entry %d: %+v", shard, i, waiting[at])
				}
				for _, item := range waiting[at][0].Items {
					if Shard(item.Change.CustomerID, testShards) != shard {
						t.Errorf("%s waits in shard %d", item.Change.CustomerID, shard)
					}
				}
				after[at] = waiting[at][0].ID
			}
		}
		if waiting, err := store.Waiting(soon(t), shards, after, 1); err != nil || len(waiting[0])+len(waiting[1]) != 0 {
			t.Errorf("after the last: %v, %v", waiting, err)
		}
		depth, err := store.Depth(soon(t))
		if err != nil || fmt.Sprint(depth) != "[5 5 5 5]" {
			t.Errorf("depth is %v, %v; want 5 each", depth, err)
		}
	})
}

func TestDamagedEntryIsNamed(t *testing.T) {
	w := embeddedWorld(t)
	store := w.open()
	id, err := w.client.XAdd(soon(t), xadd(store.shards[2].keys.out, "e", "\x02 not an entry")).Result()
	if err != nil {
		t.Fatal(err)
	}
	wantDamage(t, store, id)
	if err := store.Trim(soon(t), map[int][]string{2: {id}, 3: nil}); err != nil {
		t.Fatal(err)
	}
	if id, err = w.client.XAdd(soon(t), xadd(store.shards[2].keys.out, "another", "field")).Result(); err != nil {
		t.Fatal(err)
	}
	wantDamage(t, store, id)
}

// An entry of many megabytes waits until few others do.
func TestLargeEntryWaitsForRoom(t *testing.T) {
	w := embeddedWorld(t)
	store := w.open()
	claim := w.claim(store, 0)
	large := func(offset int64) *Batch {
		return &Batch{
			UpTo: offset + 1,
			Work: []Work{{Offset: offset, Refused: &history.Refusal{Reason: history.TooLarge}}},
			DeadLetter: func(*Work, *history.Refusal) *layout.DeadLetter {
				return &layout.DeadLetter{Reason: history.TooLarge, Value: make([]byte, largeEntryBytes)}
			},
		}
	}
	for offset := range int64(largeEntriesCap) {
		w.commit(claim, large(offset))
	}
	done := make(chan error, 1)
	go func() {
		_, err := claim.Commit(soon(t), large(largeEntriesCap))
		done <- err
	}()
	awaitRetry(t, claim)
	waiting := w.entries(store)
	if len(waiting) != largeEntriesCap {
		t.Fatalf("%d entries wait, want %d", len(waiting), largeEntriesCap)
	}
	if err := store.Trim(soon(t), map[int][]string{0: {waiting[0].ID}}); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if waiting := w.entries(store); waiting[len(waiting)-1].Items[0].Offset != largeEntriesCap {
		t.Errorf("the last entry is of offset %d", waiting[len(waiting)-1].Items[0].Offset)
	}
}

// How long the oldest change has been waiting is known of all shards together.
func TestOldestWaiting(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world, _ *testbed.Pair) {
		s := w.open()
		if oldest, err := s.OldestWaiting(soon(t)); err != nil || !oldest.IsZero() {
			t.Errorf("nothing waits, and the oldest is of %v: %v", oldest, err)
		}
		claim := w.claim(s, 0)
		w.commit(claim, w.batch(0, round(0, 5)...))
		first := w.entries(s)[0].AtMilli
		for _, e := range w.entries(s) {
			first = min(first, e.AtMilli)
		}
		time.Sleep(3 * time.Millisecond) // ids of entries count milliseconds
		w.commit(claim, w.batch(5, round(1, 5)...))
		if oldest, err := s.OldestWaiting(soon(t)); err != nil || oldest.UnixMilli() != first {
			t.Errorf("the oldest is of %v, want %d: %v", oldest, first, err)
		}
	})
}
