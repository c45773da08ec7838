package layout

import (
	"errors"
	"reflect"
	"testing"

	"github.com/clvstream/clvstream/clv/history"
)

// Rerouted events come back from an entry as they went in, among other items.
func TestReroutedEventsAreStored(t *testing.T) {
	items := []Item{
		{Offset: 7, DeadLetter: &DeadLetter{Reason: history.TooLate}},
		{Offset: 8, Part: 2, TraceParent: "00-t", Rerouted: &Rerouted{
			CustomerID: "ann", Value: []byte(`{"a":1}`), TimestampMillis: -5, Origin: history.Place{Input: "refunds", Partition: 3, Offset: 40, Part: 1},
		}},
	}
	stored := string(AppendEntry(nil, source(0), items))
	read, err := DecodeEntry(stored)
	if err != nil || len(read.Items) != 2 || !reflect.DeepEqual(read.Items[1], items[1]) {
		t.Errorf("read %+v: %v", read, err)
	}
	for cut := 1; cut < len(stored); cut++ {
		if _, err := DecodeEntry(stored[:cut]); !errors.Is(err, ErrDamaged) {
			t.Errorf("cut after %d bytes: %v", cut, err)
		}
	}
	ofTime := string(AppendEntry(nil, Source{}, items[1:]))
	if _, err := DecodeEntry(ofTime); !errors.Is(err, ErrDamaged) {
		t.Errorf("an event that a due time rerouted: %v", err)
	}
}

func TestUnlocatedEventsAreStored(t *testing.T) {
	waiting := []history.Waiting{
		{Day: 5, Event: history.Event{Kind: history.OrderCancelled, ID: "e", OrderID: "o", AtMicros: 5, Place: history.Place{Input: "orders", Offset: 1}}},
		{Day: 6, Event: history.Event{Kind: history.OrderRefunded, ID: "f", OrderID: "o", RefundID: "r", AmountMinor: 7, AtMicros: 6, Versioned: true, Version: 3}},
	}
	stored := string(AppendUnlocated(nil, waiting))
	read, err := DecodeUnlocated(stored)
	if err != nil || !reflect.DeepEqual(read, waiting) {
		t.Errorf("read %+v: %v", read, err)
	}
	for cut := range len(stored) {
		if _, err := DecodeUnlocated(stored[:cut]); !errors.Is(err, ErrDamaged) {
			t.Errorf("cut after %d bytes: %v", cut, err)
		}
	}
	if _, err := DecodeUnlocated("\x02" + stored[1:]); !errors.Is(err, ErrNewer) {
		t.Errorf("of a later version: %v", err)
	}
}
