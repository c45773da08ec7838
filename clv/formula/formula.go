// Package formula explains a figure in steps: text, and formulas with their numbers.
//
//	Step ┬ Title, Words                      "Is the customer alive?"
//	     └ Formula, Formula, …               P(alive) = S ÷ (S + L)
//	         Symbol, General, Numbers, Value          = 0.55 ÷ (0.55 + 0.21)
//	                                                  = 0.72
//
// It computes nothing: a Formula's Value is bit for bit what the model returned, and only
// its text is rounded. A Style formats figures for text or for a page.
package formula

import "github.com/clvstream/clvstream/clv/money"

// Step is a part of the way from orders to value.
type Step struct {
	Title    string
	Words    string // plain, for whoever pays
	Formulas []Formula
}

// Formula is a quantity, how it is computed, the same with the numbers put in,
// and what comes out.
type Formula struct {
	Symbol  string
	General string // empty where the quantity is observed
	Numbers string // empty where they would only repeat General
	Value   float64
	Unit    string // empty for a pure number
}

// MinorUnits begins the unit of a Formula whose value is money.
const MinorUnits = "minor units of "

// Money is a formula whose value is money: exact in minor units, shown in major
// ones.
func Money(symbol, general, numbers string, minor float64, currency money.Currency) Formula {
	return Formula{Symbol: symbol, General: general, Numbers: numbers, Value: minor, Unit: MinorUnits + currency.String()}
}

// Style is how figures are written in running text.
type Style struct {
	Number  func(float64) string
	Percent func(share float64) string
	Count   func(v float64, thing string) string // "1 week", "8.43 weeks"
}
