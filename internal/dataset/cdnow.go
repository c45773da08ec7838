package dataset

import (
	"fmt"
	"strconv"
	"time"

	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/clv/money"
	"github.com/clvstream/clvstream/internal/dataset/dates"
)

// cdnowParser reads the CDNOW files: purchases of customers who first bought in
// early 1997, a line each, columns separated by spaces.
//
//	customer date(YYYYMMDD) CDs dollars              the master file, under a header line
//	customer sample-customer date CDs dollars        the 1/10 sample, without one
//
// Either may or may not have the header. The number of columns in the first line
// determines the layout; all lines must have it. The customer is the first column in
// both, so that a customer of the sample is the same customer in the master.
// An order happens at the beginning of its day.
type cdnowParser struct {
	lines    *lines
	currency money.Currency
	location *time.Location
	columns  int // 4 or 5; 0 before the first line
	ids      ids
	fields   [6]field
}

func newCDNOW(l *lines, opts Options) (*cdnowParser, error) {
	p := &cdnowParser{lines: l, currency: opts.Currency, location: opts.Location, ids: newIDs(opts)}
	if p.currency == (money.Currency{}) {
		dollars, err := money.ParseCurrency("USD")
		if err != nil {
			return nil, err
		}
		p.currency = dollars
	}
	return p, nil
}

func (p *cdnowParser) next(row *Row) error {
	line, err := p.lines.nextFull()
	if err != nil {
		return err
	}
	fields := p.split(line)
	if p.columns == 0 {
		if err := p.settle(fields); err != nil {
			return err
		}
		if _, ok := dates.WholeNumber(fields[len(fields)-3].text); !ok && fields[0].text[0]-'0' > 9 {
			return p.next(row) // the header
		}
	}
	if len(fields) != p.columns {
		return place{p.lines.number, 1}.refuse(badColumns, "the line has %s columns, the first has %d", many(fields), p.columns)
	}
	return p.parse(row, fields)
}

func (p *cdnowParser) settle(fields []field) error {
	if n := len(fields); n != 4 && n != 5 {
		return fmt.Errorf("line %d has %s columns: a CDNOW file has 4 (customer date CDs dollars) or 5 (customer sample-customer date CDs dollars)",
			p.lines.number, many(fields))
	}
	p.columns = len(fields)
	return nil
}

func many(fields []field) string {
	if len(fields) > 5 {
		return "more than 5"
	}
	return strconv.Itoa(len(fields))
}

// split cuts a line at spaces and tabs into at most six fields.
func (p *cdnowParser) split(line []byte) []field {
	fields := p.fields[:0]
	for i := 0; i < len(line) && len(fields) < cap(fields); {
		if line[i] == ' ' || line[i] == '\t' {
			i++
			continue
		}
		start := i
		for i < len(line) && line[i] != ' ' && line[i] != '\t' {
			i++
		}
		fields = append(fields, field{line[start:i], place{p.lines.number, start + 1}})
	}
	return fields
}

func (p *cdnowParser) parse(row *Row, fields []field) error {
	customer, last := fields[0], fields[p.columns-3:]
	id, err := p.ids.customer(customer)
	if err != nil {
		return err
	}
	at, ok := dates.Read(last[0].text, dates.YearFirst, p.location)
	if !ok || len(last[0].text) != 8 {
		return last[0].refuse(badTime, "the date %s is not a day as YYYYMMDD", shown(last[0].text))
	}
	if _, ok := dates.WholeNumber(last[1].text); !ok {
		return last[1].refuse(badField, "the number of CDs %s is not a whole number of 0 or more", shown(last[1].text))
	}
	amount, err := last[2].amount(p.currency)
	if err != nil {
		return err
	}
	if amount < 0 {
		return last[2].refuse(negative, "the amount is negative")
	}
	event := p.ids.made(p.lines.number)
	*row = Row{
		Event:    history.Event{Kind: history.OrderPlaced, ID: event, OrderID: event, CustomerID: id, AtMicros: at.Micros, AmountMinor: amount},
		Currency: p.currency, Line: p.lines.number,
	}
	return nil
}
