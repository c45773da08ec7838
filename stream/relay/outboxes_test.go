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
	const letters, letterBytes, mostItems = 12, 3 << 20, 100
	for i := range letters {
		o.Refused(t, layout.DeadLetter{Key: []byte(strconv.Itoa(i)), Value: make([]byte, letterBytes)})
	}
	for range 30 {
		o.Orders(t, 20)
	}
	all := newOutboxes(o.Store, []int{0, 1, 2, 3})
	offsets := map[int]int64{}
	var changes, found, full int
	for o.Depth(t, all.shards) > 0 {
		done := map[int][]string{}
		items, letters := 0, 0
		err := all.turn(t.Context(), mostItems, func(shard int, e *layout.Entry) {
			if items >= mostItems || letters*letterBytes >= budgetBytes {
				t.Errorf("more is taken after %d items, %d dead letters among them", items, letters)
			}
			done[shard] = append(done[shard], e.ID)
			items += len(e.Items)
			for _, item := range e.Items {
				if item.DeadLetter != nil {
					letters++
				}
				if item.Offset < offsets[shard] {
					t.Errorf("shard %d: offset %d after %d", shard, item.Offset, offsets[shard])
				}
				offsets[shard] = item.Offset
			}
		})
		if err != nil {
			t.Fatal(err)
		}
		if items >= mostItems {
			full++
		}
		found += letters
		changes += items - letters
		if err := o.Store.Trim(t.Context(), done); err != nil {
			t.Fatal(err)
		}
	}
	if found != letters || int64(found+changes) != o.Offset {
		t.Errorf("%d dead letters and %d changes were read, want %d and %d", found, changes, letters, o.Offset-letters)
	}
	if full < changes/mostItems/2 {
		t.Errorf("%d transactions of %d changes were full", full, changes)
	}
}
