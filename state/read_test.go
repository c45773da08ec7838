package state

import (
	"errors"
	"strings"
	"testing"

	"github.com/redis/go-redis/v9"

	"github.com/clvstream/clvstream/internal/testbed"
	"github.com/clvstream/clvstream/state/layout"
)

func xadd(stream string, values ...any) *redis.XAddArgs {
	return &redis.XAddArgs{Stream: stream, Values: values}
}

func wantDamage(t *testing.T, s *Store, id string) {
	t.Helper()
	if _, err := s.Waiting(soon(t), []int{2}, []string{""}, 10); !errors.Is(err, layout.ErrDamaged) || !strings.Contains(err.Error(), id) {
		t.Errorf("got %v, want that entry %s is damaged", err, id)
	}
}

func TestCustomerThatIsNotThere(t *testing.T) {
	w := embeddedWorld(t)
	if c, err := w.open().Customer(soon(t), "nobody"); c != nil || err != nil {
		t.Errorf("got %+v, %v; want nothing", c, err)
	}
}

// Every snapshot of a scan says exactly which orders its customers have, while
// a consumer is writing.
func TestScanIsConsistentUnderCommits(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world, _ *testbed.Pair) {
		w.shards = 1
		const customers, rounds = 3 * scanCount / 2, 12
		store := w.open()
		claim := w.claim(store, 0)
		w.commit(claim, w.batch(0, round(0, customers)...))
		done := make(chan error, 1)
		go func() {
			defer close(done)
			for i := 1; i < rounds; i++ {
				if _, err := claim.Commit(soon(t), w.batch(int64(i*customers), round(i, customers)...)); err != nil {
					done <- err
					return
				}
			}
		}()
		for last := false; !last; {
			select {
			case err := <-done:
				last = true
				if err != nil {
					t.Error(err)
				}
			default:
			}
			seen, snapshots := 0, 0
			err := w.open().Scan(soon(t), 0, func(s Snapshot) error {
				snapshots++
				seen += len(s.Customers)
				want := uint64(s.Applied[source(0)]) / customers
				for id, c := range s.Customers {
					if c.Version != want || len(c.History.Orders) != int(want) {
						t.Errorf("%s has version %d and %d orders at offset %d, want %d", id, c.Version, len(c.History.Orders), s.Applied[source(0)], want)
					}
				}
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			if seen != customers || w.isHashTable(store) && snapshots < 2 {
				t.Fatalf("%d customers in %d snapshots, want %d in several", seen, snapshots, customers)
			}
		}
		w.wantOrders(customers, rounds)
	})
}

// isHashTable says whether the store pages through customers; miniredis answers
// all at once.
func (w *world) isHashTable(s *Store) bool {
	return w.client.ObjectEncoding(soon(w.t), s.shards[0].keys.customers).Val() == "hashtable"
}

func TestScanEndsWithItsVisitor(t *testing.T) {
	w := embeddedWorld(t)
	w.commit(w.claim(w.open(), 0), w.batch(0, round(0, 20)...))
	enough := errors.New("enough")
	if err := w.open().Scan(soon(t), 0, func(Snapshot) error { return enough }); !errors.Is(err, enough) {
		t.Errorf("got %v, want the visitor's error", err)
	}
}

func TestAppliedTellsPartitionsApart(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world, _ *testbed.Pair) {
		store := w.open()
		odd := layout.Source{Topic: "a/b:c", Partition: 7, TopicID: [16]byte{9}}
		claim, err := store.Claim(soon(t), odd, Start{LogStart: 3}, w.valuation)
		if err != nil {
			t.Fatal(err)
		}
		w.commit(w.claim(store, 1), w.batch(0, round(0, 20)...))
		if err := claim.Advance(soon(t), 8); err != nil {
			t.Fatal(err)
		}
		applied, err := store.Applied(soon(t))
		if err != nil {
			t.Fatal(err)
		}
		for shard, a := range applied {
			if len(a) != 2 || a[odd] != 8 || a[source(1)] != 20 {
				t.Errorf("shard %d has applied %v", shard, a)
			}
		}
	})
}
