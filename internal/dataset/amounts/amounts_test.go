package amounts

import (
	"errors"
	"math/big"
	"strings"
	"testing"
)

func TestRead(t *testing.T) {
	for _, tc := range []struct {
		text string
		sign Sign
		want string
	}{
		{"1234.50", Point, "1234.50"}, {"1,234.50", Point, "1234.50"}, {"12,345,678", Point, "12345678"}, {"1 234.5", Point, "1234.5"},
		{"1.234,50", Comma, "1234.50"}, {"1 234,50", Comma, "1234.50"}, {"1\u202f234,50", Comma, "1234.50"}, {"1\u00a0234,50", Comma, "1234.50"}, {"1'234.50", Point, "1234.50"},
		{"$12.50", Point, "12.50 $"}, {"$ 1,234.50", Point, "1234.50 $"}, {"12,50 €", Comma, "12.50 €"}, {"EUR 12,50", Comma, "12.50 EUR"}, {"12.50USD", Point, "12.50 USD"}, {"R$ 1.234,50", Comma, "1234.50 R$"},
		{"(12.50)", Point, "-12.50"}, {"($12.50)", Point, "-12.50 $"}, {"$(12.50)", Point, "-12.50 $"}, {"-12.50", Point, "-12.50"}, {"-$12.50", Point, "-12.50 $"}, {"$-12.50", Point, "-12.50 $"},
		{"12.50-", Point, "-12.50"}, {"−12.50", Point, "-12.50"}, {"+12.50", Point, "12.50"}, {".5", Point, "0.5"}, {"-,5", Comma, "-0.5"}, {" 007 ", Point, "7"}, {"0.000000", Point, "0.000000"},
		{"1,234", Point, "1234"}, {"1,234", Comma, "1.234"}, {"1.50000000000000000", Point, "1.500000000000"},
	} {
		got, err := Read([]byte(tc.text), tc.sign)
		said := got.String()
		if got.Unit != "" {
			said += " " + got.Unit
		}
		if err != nil || said != tc.want {
			t.Errorf("%q with a decimal %s: got %s, %v, want %s", tc.text, tc.sign, said, err, tc.want)
		}
	}
}

