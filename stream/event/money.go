package event

import (
	"bytes"
	"errors"
	"strconv"

	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/clv/money"
)

// currency is the event's, or the business's when it names none.
func (d *Decoder) currency() money.Currency {
	if d.in.json[FieldCurrency] == nil {
		return d.rules.Rates.Business()
	}
	code := d.in.text(FieldCurrency)
	if d.in.refused != nil {
		return money.Currency{}
	}
	currency, err := money.ParseCurrency(string(code))
	if err != nil {
		d.in.refuse(history.UnknownCurrency, "currency is %v", err)
	}
	return currency
}

// readOrderMoney reads an order's amount and what it says of its margin. A cost
// is subtracted after conversion, so that amount, cost and margin add up in the
// business's currency.
func (d *Decoder) readOrderMoney(e *history.Event) {
	currency := d.currency()
	e.AmountMinor, e.Own = d.ownAmount(currency, e)
	hasMargin, hasCost := d.in.json[FieldMargin] != nil, d.in.json[FieldCost] != nil
	switch {
	case hasMargin && hasCost:
		d.in.refuse(history.BadField, "margin and cost exclude each other: send one of them")
	case hasMargin:
		e.MarginMinor = d.signedAmount(FieldMargin, currency, e)
	case hasCost:
		e.MarginMinor = e.AmountMinor - d.amount(FieldCost, currency, e)
	}
	e.MarginKnown = hasMargin || hasCost
}

// ownAmount is the amount of an order or a refund: in the business's minor units, and in its
// own where its currency is another.
func (d *Decoder) ownAmount(currency money.Currency, e *history.Event) (minor int64, own history.Own) {
	minor = d.amount(FieldAmount, currency, e)
	if currency != d.rules.Rates.Business() && d.in.refused == nil {
		own.Currency = currency
		own.Minor, _ = d.in.minor(FieldAmount, currency.Exponent())
	}
	return minor, own
}

// amount is a required amount of 0 or more in the business's minor units.
func (d *Decoder) amount(f Field, currency money.Currency, e *history.Event) int64 {
	minor := d.signedAmount(f, currency, e)
	if minor < 0 || bytes.HasPrefix(d.in.json[f], []byte(`"-`)) {
		d.in.refuse(history.BadAmount, "%s is negative", f)
	}
	return minor
}

// signedAmount is a required amount in the business's minor units.
func (d *Decoder) signedAmount(f Field, currency money.Currency, e *history.Event) int64 {
	if !d.in.require(f) {
		return 0
	}
	minor, ok := d.in.minor(f, currency.Exponent())
	if !ok {
		return 0
	}
	if currency != d.rules.Rates.Business() {
		minor = d.convert(minor, f, currency, e)
	}
	if limit := d.rules.MaxAmountMinor; minor > limit || minor < -limit {
		d.in.refuse(history.BadAmount, "%s is beyond the limit of %d minor units of the business's currency", f, limit)
	}
	return minor
}

// minor reads both forms of an amount: a string is a decimal in major units, an
// integer counts minor units. A number with a point is refused, because what
// wrote it has most likely been through binary fractions already.
func (in *fields) minor(f Field, exponent int) (minor int64, ok bool) {
	value := in.json[f]
	var err error
	switch {
	case value[0] == '"':
		minor, err = money.ParseMinor(string(Unquote(value)), exponent)
	case !isNumber(value):
		in.refuse(history.BadField, `%s must be a decimal in a string ("29.33") or an integer of minor units (2933)`, f)
		return 0, false
	case bytes.ContainsAny(value, ".eE"):
		err = errors.New(`a number with a point or an exponent: send "29.33" in quotes, or 2933 minor units`)
	default:
		if minor, err = strconv.ParseInt(string(value), 10, 64); err != nil {
			err = money.ErrAmountRange
		}
	}
	if err != nil {
		in.refuse(history.BadAmount, "%s is %v", f, err)
	}
	return minor, err == nil
}

// convert is out of line: most shops have one currency.
func (d *Decoder) convert(minor int64, f Field, currency money.Currency, e *history.Event) int64 {
	converted, err := d.rules.Rates.Convert(minor, currency, d.rules.Calendar.Day(e.AtMicros))
	switch {
	case errors.Is(err, money.ErrNoRate):
		d.in.refuse(history.UnknownCurrency, "%s: %v: add one to business.exchange_rates, unless business.currency, %s, is wrong", currency, err, d.rules.Rates.Business())
	case err != nil:
		d.in.refuse(history.BadAmount, "%s is, once converted, %v", f, err)
	}
	return converted
}
