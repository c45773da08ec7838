package avro

import (
	"encoding/json"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/clvstream/clvstream/clv/money"
	"github.com/clvstream/clvstream/internal/changetest"
	"github.com/clvstream/clvstream/stream/change"
	reading "github.com/clvstream/clvstream/stream/registry/avro"
)

func currency(t testing.TB, code string) money.Currency {
	t.Helper()
	c, err := money.ParseCurrency(code)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func schemaOf(t testing.TB, flat bool) *reading.Schema {
	t.Helper()
	text, err := Schema(flat)
	if err != nil {
		t.Fatal(err)
	}
	s, err := reading.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// What the decoder of package registry, which shares nothing with the encoder, reads of a change
// is what the JSON of the same form says, field by field.
func TestChangesAreReadAsTheirJSON(t *testing.T) {
	random := rand.New(rand.NewPCG(17, 1))
	for _, code := range []string{"USD", "JPY", "KWD", "CLF"} {
		c := currency(t, code)
		for _, flat := range []bool{false, true} {
			schema, encoder, renderer := schemaOf(t, flat), NewEncoder(c, flat), change.NewRenderer(c)
			for i := range 500 {
				of := changetest.Any(random)
				if i == 0 {
					of.Current.CLVMinor, of.Current.HistoricMinor, of.PreviousMinor = 9.2e18, -9.2e18, -128
					of.Current.Facts.RevenueMinor, of.Current.Facts.MarginMinor = -1<<63, 1<<63-1
				}
				value := encoder.Append(nil, 0x01020304, of)
				if string(value[:5]) != "\x00\x01\x02\x03\x04" {
					t.Fatalf("begins with % x", value[:5])
				}
				read, err := schema.AppendJSON(nil, value[5:], 1<<20)
				if err != nil {
					t.Fatalf("%s, flat %t: %v", code, flat, err)
				}
				text := renderer.Append(nil, of)
				if flat {
					text = renderer.AppendFlat(nil, of)
				}
				wantSame(t, read, text)
			}
		}
	}
}

// wantSame compares what is read of Avro with a change as JSON: where that lacks a field, Avro
// has null.
func wantSame(t *testing.T, read, text []byte) {
	t.Helper()
	got, want := fieldsOf(t, read), fieldsOf(t, text)
	for f := range change.Fields() {
		for _, path := range []string{f.Path, f.FlatName()} {
			g, w := got[path], want[path]
			if g == w || f.Type == change.Money && sameDecimal(g, w) || f.Type == change.Time && sameTime(t, g, w) {
				continue
			}
			t.Fatalf("%s is %v, want %v\n%s\n%s", path, g, w, read, text)
		}
	}
}

func fieldsOf(t *testing.T, text []byte) map[string]any {
	t.Helper()
	var top map[string]any
	if err := json.Unmarshal(text, &top); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	for name, value := range top {
		if object, is := value.(map[string]any); is {
			for inner, value := range object {
				top[name+"."+inner] = value
			}
		}
	}
	return top
}

// sameDecimal says whether one has the other's digits and zeros behind them.
func sameDecimal(a, b any) bool {
	long, is := a.(string)
	short, too := b.(string)
	if !is || !too {
		return false
	}
	if !strings.Contains(short, ".") {
		short += "."
	}
	return strings.HasPrefix(long, short) && strings.Trim(long[len(short):], "0") == ""
}

func sameTime(t *testing.T, a, b any) bool {
	t.Helper()
	long, is := a.(string)
	short, too := b.(string)
	if !is || !too {
		return false
	}
	x, err := time.Parse(time.RFC3339Nano, long)
	if err != nil {
		t.Fatal(err)
	}
	y, err := time.Parse(time.RFC3339Nano, short)
	return err == nil && x.Equal(y)
}

// No currency has more decimals than the schema.
func TestScaleIsEnough(t *testing.T) {
	for _, code := range []string{"CLF", "UYW", "KWD", "USD", "JPY"} {
		if e := currency(t, code).Exponent(); e > moneyScale {
			t.Errorf("%s has %d decimals", code, e)
		}
	}
}

func BenchmarkAppend(b *testing.B) {
	e, c := NewEncoder(currency(b, "USD"), false), changetest.Dormant()
	var dst []byte
	b.ReportAllocs()
	for b.Loop() {
		dst = e.Append(dst[:0], 7, c)
	}
	b.SetBytes(int64(len(dst)))
}