func TestReadRefuses(t *testing.T) {
	for _, text := range []string{
		"", " ", "-", "()", "$", "1e3", "1,23", "1,2345", "12,34,567", "0,123", "1,234 567", "1..5", "1.", "1.2.3", "--1", "(-1)", "-1-", "(1", "1)", "$1$", "1 2",
		"1,", ",", "NaN", "0x10", "1.2,3", "٣", "x1y", "a dollar 1.5", "12 34.5", "1\xff",
	} {
		if got, err := Read([]byte(text), Point); !errors.Is(err, ErrNotNumber) {
			t.Errorf("%q was read as %s %s: %v", text, got, got.Unit, err)
		}
	}
	for _, text := range []string{"99999999999999999999", "0.1234567890123"} {
		if _, err := Read([]byte(text), Point); !errors.Is(err, ErrRange) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func read(t *testing.T, text string) Decimal {
	t.Helper()
	n, err := Read([]byte(text), Point)
	if err != nil {
		t.Fatal(err)
	}
	return n.Decimal
}

func TestMinor(t *testing.T) {
	for _, tc := range []struct {
		text             string
		exponent         int
		no               bool // refused unless rounded
		halfEven, halfUp int64
	}{
		{"12.5", 2, true, 1250, 1250}, {"12", 0, true, 12, 12}, {"12.500", 2, true, 1250, 1250},
		{"0.125", 2, false, 12, 13}, {"0.135", 2, false, 14, 14}, {"-0.125", 2, false, -12, -13}, {"0.1251", 2, false, 13, 13},
		{"0.5", 0, false, 0, 1}, {"1.5", 0, false, 2, 2}, {"0.0049", 2, false, 0, 0},
	} {
		d := read(t, tc.text)
		if got, err := d.Minor(tc.exponent, RoundHalfEven); err != nil || got != tc.halfEven {
			t.Errorf("%s half-even: %d, %v, want %d", tc.text, got, err, tc.halfEven)
		}
		if got, err := d.Minor(tc.exponent, RoundHalfUp); err != nil || got != tc.halfUp {
			t.Errorf("%s half-up: %d, %v, want %d", tc.text, got, err, tc.halfUp)
		}
		if got, err := d.Minor(tc.exponent, RoundNot); errors.Is(err, ErrDecimals) == tc.no || tc.no && got != tc.halfUp {
			t.Errorf("%s unrounded: %d, %v", tc.text, got, err)
		}
	}
	if _, err := read(t, "9000000000000000000").Minor(2, RoundNot); !errors.Is(err, ErrRange) {
		t.Errorf("too much: %v", err)
	}
}

func TestColumns(t *testing.T) {
	for name, tc := range map[string]struct {
		rows string
		sign Sign
		err  string
	}{
		"whole":            {"1|20|300", Point, ""},
		"point":            {"1,234|5.5", Point, ""},
		"comma":            {"1.234|5,5", Comma, ""},
		"both in one":      {"1.234,50", Comma, ""},
		"leading zero":     {"0.125", Point, ""},
		"two groups":       {"1,234,567", Point, ""},
		"zeros differ not": {"soon||7", Point, ""},
		"open":             {"5|1,234", 0, `point or comma may be the decimal sign: "1,234" in line 2, as all other numbers, can be read either way`},
		"open by point":    {"1.234", 0, `point or comma may be the decimal sign: "1.234" in line 1, as all other numbers, can be read either way`},
		"both":             {"1.5|1,5", 0, `the rows have different decimal signs: "1.5" in line 1 has a point, "1,5" in line 2 a comma`},
	} {
		var c Columns
		for i, row := range strings.Split(tc.rows, "|") {
			c.Add([]byte(row), i+1)
		}
		sign, err := c.Sign()
		if sign != tc.sign || (err == nil) != (tc.err == "") || err != nil && err.Error() != tc.err {
			t.Errorf("%s: got %s, %v\nwant %s", name, sign, err, tc.err)
		}
	}
}

// Sums and products are those of exact arithmetic, or refused; nothing panics.
func FuzzNumbers(f *testing.F) {
	for _, pair := range [][2]string{{"1,234.50", "3"}, {"1.234,50", "-0,5"}, {"$12.50", "(1)"}, {"9223372036854775807", "1"}, {"0.000001", "0.000001"}, {"€ 1 234", "12.50-"}} {
		f.Add(pair[0], pair[1])
	}
	f.Fuzz(func(t *testing.T, one, other string) {
		for _, sign := range []Sign{Point, Comma} {
			a, err1 := Read([]byte(one), sign)
			b, err2 := Read([]byte(other), sign)
			if err1 != nil || err2 != nil {
				continue
			}
			x, _ := new(big.Rat).SetString(a.String())
			y, _ := new(big.Rat).SetString(b.String())
			if sum, err := a.Plus(b.Decimal); err == nil {
				same(t, sum, new(big.Rat).Add(x, y))
			}
			if product, err := a.Times(b.Decimal); err == nil {
				same(t, product, new(big.Rat).Mul(x, y))
			}
			if minor, err := a.Minor(2, RoundNot); err == nil {
				same(t, Decimal{minor, 2}, x)
			}
			again, err := Read([]byte(a.String()), Point)
			if err != nil || again.Decimal != a.Decimal {
				t.Fatalf("%q is %s, which is read as %s: %v", one, a, again, err)
			}
		}
	})
}

func same(t *testing.T, got Decimal, want *big.Rat) {
	t.Helper()
	if r, ok := new(big.Rat).SetString(got.String()); !ok || r.Cmp(want) != 0 {
		t.Fatalf("got %s, want %s", got, want)
	}
}
