package explain

import (
	"math"
	"strconv"
	"strings"

	"github.com/clvstream/clvstream/clv/model"
	"github.com/clvstream/clvstream/clv/money"
)

// number is a figure for people: six significant digits, without an exponent
// where it can be helped.
func number(v float64) string {
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

// percent is a share for people.
func percent(share float64) string { return number(math.Round(share*1e4)/1e2) + " %" }

// rough is a figure in running text, where two decimals are enough.
func rough(v float64) string {
	if math.Abs(v) < 0.1 || math.Abs(v) >= 1e9 {
		return number(v)
	}
	return number(math.Round(v*100) / 100)
}

// count is a number of things in running text: "1 week", "8.43 weeks".
func count(v float64, unit string) string {
	text := rough(v)
	if text != "1" {
		unit += "s"
	}
	return text + " " + unit
}

// amount is money in major units with its currency.
func (t *teller) amount(minor float64) string {
	return string(money.AppendMajor(nil, minor, t.Currency.Exponent())) + " " + t.Currency.String()
}

// money is a formula whose value is money: exact in minor units, shown in major
// ones.
func (t *teller) money(symbol, general, numbers string, minor float64) Formula {
	return Formula{Symbol: symbol, General: general, Numbers: numbers, Value: minor, Unit: minorUnits + t.Currency.String()}
}

// minorUnits begins the unit of money.
const minorUnits = "minor units of "

// in is a length of time counted in the model's unit.
func (t *teller) in(s model.Span) float64 { return s.In(t.Unit()) }

// unit is the name of what the model counts time in.
func (t *teller) unit() string { return t.Unit().String() }

// times and over join factors with the signs of a sum done by hand.
func times(factors ...string) string { return strings.Join(factors, " × ") }

func over(above, below string) string { return above + " ÷ " + below }
