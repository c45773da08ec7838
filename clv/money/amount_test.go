package money

import (
	"errors"
	"math"
	"math/rand/v2"
	"testing"
)

func TestParseMinor(t *testing.T) {
	for _, row := range []struct {
		text     string
		exponent int
		want     int64
		err      error
	}{
		{"29.33", 2, 2933, nil},
		{"29.3", 2, 2930, nil},
		{"29", 2, 2900, nil},
		{"0", 2, 0, nil},
		{"0.00", 2, 0, nil},
		{"-0.00", 2, 0, nil},
		{"-0.05", 2, -5, nil},
		{"007.50", 2, 750, nil},
		{"500", 0, 500, nil},
		{"1.234", 3, 1234, nil},
		{"1.2345", 4, 12345, nil},
		{"92233720368547758.07", 2, math.MaxInt64, nil},
		{"-9223372036854775807", 0, -math.MaxInt64, nil},
		{"92233720368547758.08", 2, 0, ErrAmountRange},
		{"9223372036854775808", 0, 0, ErrAmountRange},
		{"922337203685477581", 2, 0, ErrAmountRange},
		{"99999999999999999999999", 2, 0, ErrDecimalRange},
		{"0000000000000000000000000001", 2, 0, ErrDecimalRange},
		{"29.333", 2, 0, ErrManyDigits},
		{"5000.00", 0, 5000, nil},
		{"-5000.0", 0, -5000, nil},
		{"12.3450", 3, 12345, nil},
		{"29.330000000000000000000", 2, 2933, nil},
		{"0.000", 2, 0, nil},
		{"29.3300000000000000000000000", 2, 0, ErrDecimalRange}, // 26 digits
		{"29.3301", 2, 0, ErrManyDigits},
		{"500.5", 0, 0, ErrManyDigits},
		{"500.50", 0, 0, ErrManyDigits},
		{".00", 0, 0, ErrNotDecimal},
		{"-.00", 0, 0, ErrNotDecimal},
		{"5.", 0, 0, ErrNotDecimal},
		{"1.2.00", 0, 0, ErrNotDecimal},
		{"5.0 ", 0, 0, ErrNotDecimal},
		{"0.0000000000001", 2, 0, ErrDecimalRange},
		{"", 2, 0, ErrNotDecimal},
		{"-", 2, 0, ErrNotDecimal},
		{".", 2, 0, ErrNotDecimal},
		{".5", 2, 0, ErrNotDecimal},
		{"5.", 2, 0, ErrNotDecimal},
		{"-.5", 2, 0, ErrNotDecimal},
		{"1.2.3", 2, 0, ErrNotDecimal},
		{"+1", 2, 0, ErrNotDecimal},
		{"--1", 2, 0, ErrNotDecimal},
		{"1e3", 2, 0, ErrNotDecimal},
		{"1,000", 2, 0, ErrNotDecimal},
		{" 1", 2, 0, ErrNotDecimal},
		{"1 ", 2, 0, ErrNotDecimal},
		{"NaN", 2, 0, ErrNotDecimal},
		{"Infinity", 2, 0, ErrNotDecimal},
		{"0x10", 2, 0, ErrNotDecimal},
		{"١٢", 2, 0, ErrNotDecimal},
	} {
		got, err := ParseMinor(row.text, row.exponent)
		if got != row.want || !errors.Is(err, row.err) {
			t.Errorf("ParseMinor(%q, %d) = %d, %v; want %d, %v", row.text, row.exponent, got, err, row.want, row.err)
		}
	}
}

func TestFormatMinor(t *testing.T) {
	for _, row := range []struct {
		minor    int64
		exponent int
		want     string
	}{
		{0, 2, "0.00"}, {-5, 2, "-0.05"}, {2933, 2, "29.33"}, {-2933, 2, "-29.33"},
		{500, 0, "500"}, {-1, 0, "-1"}, {1, 3, "0.001"}, {12345, 4, "1.2345"},
		{math.MaxInt64, 2, "92233720368547758.07"}, {math.MinInt64, 2, "-92233720368547758.08"},
	} {
		if got := FormatMinor(row.minor, row.exponent); got != row.want {
			t.Errorf("FormatMinor(%d, %d) = %s, want %s", row.minor, row.exponent, got, row.want)
		}
	}
}

