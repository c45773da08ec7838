package money

import (
	"errors"
	"github.com/clvstream/clvstream/clv/calendar"
	"math"
	"math/big"
	"math/rand/v2"
	"testing"
)

func mustDecimal(t *testing.T, text string) Decimal {
	t.Helper()
	d, err := ParseDecimal(text)
	if err != nil {
		t.Fatalf("ParseDecimal(%q): %v", text, err)
	}
	return d
}

func mustCurrency(t *testing.T, code string) Currency {
	t.Helper()
	c, err := ParseCurrency(code)
	if err != nil {
		t.Fatalf("ParseCurrency(%q): %v", code, err)
	}
	return c
}

func TestConvert(t *testing.T) {
	rate := func(code string, from calendar.Day, price string) Rate {
		return Rate{Currency: mustCurrency(t, code), From: from, Price: mustDecimal(t, price)}
	}
	rates, err := NewRates(mustCurrency(t, "EUR"),
		rate("USD", 200, "0.5"), rate("USD", 100, "0.9"), // out of order on purpose
		rate("JPY", 0, "0.0061"), rate("KWD", 0, "3"), rate("VND", 0, "0.000035"), rate("CLF", 0, "999999999999"))
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct {
		amount int64
		from   string
		day    calendar.Day
		want   int64
		err    error
	}{
		{math.MinInt64, "EUR", -5, math.MinInt64, nil},
		{1000, "USD", 99, 0, ErrNoRate},
		{1000, "USD", 100, 900, nil},
		{1000, "USD", 199, 900, nil},
		{1001, "USD", 200, 501, nil}, // 500.5, away from zero
		{-1001, "USD", 5000, -501, nil},
		{1000, "JPY", 1, 610, nil},         // ¥1,000 is €6.10
		{1000, "KWD", 1, 300, nil},         // KWD 1.000 is €3.00
		{1, "VND", 1, 0, nil},              // 0.0035 cents
		{142, "VND", 1, 0, nil},            // 0.497 cents
		{143, "VND", 1, 1, nil},            // 0.5005 cents
		{1, "CLF", 1, 10_000_000_000, nil}, // €99,999,999.9999
		{math.MaxInt64, "CLF", 1, 0, ErrAmountRange},
		{1, "GBP", 1, 0, ErrNoRate},
	} {
		got, err := rates.Convert(row.amount, mustCurrency(t, row.from), row.day)
		if got != row.want || !errors.Is(err, row.err) {
			t.Errorf("Convert(%d %s, %d) = %d, %v; want %d, %v", row.amount, row.from, row.day, got, err, row.want, row.err)
		}
	}
}

// Convert equals the same product in unbounded fractions.
func TestConvertIsExact(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	codes := []string{"JPY", "EUR", "KWD", "CLF"}
	for range 20_000 {
		business, from := mustCurrency(t, codes[random.IntN(4)]), mustCurrency(t, codes[random.IntN(4)])
		if business == from {
			continue
		}
		price := Decimal{digits: random.Uint64()>>random.IntN(64) | 1, scale: random.IntN(maxDecimalScale + 1)}
		rates, err := NewRates(business, Rate{Currency: from, Price: price})
		if err != nil {
			if !errors.Is(err, ErrDecimalRange) || price.digits < math.MaxUint64/10_000 {
				t.Fatalf("NewRates(%s, %s %+v): %v", business, from, price, err)
			}
			continue
		}
		amount := int64(random.Uint64()) >> random.IntN(64)
		got, err := rates.Convert(amount, from, 0)
		if want := exactProduct(amount, from, business, price); want.IsInt64() != (err == nil) && want.Int64() != math.MinInt64 {
			t.Fatalf("Convert(%d) = %v; exactly it is %s", amount, err, want)
		} else if err == nil && got != want.Int64() {
			t.Fatalf("Convert(%d %s at %+v) = %d, want %s", amount, from, price, got, want)
		}
	}
}

