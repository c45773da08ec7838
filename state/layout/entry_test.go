package layout

import (
	"bytes"
	"errors"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/clvstream/clvstream/clv"
	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/internal/eventtest"
)

func TestEntryRoundTrip(t *testing.T) {
	items := drawnItems(t, rand.New(rand.NewPCG(3, 4)))
	stored := AppendEntry([]byte("before"), source(7), items)[len("before"):]
	got, err := DecodeEntry(string(stored))
	if err != nil {
		t.Fatal(err)
	}
	if got.Source != source(7) || len(got.Items) != len(items) {
		t.Fatalf("%d items of %v, want %d of %v", len(got.Items), got.Source, len(items), source(7))
	}
	for i := range items {
		if got, want := got.Items[i], items[i]; got.Offset != want.Offset || got.TraceParent != want.TraceParent || itemText(got) != itemText(want) {
			t.Errorf("item %d is read as\n%+v %s, want\n%+v %s", i, got, itemText(got), want, itemText(want))
		}
	}
	for cut := range len(stored) {
		// Whole extensions at the end may be missing: what is left is an entry with fewer.
		if e, err := DecodeEntry(string(stored[:cut])); err == nil && !bytes.Equal(AppendEntry(nil, e.Source, e.Items), stored[:cut]) {
			t.Fatalf("%d of %d bytes are read as %+v", cut, len(stored), e)
		}
	}
}

// drawnItems are changes of a random life and dead letters of every form.
func drawnItems(t testing.TB, rnd *rand.Rand) (items []Item) {
	v := newValuation(t)
	events := eventtest.Life{
		CustomerID: "c", Events: 60, Orders: 9, StartMicros: day0 * microsPerDay, SpanDays: 300, LatenessDays: 90,
	}.Draw(rnd)
	var c clv.Customer
	for i := range events {
		announced, _ := apply(&c, &events[i], v)
		for at := range announced {
			items = append(items, Item{Offset: int64(i), Ahead: i%2 == 1, TraceParent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", Change: &announced[at]})
		}
	}
	extreme := *items[0].Change
	extreme.Current.ResidualKnown, extreme.Current.ResidualMinor = true, math.MaxFloat64
	extreme.Current.Facts.RevenueMinor = math.MinInt64
	for i, letter := range []DeadLetter{
		{Reason: history.TooLarge, Detail: "is too large", TimestampMillis: -1, Key: []byte("k"), Value: bytes.Repeat([]byte("v"), 70_000)},
		{Reason: history.NullValue, Key: []byte{}, Value: []byte{}, KeyNull: true, ValueNull: true},
		{Reason: history.BadID, Key: []byte{0xff}, Value: []byte("{}"), Headers: []Header{{Key: "a", Value: []byte("b")}, {Key: "", Value: []byte{}}, {Key: "null"}}},
	} {
		items = append(items, Item{Offset: math.MaxInt64 - int64(i), DeadLetter: &letter})
	}
	return append(items, Item{Offset: 0, Change: &extreme})
}

func TestDecodeEntryRefuses(t *testing.T) {
	whole := AppendEntry(nil, Source{Topic: "t"}, []Item{{DeadLetter: &DeadLetter{}}})
	kindAt := len(AppendEntry(nil, Source{Topic: "t"}, nil))
	for _, c := range []struct {
		what string
		at   int
		to   byte
		want string
	}{
		{"no schema", 0, 0, "never written"},
		{"an item that is neither", kindAt, 0, "never written"},
		{"more items than bytes", kindAt - 1, 100, "too soon"},
		{"fewer items than there are", kindAt - 1, 0, "too many"},
	} {
		b := bytes.Clone(whole)
		b[c.at] = c.to
		if _, err := DecodeEntry(string(b)); !errors.Is(err, ErrDamaged) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want it to say %q", c.what, err, c.want)
		}
	}
	if _, err := DecodeEntry(string(AppendEntry(nil, Source{}, []Item{{DeadLetter: &DeadLetter{}}}))); !errors.Is(err, errForeign) {
		t.Errorf("a dead letter of a due time: got %v", err)
	}
}

func FuzzDecodeEntry(f *testing.F) {
	rnd := rand.New(rand.NewPCG(5, 6))
	for range 5 {
		items := drawnItems(f, rnd)
		f.Add(AppendEntry(nil, source(1), items[:1]))
		f.Add(AppendEntry(nil, source(1), items[len(items)-3:]))
		f.Add(AppendEntry(nil, source(1), items))
		items[0].Extensions = block(1, "one", 7, "")
		f.Add(AppendEntry(nil, source(1), items))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		e, err := DecodeEntry(string(b))
		if err != nil {
			return
		}
		again := AppendEntry(nil, e.Source, e.Items)
		if b[0] < entrySchema { // of a layout before: what was read of it is stored in this one
			if read, err := DecodeEntry(string(again)); err != nil || !bytes.Equal(AppendEntry(nil, read.Source, read.Items), again) {
				t.Errorf("%x is stored as %x, and read again as %+v, %v", b, again, read, err)
			}
			return
		}
		if !bytes.Equal(again, b) {
			t.Errorf("%x is read, and stored again as %x", b, again)
		}
	})
}
