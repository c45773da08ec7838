package dataset

import (
	"errors"

	"github.com/clvstream/clvstream/clv/money"
	"github.com/clvstream/clvstream/internal/dataset/amounts"
)

// value reads the row's money: its amount, or else quantity × price.
func (p *csvParser) value(row *Row, r csvRow) error {
	f := r.get(amountField)
	if !p.hasAmounts() {
		return nil
	}
	if p.multiplies() {
		f = r.get(priceField)
	}
	row.column = f.column
	n, err := p.number(f, "amount")
	if err != nil {
		return err
	}
	row.exact, row.back = n.Decimal, n.Sign() < 0
	if err := p.unit(row, r, f, n.Unit); err != nil {
		return err
	}
	if !p.has(quantityField) {
		return nil
	}
	q := r.get(quantityField)
	quantity, err := p.number(q, "quantity")
	switch {
	case err != nil && p.multiplies():
		return err
	case err != nil: // it is not what the amount is made of
		return nil //nolint:nilerr // the amount stands without it
	case p.multiplies():
		if row.exact, err = n.Times(quantity.Decimal); err != nil {
			return q.refuse(tooMuch, "%s × %s is %v", shown(q.text), shown(f.text), err)
		}
	}
	row.back = quantity.Sign() < 0 || row.exact.Sign() < 0
	if p.opts.Cancellations == CancellationsRefund && p.has(itemField) {
		row.items = []item{{string(r.get(itemField).text), quantity.Decimal, row.exact}}
	}
	return nil
}

// number reads a field that must not be empty.
func (p *csvParser) number(f field, name string) (amounts.Number, error) {
	if len(f.text) == 0 {
		return amounts.Number{}, f.refuse(noNumber, "the %s is empty", name)
	}
	n, err := amounts.Read(f.text, p.opts.Decimal)
	switch {
	case errors.Is(err, amounts.ErrRange):
		return n, f.refuse(tooMuch, "the %s %s is %v", name, shown(f.text), err)
	case err != nil:
		return n, f.refuse(badNumber, "the %s %s is %v, with a decimal %s", name, shown(f.text), err, p.opts.Decimal)
	}
	return n, nil
}

// unit takes the currency beside an amount, which a column of currencies must not contradict.
func (p *csvParser) unit(row *Row, r csvRow, f field, unit string) error {
	if unit == "" {
		if row.Currency == (money.Currency{}) {
			return f.refuse(badUnit, "the amount has no currency, and none is set for the file")
		}
		return nil
	}
	c, err := amounts.Currency(unit, row.Currency)
	if err != nil {
		return f.refuse(badUnit, "%q beside the amount %s is %v", unit, shown(f.text), err)
	}
	if column := r.get(currencyField); len(column.text) > 0 && c != row.Currency {
		return column.refuse(badUnit, "the currency %s is not that of the amount %s", shown(column.text), shown(f.text))
	}
	row.Currency = c
	return nil
}

// minor is an amount of the row in minor units of its currency.
func (row *Row) minor(exact amounts.Decimal, rounding amounts.Rounding) (int64, error) {
	minor, err := exact.Minor(row.Currency.Exponent(), rounding)
	at := place{row.Line, max(row.column, 1)}
	switch {
	case errors.Is(err, amounts.ErrDecimals):
		return 0, at.refuse(tooFine, "the amount %s has more decimals than %s, which has %d", exact, row.Currency, row.Currency.Exponent())
	case err != nil:
		return 0, at.refuse(tooMuch, "the amount %s is %v", exact, err)
	}
	return minor, nil
}
