package layout

import (
	"errors"
	"testing"

	"github.com/clvstream/clvstream/clv/history"
)

// A mapped record may be several events: items and places say which of them they are of, and
// those of the first are stored as they were before there were others.
func TestPartsOfRecords(t *testing.T) {
	source := Source{Topic: "shop", Partition: 3}
	letter := &DeadLetter{Reason: history.Unmatched, Origin: history.Place{Input: "shop", Partition: 7, Offset: 41, Part: 2}}
	items := []Item{
		{Offset: 40, DeadLetter: &DeadLetter{Reason: history.TooLate}},
		{Offset: 41, Part: 1, DeadLetter: &DeadLetter{Reason: history.TooLate}},
		{Offset: 41, Part: 999, DeadLetter: letter},
	}
	stored := AppendEntry(nil, source, items)
	read, err := DecodeEntry(string(stored))
	if err != nil {
		t.Fatal(err)
	}
	for i, item := range read.Items {
		if item.Part != items[i].Part || item.Offset != items[i].Offset || item.DeadLetter.Origin != items[i].DeadLetter.Origin {
			t.Errorf("item %d is %+v", i, item)
		}
	}
	first := AppendEntry(nil, source, items[:1])
	items[0].Part = 1
	if further := AppendEntry(nil, source, items[:1]); len(further) != len(first)+1 {
		t.Errorf("a further part takes %d bytes, the first %d", len(further), len(first))
	}
	none := AppendEntry(nil, source, items[:1])
	none[entryHeadBytes(source)+1] = 0
	if _, err := DecodeEntry(string(none)); !errors.Is(err, ErrDamaged) {
		t.Errorf("a further part 0: %v", err)
	}
}

// entryHeadBytes are those of schema, source and count before the first item's kind.
func entryHeadBytes(s Source) int { return 1 + 1 + len(s.Topic) + 1 + len(s.TopicID) + 1 }
