package relay

import (
	"strconv"
	"testing"

	"github.com/clvstream/clvstream/internal/testbed"
	"github.com/clvstream/clvstream/state/layout"
)

// What is read at once stays near the budget however much waits, and all of it
// is read in the end, in order.
func TestOutboxesAreReadWithinABudget(t *testing.T) {
	o := newHarness(t, testbed.EmbeddedPair(t))
	const letters, letterBytes = 12, 3 << 20
	for i := range letters {
		o.Refused(t, layout.DeadLetter{Key: []byte(strconv.Itoa(i)), Value: make([]byte, letterBytes)})
	}
	for range 30 {
		o.Orders(t, 20)
	}
	all := outboxes{store: o.Store, shards: []int{0, 1, 2, 3}}
	offsets := map[int]int64{}
	var changes, found int
	for o.Depth(t, all.shards) > 0 {
		waiting, err := all.next(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if read := weight(waiting...); read > budgetBytes+letterBytes*countGrowth {
			t.Errorf("%d bytes were read at once", read)
		}
		done := map[int][]string{}
		for i, entries := range waiting {
			for _, e := range entries {
				done[all.shards[i]] = append(done[all.shards[i]], e.ID)
				for _, item := range e.Items {
					if item.DeadLetter != nil {
						found++
					} else {
						changes++
					}
					if item.Offset < offsets[i] {
						t.Errorf("shard %d: offset %d after %d", i, item.Offset, offsets[i])
					}
					offsets[i] = item.Offset
				}
			}
		}
		if err := o.Store.Trim(t.Context(), done); err != nil {
			t.Fatal(err)
		}
	}
	if found != letters || int64(found+changes) != o.Offset {
		t.Errorf("%d dead letters and %d changes were read, want %d and %d", found, changes, letters, o.Offset-letters)
	}
	if all.count != mostEntries {
		t.Errorf("after small entries %d are read of each, want %d", all.count, mostEntries)
	}
}
