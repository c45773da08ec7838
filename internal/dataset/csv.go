package dataset

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/clv/money"
)

// csvParser reads a row per event from a file delimited by commas, semicolons or
// tabs. Which column holds what is settled once, by Columns and the header.
type csvParser struct {
	records      records
	at           positions
	width        int // columns of each row; 0 until the first row of a file without header
	ids          ids
	currency     money.Currency
	location     *time.Location
	decimalComma bool
	credits      Credits
	open         openOrders // kept for CreditsLatest only
}

func newCSV(l *lines, opts Options) (*csvParser, error) {
	p := &csvParser{
		records: records{lines: l}, ids: newIDs(opts), currency: opts.Currency,
		location: opts.Location, decimalComma: opts.DecimalComma, credits: opts.Credits,
	}
	switch opts.Credits {
	case "":
		p.credits = CreditsRefuse
	case CreditsLatest:
		p.open = openOrders{}
	default:
		if _, err := ParseCredits(string(opts.Credits)); err != nil {
			return nil, err
		}
	}
	if err := p.settle(opts.Columns); err != nil {
		return nil, err
	}
	if p.has(amountField) && !p.has(currencyField) && p.currency == (money.Currency{}) {
		return nil, fmt.Errorf("the amounts have no currency: name their currency, or a currency column")
	}
	return p, nil
}

func (p *csvParser) has(field int) bool { return p.at[field] >= 0 }

// settle finds delimiter and columns from the first line.
func (p *csvParser) settle(columns Columns) error {
	first, err := p.records.lines.nextFull()
	if errors.Is(err, io.EOF) {
		return fmt.Errorf("the file is empty: it needs a header or, with columns chosen by number, a row")
	}
	if err != nil {
		return err
	}
	p.records.delimiter = sniff(first)
	p.records.lines.repeat(first)

	at, numbered, err := columns.numbered()
	if err != nil {
		return err
	}
	if numbered {
		p.at = at
		return at.checkRequired([]string{"no header, for the columns are numbers"})
	}
	names, err := p.records.next()
	if err != nil {
		return err
	}
	header := make([]string, len(names))
	for i, name := range names {
		header[i] = string(name.text)
	}
	p.width = len(header)
	if p.at, err = columns.find(header); err != nil {
		return err
	}
	return p.at.checkRequired(header)
}

func (p *csvParser) next(row *Row) error {
	values, err := p.records.next()
	if err != nil {
		return err
	}
	if p.width == 0 {
		if err := p.settleWidth(len(values)); err != nil {
			return err
		}
	}
	if len(values) != p.width {
		return values[0].refuse(history.Undecodable, "the row has %d columns, the first has %d: a value with the delimiter %q in it must be quoted",
			len(values), p.width, p.records.delimiter)
	}
	return p.parse(row, values)
}

func (p *csvParser) settleWidth(width int) error {
	for i, column := range p.at {
		if column >= width {
			return fmt.Errorf("there is no column %d for %s: the first row has %d, delimited by %q",
				column+1, csvFields[i].name, width, p.records.delimiter)
		}
	}
	p.width = width
	return nil
}

// csvRow is a row under way to its event. Absent fields are empty and stand
// where the row does.
type csvRow struct {
	values []field
	at     *positions
}

func (r csvRow) get(i int) field {
	if column := r.at[i]; column >= 0 {
		return r.values[column]
	}
	return field{place: r.values[0].place}
}

func (p *csvParser) parse(row *Row, values []field) error {
	r := csvRow{values, &p.at}
	*row = Row{Line: values[0].line}
	e := &row.Event
	e.Kind = history.OrderPlaced
	var err error
	if e.CustomerID, err = p.ids.customer(r.get(customerField)); err != nil {
		return err
	}
	if e.AtMicros, err = p.time(r.get(timeField)); err != nil {
		return err
	}
	if e.ID, err = p.idOr(r.get(eventField), "event id", row.Line); err != nil {
		return err
	}
	if kind := r.get(kindField); p.has(kindField) {
		if e.Kind, err = parseKind(kind); err != nil {
			return err
		}
	}
	if row.Currency, err = p.currencyOf(r.get(currencyField)); err != nil {
		return err
	}
	return p.complete(row, r)
}

func (p *csvParser) time(f field) (int64, error) {
	micros, ok := parseTime(f.text, p.location)
	if !ok {
		return 0, f.refuse(history.BadTime, "the time %s is not in a known form: %s", shown(f.text), timeForms)
	}
	return micros, nil
}

// idOr is the id that the file has, or else one made from the line.
func (p *csvParser) idOr(f field, name string, line int) (string, error) {
	if len(f.text) == 0 {
		return p.ids.made(line), nil
	}
	if err := f.checkID(name); err != nil {
		return "", err
	}
	return string(f.text), nil
}

func (p *csvParser) currencyOf(f field) (money.Currency, error) {
	if len(f.text) == 0 || string(f.text) == p.currency.String() {
		return p.currency, nil
	}
	c, err := money.ParseCurrency(string(f.text))
	if err != nil {
		return c, f.refuse(history.UnknownCurrency, "the currency %s is %v", shown(f.text), err)
	}
	return c, nil
}

// amount reads the field, which must not be empty, in the row's currency.
func (p *csvParser) amount(f field, c money.Currency) (int64, error) {
	if len(f.text) == 0 {
		return 0, f.refuse(history.MissingField, "the amount is empty")
	}
	if c == (money.Currency{}) {
		return 0, f.refuse(history.UnknownCurrency, "the amount has no currency, and none is set for the file")
	}
	if comma := bytes.IndexByte(f.text, ','); comma >= 0 {
		if !p.decimalComma {
			return 0, f.refuse(history.BadAmount, "the amount %s has a comma: set the decimal comma if it stands before decimals, and remove it if it groups digits", shown(f.text))
		}
		if bytes.IndexByte(f.text, '.') < 0 {
			f.text = bytes.Replace(f.text, []byte{','}, []byte{'.'}, 1)
		}
	}
	return f.amount(c)
}