func TestFormatMinorIsReadBack(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 10_000 {
		minor, exponent := int64(random.Uint64())>>random.IntN(64), random.IntN(5)
		if minor == math.MinInt64 {
			continue
		}
		text := FormatMinor(minor, exponent)
		if got, err := ParseMinor(text, exponent); got != minor || err != nil {
			t.Fatalf("ParseMinor(%q, %d) = %d, %v; want %d", text, exponent, got, err, minor)
		}
	}
}

func TestAppendMajor(t *testing.T) {
	for _, row := range []struct {
		minor    float64
		exponent int
		want     string
	}{
		{0, 2, "0.00"}, {-0.4, 2, "0.00"}, {0.5, 2, "0.01"}, {-0.5, 2, "-0.01"},
		{2933.5, 2, "29.34"}, {-2932.5, 2, "-29.33"}, {1e3, 0, "1000"}, {1e20, 0, "100000000000000000000"},
		{1e20, 2, "1000000000000000000.00"}, {-1e20, 3, "-100000000000000000.000"},
		{1 << 63, 2, "92233720368547758.08"}, {math.NaN(), 2, "NaN"}, {math.Inf(-1), 2, "-Inf"},
	} {
		if got := string(AppendMajor([]byte("x"), row.minor, row.exponent)); got != "x"+row.want {
			t.Errorf("AppendMajor(%v, %d) = %s, want x%s", row.minor, row.exponent, got, row.want)
		}
	}
}

func TestAppendAmountDoesNotAllocate(t *testing.T) {
	buffer := make([]byte, 0, 64)
	if n := testing.AllocsPerRun(100, func() {
		buffer = AppendMajor(AppendMinor(buffer[:0], -2933, 2), 12.5, 2)
	}); n != 0 {
		t.Errorf("%v allocations, want none", n)
	}
}

func TestParseCurrency(t *testing.T) {
	for code, exponent := range map[string]int{
		"EUR": 2, "USD": 2, "RSD": 2, "COP": 2, "SLE": 2, "JPY": 0, "KRW": 0, "KWD": 3, "IQD": 3, "CLF": 4, "BGN": 2,
		"DEM": 2, "FRF": 2, "ITL": 0, "ESP": 0, "ATS": 2, "BEF": 0, "LUF": 0, "GRD": 0, "IEP": 2, "XEU": 2,
	} {
		c, err := ParseCurrency(code)
		if err != nil || c.String() != code || c.Exponent() != exponent {
			t.Errorf("ParseCurrency(%q) = %q with exponent %d, %v; want exponent %d", code, c, c.Exponent(), err, exponent)
		}
	}
	for _, code := range []string{"", "eur", "EURO", "EU", "XXX", "XAU", "BTC", "€", "EUR ", "AED AFN"} {
		if c, err := ParseCurrency(code); !errors.Is(err, ErrUnknownCurrency) || c != (Currency{}) {
			t.Errorf("ParseCurrency(%q) = %q, %v; want %v", code, c, err, ErrUnknownCurrency)
		}
	}
}

// The counts are those of ISO 4217 list one of 2026-01-01, and of what we keep
// of the withdrawn codes: a code typed wrong or twice shows here.
func TestCurrencyTableCounts(t *testing.T) {
	counts := map[int]int{}
	for code, c := range currencyTable {
		counts[c.Exponent()]++
		if len(code) != 3 {
			t.Errorf("code %q is not three letters", code)
		}
	}
	for exponent, want := range map[int]int{0: 17 + 13, 2: 139 + 53, 3: 7, 4: 2} {
		if counts[exponent] != want {
			t.Errorf("%d currencies with exponent %d, want %d", counts[exponent], exponent, want)
		}
	}
}
