package change_test

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"github.com/clvstream/clvstream/stream/change"
)

// A number that may have a fraction has a point, and is the same number.
func TestNumbersHaveAPoint(t *testing.T) {
	for v, want := range map[float64]string{
		0: "0.0", 1: "1.0", -3: "-3.0", .5: "0.5", 123_456.5: "123456.5", 1e20: "1.0e+20", 1e21: "1.0e+21", 1.5e300: "1.5e+300",
		1e-7: "1.0e-07", 2.5e-7: "2.5e-07", math.SmallestNonzeroFloat64: "5.0e-324", math.Copysign(0, -1): "-0.0",
	} {
		if got := string(change.AppendNumber([]byte("1.5,"), v)); got != "1.5,"+want {
			t.Errorf("%v is %s, want %s", v, got[4:], want)
		}
	}
	random := rand.New(rand.NewPCG(3, 5))
	for range 10_000 {
		v := math.Float64frombits(random.Uint64())
		if math.IsNaN(v) || math.IsInf(v, 0) {
			continue
		}
		text := string(change.AppendNumber(nil, v))
		if back, err := strconv.ParseFloat(text, 64); err != nil || math.Float64bits(back) != math.Float64bits(v) || !strings.Contains(text, ".") {
			t.Fatalf("%x is %s: %v", v, text, err)
		}
	}
}

// Marshal writes what encoding/json does, but for the points.
func TestMarshalIsThatOfTheStandardLibrary(t *testing.T) {
	type inner struct {
		Share *float64 `json:"share"`
		Text  string   `json:"text,omitempty"`
	}
	v := struct {
		Whole  int            `json:"whole"`
		Number float64        `json:"number"`
		None   float64        `json:"none,omitempty"`
		Inner  []inner        `json:"inner"`
		Nil    []int          `json:"nil"`
		Map    map[string]any `json:"map"`
		inner
	}{Whole: 2, Number: 2, Inner: []inner{{Share: new(float64), Text: "<a&b>"}, {}}, Map: map[string]any{"b": 1.0, "a": true}}
	const want = `{"whole":2,"number":2.0,"inner":[{"share":0.0,"text":"<a&b>"},{"share":null}],"nil":null,"map":{"a":true,"b":1.0},"share":null}`
	got, err := change.Marshal(v)
	if err != nil || string(got) != want {
		t.Errorf("%s, want %s: %v", got, want, err)
	}
	var a, b any
	theirs, _ := json.Marshal(v)
	if json.Unmarshal(got, &a) != nil || json.Unmarshal(theirs, &b) != nil || len(a.(map[string]any)) != len(b.(map[string]any)) {
		t.Errorf("%s, and encoding/json has %s", got, theirs)
	}
	if _, err := change.Marshal(math.NaN()); err == nil {
		t.Error("NaN is written")
	}
}
