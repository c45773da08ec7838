package money

import (
	"cmp"
	"errors"
	"fmt"
	"github.com/clvstream/clvstream/clv/calendar"
	"math/bits"
	"slices"
)

// Rate says what one major unit of a currency costs in the business's
// currency, from a day on until that currency's next rate.
type Rate struct {
	Currency Currency
	From     calendar.Day
	Price    Decimal // > 0, in major units of the business's currency
}

// ErrNoRate refuses an amount for which no conversion rate is in force.
var ErrNoRate = errors.New("no conversion rate for this currency is in force on that day")

// Rates converts amounts into the business's currency, in integers throughout.
// The zero Rates converts nothing. It is read-only once made.
type Rates struct {
	business   Currency
	byCurrency map[Currency][]ratio
}

// ratio is a dated rate as a fraction of minor units: amount × mul ÷ div.
type ratio struct {
	from     calendar.Day
	mul, div uint64
}

// NewRates makes the conversions into a business currency. Rows may come in any
// order. It refuses a row for the business currency itself, a rate of zero or
// below, and two rates of one currency from the same day.
func NewRates(business Currency, rows ...Rate) (*Rates, error) {
	r := &Rates{business: business, byCurrency: make(map[Currency][]ratio)}
	if business == (Currency{}) {
		return nil, errors.New("make rates: no business currency given")
	}
	for _, row := range rows {
		if row.Currency == business || row.Currency == (Currency{}) {
			return nil, fmt.Errorf("make rates: %q needs no rate or is no currency: name another currency than the business's %s",
				row.Currency, business)
		}
		converted, err := minorRatio(row, business.Exponent())
		if err != nil {
			return nil, fmt.Errorf("make rates: %s from %s: %w", row.Currency, row.From, err)
		}
		r.byCurrency[row.Currency] = append(r.byCurrency[row.Currency], converted)
	}
	for currency, dated := range r.byCurrency {
		if day, twice := sortByDay(dated, ratio.day); twice {
			return nil, fmt.Errorf("make rates: %s has two rates from %s: keep one", currency, day)
		}
	}
	return r, nil
}

// minorRatio turns a price in major units into a fraction of minor units: the
// price's decimals and the currencies' exponents become one power of ten.
func minorRatio(row Rate, businessExponent int) (ratio, error) {
	price := row.Price
	if price.negative || price.digits == 0 {
		return ratio{}, errors.New("the rate must be above 0")
	}
	made := ratio{from: row.From, mul: price.digits, div: 1}
	shift := businessExponent - row.Currency.Exponent() - price.scale
	if shift < 0 {
		made.div = powersOf10[-shift]
		return made, nil
	}
	hi, mul := bits.Mul64(price.digits, powersOf10[shift])
	if hi != 0 {
		return ratio{}, ErrDecimalRange
	}
	made.mul = mul
	return made, nil
}

func (r ratio) day() calendar.Day { return r.from }

// Business is the currency that everything is converted into.
func (r *Rates) Business() Currency { return r.business }

// Convert is an amount in the business's minor units, at the rate in force on
// the day, rounded half away from zero. It answers ErrNoRate before the
// currency's first rate, and ErrAmountRange when 64 bits do not hold the result.
func (r *Rates) Convert(amountMinor int64, from Currency, day calendar.Day) (int64, error) {
	if from == r.business {
		return amountMinor, nil
	}
	rate, ok := inForce(r.byCurrency[from], day, ratio.day)
	if !ok {
		return 0, ErrNoRate
	}
	converted, ok := timesRatio(amountMinor, rate.mul, rate.div)
	if !ok {
		return 0, ErrAmountRange
	}
	return converted, nil
}

// sortByDay sorts dated rows and reports a day that occurs twice.
func sortByDay[R any](rows []R, dayOf func(R) calendar.Day) (day calendar.Day, twice bool) {
	slices.SortFunc(rows, func(a, b R) int { return cmp.Compare(dayOf(a), dayOf(b)) })
	for i := 1; i < len(rows); i++ {
		if dayOf(rows[i]) == dayOf(rows[i-1]) {
			return dayOf(rows[i]), true
		}
	}
	return 0, false
}

// inForce is the last of the sorted rows that begins on the day or before.
func inForce[R any](rows []R, day calendar.Day, dayOf func(R) calendar.Day) (row R, ok bool) {
	after, _ := slices.BinarySearchFunc(rows, day+1, func(row R, day calendar.Day) int { return cmp.Compare(dayOf(row), day) })
	if after == 0 {
		return row, false
	}
	return rows[after-1], true
}
