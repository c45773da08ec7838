package formula

import (
	"math"
	"strconv"
	"strings"

	"github.com/clvstream/clvstream/clv/money"
)

// Number is a figure for people: six significant digits, without an exponent
// where it can be helped.
func Number(v float64) string {
	const digits = 6
	size := math.Abs(v)
	if v != 0 && (size < 1e-4 || size >= 1e12) {
		return strconv.FormatFloat(v, 'g', 4, 64)
	}
	decimals := 0
	if size > 0 {
		decimals = max(0, digits-1-int(math.Floor(math.Log10(size))))
	}
	text := strconv.FormatFloat(v, 'f', decimals, 64)
	if strings.Contains(text, ".") {
		text = strings.TrimRight(strings.TrimRight(text, "0"), ".")
	}
	return text
}

// Percent is a share for people: 0.123456 is "12.35 %".
func Percent(share float64) string { return Number(math.Round(share*1e4)/1e2) + " %" }

// Rough is a figure in running text, where two decimals are enough.
func Rough(v float64) string {
	if math.Abs(v) < 0.1 || math.Abs(v) >= 1e9 {
		return Number(v)
	}
	return Number(math.Round(v*100) / 100)
}

// Count is a number of things in running text: "1 week", "8.43 weeks".
func Count(v float64, thing string) string {
	text := Rough(v)
	if text != "1" {
		thing += "s"
	}
	return text + " " + thing
}

// Amount is money, given in minor units, in major units with its currency.
func Amount(minor float64, currency money.Currency) string {
	return string(money.AppendMajor(nil, minor, currency.Exponent())) + " " + currency.String()
}

// Times joins factors with the sign of a sum done by hand.
func Times(factors ...string) string { return strings.Join(factors, " × ") }

// Over is a quotient as a sum done by hand.
func Over(above, below string) string { return above + " ÷ " + below }