func exactProduct(amount int64, from, business Currency, price Decimal) *big.Int {
	pow := func(n int) *big.Int { return new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n)), nil) }
	num := new(big.Int).Mul(big.NewInt(amount), new(big.Int).SetUint64(price.digits))
	num.Mul(num, pow(business.Exponent()))
	den := pow(from.Exponent() + price.scale)
	// Half away from zero: (2|num| + den) ÷ 2den, with the sign put back.
	magnitude := new(big.Int).Abs(num)
	magnitude.Lsh(magnitude, 1).Add(magnitude, den).Quo(magnitude, den.Lsh(den, 1))
	if num.Sign() < 0 {
		magnitude.Neg(magnitude)
	}
	return magnitude
}

func TestNewRatesRefuses(t *testing.T) {
	eur, usd, half := mustCurrency(t, "EUR"), mustCurrency(t, "USD"), mustDecimal(t, "0.5")
	for name, rows := range map[string][]Rate{
		"the business currency": {{Currency: eur, Price: half}},
		"no currency":           {{Price: half}},
		"zero":                  {{Currency: usd, Price: Decimal{}}},
		"negative":              {{Currency: usd, Price: mustDecimal(t, "-0.5")}},
		"the same day twice":    {{Currency: usd, From: 7, Price: half}, {Currency: usd, From: 8, Price: half}, {Currency: usd, From: 7, Price: half}},
	} {
		if _, err := NewRates(eur, rows...); err == nil {
			t.Errorf("NewRates accepts %s", name)
		}
	}
	if _, err := NewRates(Currency{}); err == nil {
		t.Error("NewRates accepts no business currency")
	}
}

func TestMarginMinor(t *testing.T) {
	margins, err := NewMargins(mustDecimal(t, "0.35"),
		MarginRate{Channel: "web", From: 200, Share: mustDecimal(t, "0.4")},
		MarginRate{Channel: "web", From: 100, Share: mustDecimal(t, "0.333")},
		MarginRate{Channel: "outlet", From: 0, Share: mustDecimal(t, "-0.1")},
		MarginRate{Channel: "", From: 300, Share: mustDecimal(t, "1")})
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct {
		amount  int64
		channel string
		day     calendar.Day
		want    int64
	}{
		{1000, "", 0, 350}, {1000, "store", 299, 350}, {1000, "store", 300, 1000},
		{1000, "web", 99, 350}, {1000, "web", 100, 333}, {1000, "web", 200, 400}, {1000, "web", 9000, 400},
		{1, "", 0, 0}, {10, "", 0, 4}, {-10, "", 0, -4}, // 3.5 away from zero
		{1005, "outlet", 5, -101}, {-1005, "outlet", 5, 101},
		{math.MaxInt64, "", 300, math.MaxInt64},
	} {
		if got := margins.MarginMinor(row.amount, row.channel, row.day); got != row.want {
			t.Errorf("MarginMinor(%d, %q, %d) = %d, want %d", row.amount, row.channel, row.day, got, row.want)
		}
	}
	if got := margins.DefaultRatio(); got != 0.35 {
		t.Errorf("DefaultRatio = %v, want 0.35", got)
	}
}

func TestNewMarginsRefuses(t *testing.T) {
	third := mustDecimal(t, "0.333")
	for _, text := range []string{"1.001", "-1.001", "35"} {
		if _, err := NewMargins(mustDecimal(t, text)); err == nil {
			t.Errorf("NewMargins accepts a default of %s", text)
		}
		if _, err := NewMargins(third, MarginRate{Channel: "web", Share: mustDecimal(t, text)}); err == nil {
			t.Errorf("NewMargins accepts a share of %s", text)
		}
	}
	if _, err := NewMargins(third, MarginRate{Channel: "web", Share: third}, MarginRate{Channel: "web", Share: third}); err == nil {
		t.Error("NewMargins accepts two rates from the same day")
	}
}

func BenchmarkConvert(b *testing.B) {
	eur, _ := ParseCurrency("EUR")
	usd, _ := ParseCurrency("USD")
	price, _ := ParseDecimal("0.9217")
	rates, err := NewRates(eur, Rate{Currency: usd, Price: price}, Rate{Currency: usd, From: 100, Price: price})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := rates.Convert(2933, usd, 50); err != nil {
			b.Fatal(err)
		}
	}
}
