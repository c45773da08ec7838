package state

import (
	"errors"
	"strings"
	"testing"

	"github.com/clvstream/clvstream/internal/testbed"
	"github.com/clvstream/clvstream/state/layout"
)

func TestBirth(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world, _ *testbed.Pair) {
		claim, err := w.open().Claim(soon(t), source(0), Start{LogStart: 40}, w.valuation)
		if err != nil {
			t.Fatal(err)
		}
		if claim.Resume() != 40 || claim.Source() != source(0) {
			t.Errorf("the claim of %v resumes at %d, want at the log's start", claim.Source(), claim.Resume())
		}
		// Born already: the log's start has moved on meanwhile, and does not count.
		if claim, err = w.open().Claim(soon(t), source(0), Start{LogStart: 70}, w.valuation); err != nil || claim.Resume() != 40 {
			t.Errorf("claimed again: %v, resume at %d; want 40", err, claim.Resume())
		}
	})
}

func TestBirthCutShortIsResumed(t *testing.T) {
	w := embeddedWorld(t)
	store := w.open()
	w.claim(store, 0)
	for _, sh := range store.shards[2:] { // as if the process had ended between two writes
		if err := w.client.Del(soon(t), sh.keys.src).Err(); err != nil {
			t.Fatal(err)
		}
	}
	claim := w.claim(w.open(), 0)
	w.commit(claim, w.batch(0, round(0, 20)...))
	w.wantOrders(20, 1)
}

func TestLostStateIsRefusedUnlessRebuilt(t *testing.T) {
	const customers, rounds = 12, 3
	for _, c := range []struct {
		name      string
		lose      func(t *testing.T, w *world, s *Store)
		committed bool // the consumer group has offsets
	}{
		{"everything", func(t *testing.T, w *world, _ *Store) { w.flush() }, true},
		{"a shard", func(t *testing.T, w *world, s *Store) { w.drop(s.shards[1]) }, true},
		{"a shard, and the group's offsets", func(t *testing.T, w *world, s *Store) { w.drop(s.shards[1]) }, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := embeddedWorld(t)
			store := w.open()
			claim := w.claim(store, 0)
			for i := range rounds {
				w.commit(claim, w.batch(int64(i*customers), round(i, customers)...))
			}
			c.lose(t, w, store)
			if _, err := claim.Commit(soon(t), w.batch(rounds*customers, round(rounds, customers)...)); !errors.Is(err, ErrFenced) {
				t.Errorf("the old claim's commit: got %v, want ErrFenced", err)
			}
			_, err := w.open().Claim(soon(t), source(0), Start{Committed: c.committed}, w.valuation)
			if !errors.Is(err, ErrStateLost) || !strings.Contains(err.Error(), "--rebuild") {
				t.Fatalf("got %v, want ErrStateLost and what to do", err)
			}
			claim, err = w.open().Claim(soon(t), source(0), Start{Committed: c.committed, Rebuild: true}, w.valuation)
			if err != nil {
				t.Fatal(err)
			}
			if claim.Resume() != 0 {
				t.Errorf("rebuilding resumes at %d, want at the log's start", claim.Resume())
			}
			for i := range rounds + 1 { // shards that were not lost pass over what they have
				w.commit(claim, w.batch(int64(i*customers), round(i, customers)...))
			}
			w.wantOrders(customers, rounds+1)
		})
	}
}

func (w *world) flush() {
	w.t.Helper()
	if err := w.client.FlushAll(soon(w.t)).Err(); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) drop(sh *shard) {
	w.t.Helper()
	for _, key := range []string{sh.keys.src, sh.keys.customers, sh.keys.out, sh.keys.stat} {
		if err := w.client.Del(soon(w.t), key).Err(); err != nil {
			w.t.Fatal(err)
		}
	}
}

func TestRecreatedTopicIsRefused(t *testing.T) {
	w := embeddedWorld(t)
	w.commit(w.claim(w.open(), 0), w.batch(0, round(0, 3)...))
	other := source(0)
	other.TopicID[0]++
	if _, err := w.open().Claim(soon(t), other, Start{}, w.valuation); !errors.Is(err, ErrTopicRecreated) {
		t.Errorf("got %v, want ErrTopicRecreated", err)
	}
}

func TestPartitionsAreApart(t *testing.T) {
	w := embeddedWorld(t)
	churn := layout.Source{Topic: "churn", Partition: 0}
	w.commit(w.claim(w.open(), 0), w.batch(0, round(0, 20)...))
	claim, err := w.open().Claim(soon(t), churn, Start{LogStart: 5, Committed: false}, w.valuation)
	if err != nil || claim.Resume() != 5 {
		t.Fatalf("a topic that is new: %v, resume at %d; want at its own start", err, claim.Resume())
	}
	if got := w.claim(w.open(), 0).Resume(); got != 20 {
		t.Errorf("the first one resumes at %d, want 20", got)
	}
}

func TestNamespaceBornOtherwiseIsRefused(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world, _ *testbed.Pair) {
		w.open()
		for _, c := range []struct {
			what    string
			options Options
		}{
			{"shards", Options{Namespace: w.namespace, Shards: testShards * 2, Fingerprint: "test"}},
			{"fingerprint", Options{Namespace: w.namespace, Shards: testShards, Fingerprint: "another time zone"}},
		} {
			if _, err := Open(soon(t), w.client, c.options); !errors.Is(err, ErrBornOtherwise) || !strings.Contains(err.Error(), c.what) {
				t.Errorf("another %s: got %v, want ErrBornOtherwise that names it", c.what, err)
			}
		}
		w.open() // and nothing of that has stuck
		if err := w.open().Pin(soon(t), "lanes", "8"); err != nil {
			t.Error(err)
		}
		if err := w.open().Pin(soon(t), "lanes", "9"); !errors.Is(err, ErrBornOtherwise) {
			t.Errorf("pinned to another value: got %v, want ErrBornOtherwise", err)
		}
	})
}

func TestOpenRefusesAbsurdShards(t *testing.T) {
	w := embeddedWorld(t)
	for _, shards := range []int{-1, 0, 4097} {
		if _, err := Open(soon(t), w.client, Options{Namespace: w.namespace, Shards: shards}); err == nil {
			t.Errorf("%d shards are accepted", shards)
		}
	}
}

func TestFind(t *testing.T) {
	w := embeddedWorld(t)
	if _, err := Find(soon(t), w.client, w.namespace); err == nil || !strings.Contains(err.Error(), w.namespace) {
		t.Errorf("nothing there: got %v, want an error that names the namespace", err)
	}
	w.commit(w.claim(w.open(), 0), w.batch(0, round(0, 20)...))
	found, err := Find(soon(t), w.client, w.namespace)
	if err != nil {
		t.Fatal(err)
	}
	if found.Shards() != testShards {
		t.Errorf("%d shards, want those of its birth, %d", found.Shards(), testShards)
	}
	if c, err := found.Customer(soon(t), "c7"); err != nil || c == nil || c.Version != 1 {
		t.Errorf("c7 is %+v, %v", c, err)
	}
	for field, value := range map[string]string{metaShards: "a few", metaSchema: "first"} {
		w := embeddedWorld(t)
		w.open()
		if err := w.client.HSet(soon(t), metaKey(w.namespace), field, value).Err(); err != nil {
			t.Fatal(err)
		}
		if _, err := Find(soon(t), w.client, w.namespace); err == nil || !strings.Contains(err.Error(), value) {
			t.Errorf("%s %q: got %v, want an error that says so", field, value, err)
		}
	}
}
