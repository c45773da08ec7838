package layout

import (
	"math/rand/v2"
	"reflect"
	"testing"
)

// Whatever was decoded into a memory before, and whether it was sound, an entry is what it is
// in a fresh one.
func TestEntryMemoryKeepsNothingOfTheEntryBefore(t *testing.T) {
	rnd := rand.New(rand.NewPCG(9, 10))
	var memory EntryMemory
	for range 200 {
		items := drawnItems(t, rnd)
		rnd.Shuffle(len(items), func(i, j int) { items[i], items[j] = items[j], items[i] })
		items = items[:rnd.IntN(len(items)+1)]
		for i := range items {
			if rnd.IntN(4) == 0 {
				items[i].Extensions = block(7, "later")
			}
		}
		stored := string(AppendEntry(nil, source(rnd.Int32N(9)), items))
		if rnd.IntN(3) == 0 {
			_, _ = memory.Decode(stored[:rnd.IntN(len(stored))])
		}
		want, err := DecodeEntry(stored)
		if err != nil {
			t.Fatal(err)
		}
		got, err := memory.Decode(stored)
		if err != nil || got.Source != want.Source || len(got.Items) != len(want.Items) {
			t.Fatalf("%d items of %v, %v, want %d of %v", len(got.Items), got.Source, err, len(want.Items), want.Source)
		}
		for i := range want.Items {
			if !reflect.DeepEqual(got.Items[i], want.Items[i]) {
				t.Fatalf("item %d is\n%+v %s, want\n%+v %s", i, got.Items[i], itemText(got.Items[i]), want.Items[i], itemText(want.Items[i]))
			}
		}
	}
}

// What an entry was stored as is not kept by items of entries before it.
func TestEntryMemoryLetsGoOfTheEntryBefore(t *testing.T) {
	items := drawnItems(t, rand.New(rand.NewPCG(11, 12)))
	var memory EntryMemory
	for _, n := range []int{len(items), 1} {
		if _, err := memory.Decode(string(AppendEntry(nil, source(0), items[:n]))); err != nil {
			t.Fatal(err)
		}
	}
	for i, item := range memory.items[1:len(items)] {
		if item.Change != nil || item.DeadLetter != nil || item.TraceParent != "" {
			t.Errorf("item %d is still there: %+v", i+1, item)
		}
	}
	for i, change := range memory.changes[1:] {
		if change.CustomerID != "" {
			t.Errorf("change %d is still that of %s", i+1, change.CustomerID)
		}
	}
}
