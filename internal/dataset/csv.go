package dataset

import (
	"errors"
	"fmt"
	"io"

	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/clv/money"
	"github.com/clvstream/clvstream/internal/dataset/dates"
)

// csvParser reads rows from a file delimited by commas, semicolons, bars or tabs. Which
// column holds what is settled once, by Columns and the header; how times and numbers are
// written, by all rows.
type csvParser struct {
	opts    Options
	records records
	header  []string // empty in a file without one
	at      positions
	width   int // columns of each row; 0 until the first row of a file without header
	ids     ids
}

func newCSV(l *lines, opts Options) (*csvParser, error) {
	p := &csvParser{opts: opts, records: records{lines: l}, ids: newIDs(opts)}
	for _, err := range []error{second(ParseCancellations(string(opts.Cancellations))), second(ParseRepeated(string(opts.Repeated)))} {
		if err != nil {
			return nil, err
		}
	}
	if err := p.settle(opts.Columns); err != nil {
		return nil, err
	}
	return p, nil
}

func second[T any](_ T, err error) error { return err }

// hasAmounts is true where orders have an amount, or quantity and price that make one.
func (p *csvParser) hasAmounts() bool { return p.has(amountField) || p.multiplies() }

// multiplies is true where an amount is quantity × price.
func (p *csvParser) multiplies() bool {
	return !p.has(amountField) && p.has(quantityField) && p.has(priceField)
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
		return p.at.checkRequired([]string{"no names, for the columns are numbers"})
	}
	names, err := p.records.next()
	if err != nil {
		return err
	}
	header := make([]string, len(names))
	for i, name := range names {
		header[i] = string(name.text)
	}
	p.width, p.header = len(header), header
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
		return values[0].refuse(badColumns, "the row has %d columns, the first has %d: a value with the delimiter %q in it must be quoted",
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

// parse reads what every row has. Whose it is and of which order is known also of a row that
// is refused.
func (p *csvParser) parse(row *Row, values []field) error {
	r := csvRow{values, &p.at}
	*row = Row{Line: values[0].line, rows: 1}
	e := &row.Event
	e.Kind = history.OrderPlaced
	order := r.get(orderField)
	if len(order.text) > 0 && len(order.text) <= maxIDBytes {
		e.OrderID = string(order.text)
	}
	var err error
	if customer := r.get(customerField); len(customer.text) > 0 {
		if e.CustomerID, err = p.ids.customer(customer); err != nil {
			return err
		}
	}
	if kind := r.get(kindField); p.has(kindField) {
		if e.Kind, err = parseKind(kind); err != nil {
			return err
		}
	}
	at := r.get(timeField)
	read, ok := dates.Read(at.text, p.opts.Dates, p.opts.Location)
	if !ok {
		return at.refuse(badTime, "the time %s is not in the form %s, such as %s", shown(at.text), p.opts.Dates, p.opts.Dates.Example())
	}
	e.AtMicros = read.Micros
	if e.ID, err = p.idOr(r.get(eventField), "event id", row.Line); err != nil {
		return err
	}
	if row.Currency, err = p.currencyOf(r.get(currencyField)); err != nil {
		return err
	}
	if e.CustomerID == "" && e.Kind != history.OrderPlaced {
		return r.get(customerField).checkID("customer id")
	}
	return p.complete(row, r)
}

// orderIDOr is the row's order id, or else one made from the line.
func (p *csvParser) orderIDOr(row *Row, f field) (string, error) {
	if len(f.text) > 0 && len(f.text) <= maxIDBytes && row.Event.OrderID != "" {
		return row.Event.OrderID, f.checkID("order id") // parse has read it
	}
	return p.idOr(f, "order id", row.Line)
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
	if len(f.text) == 0 || string(f.text) == p.opts.Currency.String() {
		return p.opts.Currency, nil
	}
	c, err := money.ParseCurrency(string(f.text))
	if err != nil {
		return c, f.refuse(badUnit, "the currency %s is %v", shown(f.text), err)
	}
	return c, nil
}
