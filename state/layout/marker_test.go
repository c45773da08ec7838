package layout

import (
	"bytes"
	"encoding/hex"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/clvstream/clvstream/clv"
	"github.com/clvstream/clvstream/clv/history"
)

// Golden bytes of markers, and of a customer who began anew: stored so, they stay so.
func TestGoldenBytesOfErasures(t *testing.T) {
	const atMicros = 1_773_480_413_589_000
	first := clv.Customer{Version: 8, Erasure: clv.Erasure{Known: true, Anew: true, AtMicros: atMicros, Version: 7}}
	for name, c := range map[string]struct {
		stored []byte
		want   string
	}{
		"erased for good":  {AppendMarker(nil, Marker{Form: MarkerErased, AtMicros: atMicros}), "400190b88be192bea60600"},
		"erased":           {AppendMarker(nil, Marker{Form: MarkerErased, AtMicros: atMicros, Version: 300}), "400190b88be192bea606ac02"},
		"before 1970":      {AppendMarker(nil, Marker{Form: MarkerErased, AtMicros: -1}), "40010100"},
		"of a new one":     {appendErasure(nil, &first), "90b88be192bea60607"},
		"of nobody erased": {appendErasure(nil, &clv.Customer{}), ""},
	} {
		if got := hex.EncodeToString(c.stored); got != c.want {
			t.Errorf("%s is stored as %s, want %s", name, got, c.want)
		}
	}
}

// A customer who was erased is stored as a marker, and one who began anew as a customer; both
// are read as they were.
func TestErasuresAreReadAsTheyWere(t *testing.T) {
	rnd := rand.New(rand.NewPCG(3, 4))
	v := newValuation(t)
	for range 300 {
		v.Rules.LaterEvents = history.LaterEvents(rnd.IntN(2))
		c := drawn(rnd, v)
		known := c.Version
		e := history.Event{Kind: history.CustomerErased, ID: "e", CustomerID: "c", AtMicros: c.History.LatestMicros + rnd.Int64N(3) - 1}
		if _, refused := apply(c, &e, v); refused != nil {
			t.Fatal(refused)
		}
		stored := string(AppendCustomer(nil, c))
		read, err := DecodeCustomer(stored)
		if err != nil || whole(read) != whole(c) || !IsMarker(stored) || !read.Erased() {
			t.Fatalf("%x is read as %s, %v: want %s", stored, whole(read), err, whole(c))
		}
		m, err := DecodeMarker(stored)
		if err != nil || m.AtMicros < e.AtMicros || (m.Version != 0) != (v.Rules.LaterEvents == history.BeginAnew) {
			t.Fatalf("the marker of version %d is %+v, %v", known, m, err)
		}
		later := history.Event{Kind: history.OrderPlaced, ID: "l", CustomerID: "c", OrderID: "l", AmountMinor: 9, AtMicros: m.AtMicros + 1}
		if _, refused := apply(read, &later, v); (refused == nil) != (v.Rules.LaterEvents == history.BeginAnew) {
			t.Fatalf("a later event: %v", refused)
		}
		stored = string(AppendCustomer(nil, read))
		again, err := DecodeCustomer(stored)
		if err != nil || whole(again) != whole(read) || again.Erasure != read.Erasure || IsMarker(stored) != read.Erased() {
			t.Fatalf("%x is read as %s, %v: want %s", stored, whole(again), err, whole(read))
		}
	}
}

func TestOtherMarkersAreRefused(t *testing.T) {
	for stored, want := range map[string]error{
		"":                         ErrDamaged,
		"\x40":                     ErrDamaged,
		"\x40\x00":                 ErrDamaged,
		"\x40\x01":                 ErrDamaged,
		"\x40\x01\x02":             ErrDamaged,
		"\x40\x01\x02\x00\x00":     ErrDamaged,
		"\x40\x02":                 ErrNewer,
		"\x40\x02\x05other":        ErrNewer,
		"\x41\x01\x02\x00":         ErrNewer,
		string([]byte{9, 1, 2, 0}): ErrOlder,
	} {
		_, err := DecodeMarker(stored)
		wantError(t, hex.EncodeToString([]byte(stored)), err, want)
	}
}

func FuzzDecodeMarker(f *testing.F) {
	for _, m := range []Marker{{MarkerErased, 0, 0}, {MarkerErased, math.MaxInt64, math.MaxUint64}, {MarkerErased, math.MinInt64, 1}} {
		f.Add(AppendMarker(nil, m))
	}
	f.Add([]byte{markerSchema, 2, 1, 1})
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := DecodeMarker(string(b))
		c, errOf := DecodeCustomer(string(b))
		if IsMarker(string(b)) && (err == nil) != (errOf == nil) {
			t.Errorf("%x: as a marker %v, as a customer %v", b, err, errOf)
		}
		if err != nil {
			return
		}
		if again := AppendMarker(nil, m); !bytes.Equal(again, b) || !bytes.Equal(AppendCustomer(nil, c), b) {
			t.Errorf("%x is read as %+v, and stored again as %x", b, m, again)
		}
	})
}
