package jsonform

import (
	"encoding/json"
	"math"
	"math/big"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
)

func TestDecimals(t *testing.T) {
	for _, c := range []struct {
		raw              string
		scale, precision int
		want             string // empty: refused
	}{
		{"\x0b\x72", 2, 12, `"29.30"`},
		{"\x00", 2, 12, `"0.00"`},
		{"\x00\x80\x00", 2, 12, `"327.68"`},
		{"\x80\x00", 2, 12, `"-327.68"`},
		{"\xff", 2, 12, `"-0.01"`},
		{"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", 0, 1, `"-1"`}, // filled up
		{"\x05", -3, 1, `"5000"`},
		{"\x00", -3, 1, `"0"`},
		{"\xfb", -3, 0, `"-5000"`},
		{"\x05", 5, 5, `"0.00005"`},
		{"\x7f\xff\xff\xff\xff\xff\xff\xff\xff", 2, 0, `"23611832414348226068.47"`},
		{"\x80\x00\x00\x00\x00\x00\x00\x00", 0, 0, `"-9223372036854775808"`},
		{"", 2, 12, ""},
		{"\x0b\x72", 2, 3, ""}, // four digits
		{strings.Repeat("\x01", 33), 2, 0, ""},
		{"\x05", 65, 0, ""},
		{"\x05", -65, 0, ""},
		{"\x05", math.MinInt32, 0, ""},
	} {
		got, err := AppendDecimal(nil, []byte(c.raw), c.scale, c.precision)
		if c.want == "" && err == nil || c.want != "" && (err != nil || string(got) != c.want) {
			t.Errorf("%x scale %d precision %d: %s, %v, want %s", c.raw, c.scale, c.precision, got, err, c.want)
		}
	}
}

// A decimal of any bytes is what rational arithmetic makes of them.
func TestDecimalsAreExact(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 20_000 {
		raw := make([]byte, 1+random.IntN(20))
		for i := range raw {
			raw[i] = byte(random.Uint32())
		}
		scale := random.IntN(41) - 20
		got, err := AppendDecimal(nil, raw, scale, 0)
		if err != nil {
			t.Fatal(err)
		}
		n := new(big.Int).SetBytes(raw)
		if raw[0] >= 0x80 {
			n.Sub(n, new(big.Int).Lsh(big.NewInt(1), uint(8*len(raw))))
		}
		unit := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(max(scale, -scale))), nil)
		want := new(big.Rat).SetInt(n)
		if scale > 0 {
			want.Quo(want, new(big.Rat).SetInt(unit))
		} else {
			want.Mul(want, new(big.Rat).SetInt(unit))
		}
		is, ok := new(big.Rat).SetString(strings.Trim(string(got), `"`))
		if !ok || is.Cmp(want) != 0 {
			t.Fatalf("%x scale %d: %s, want %s", raw, scale, got, want)
		}
	}
}

func TestTimes(t *testing.T) {
	instant := time.Date(2026, 3, 14, 9, 26, 53, 123_456_789, time.UTC)
	for _, c := range []struct{ got, want string }{
		{string(AppendInstant(nil, instant.UnixMilli(), Millis)), `"2026-03-14T09:26:53.123Z"`},
		{string(AppendInstant(nil, instant.UnixMicro(), Micros)), `"2026-03-14T09:26:53.123456Z"`},
		{string(AppendInstant(nil, instant.UnixNano(), Nanos)), `"2026-03-14T09:26:53.123456789Z"`},
		{string(AppendLocal(nil, instant.UnixMicro(), Micros)), `"2026-03-14T09:26:53.123456"`},
		{string(AppendInstant(nil, -1, Micros)), `"1969-12-31T23:59:59.999999Z"`},
		{string(AppendInstant(nil, -62_135_596_800_000, Millis)), `"0001-01-01T00:00:00.000Z"`},
		{string(AppendInstant(nil, 253_402_300_799_999, Millis)), `"9999-12-31T23:59:59.999Z"`},
		{string(AppendInstant(nil, math.MaxInt64, Micros)), `9223372036854775807`}, // PostgreSQL's infinity
		{string(AppendInstant(nil, math.MinInt64, Millis)), `-9223372036854775808`},
		{string(AppendLocal(nil, math.MinInt64, Micros)), `-9223372036854775808`},
		{string(AppendDate(nil, 20526)), `"2026-03-14"`},
		{string(AppendDate(nil, -1)), `"1969-12-31"`},
		{string(AppendDate(nil, 2932896)), `"9999-12-31"`},
		{string(AppendDate(nil, 2932897)), `2932897`},
		{string(AppendTimeOfDay(nil, 34_013_123, Millis)), `"09:26:53.123"`},
		{string(AppendTimeOfDay(nil, 86_400_000, Millis)), `86400000`},
		{string(AppendTimeOfDay(nil, -1, Micros)), `-1`},
	} {
		if c.got != c.want {
			t.Errorf("got %s, want %s", c.got, c.want)
		}
	}
	for nanos, want := range map[int32]string{0: `"2026-03-14T09:26:53Z"`, 120_000_000: `"2026-03-14T09:26:53.120Z"`, 123_456_000: `"2026-03-14T09:26:53.123456Z"`, 1: `"2026-03-14T09:26:53.000000001Z"`} {
		if got, err := AppendSeconds(nil, instant.Unix(), nanos); err != nil || string(got) != want {
			t.Errorf("%d: %s, %v, want %s", nanos, got, err, want)
		}
	}
	for _, nanos := range []int32{-1, 1_000_000_000} {
		if got, err := AppendSeconds(nil, 0, nanos); err == nil {
			t.Errorf("%d nanoseconds are %s", nanos, got)
		}
	}
}

func TestNumbersAndTexts(t *testing.T) {
	for f, want := range map[float64]string{29.3: "29.3", 0.30000000000000004: "0.30000000000000004", 1e21: "1e+21", 1e20: "100000000000000000000", 1e-7: "1e-07", 0: "0",
		math.Inf(1): `"Infinity"`, math.Inf(-1): `"-Infinity"`} {
		if got := string(AppendFloat(nil, f, 64)); got != want {
			t.Errorf("%g: %s, want %s", f, got, want)
		}
	}
	if got := string(AppendFloat(nil, float64(float32(29.3)), 32)); got != "29.3" {
		t.Errorf("a float of 32 bits: %s", got)
	}
	if got := string(AppendFloat(nil, math.NaN(), 64)); got != `"NaN"` {
		t.Error(got)
	}
	for _, text := range []string{"", "Grüße", "a\"b\\c\n\x00\u2028\x7f"} {
		quoted, err := AppendText(nil, []byte(text))
		var back string
		if err != nil || json.Unmarshal(quoted, &back) != nil || back != text {
			t.Errorf("%q: %s, %v", text, quoted, err)
		}
	}
	if _, err := AppendText(nil, []byte("\xff")); err == nil {
		t.Error("invalid UTF-8 is taken")
	}
}

func TestFlawsNameFields(t *testing.T) {
	err := In("after", In("total", Bad("is a decimal without bytes")))
	if got := err.Error(); got != "after.total is a decimal without bytes" {
		t.Error(got)
	}
	if Limit(10, 10) != nil || Limit(11, 10) == nil {
		t.Error("the limit is not what may be")
	}
}
