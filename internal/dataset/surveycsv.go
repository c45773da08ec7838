package dataset

import (
	"errors"
	"fmt"
	"hash/maphash"
	"io"
	"strings"

	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/internal/dataset/amounts"
	"github.com/clvstream/clvstream/internal/dataset/dates"
)

// survey learns from all rows how times and numbers are written, and how the rows of an order
// stand.
func (p *csvParser) survey(opts *Options) (*Found, error) {
	times := dates.NewColumn(opts.Location, opts.Dates)
	var numbers amounts.Columns
	rows := orderRows{seed: maphash.MakeSeed(), first: map[uint64]uint64{}}
	for {
		values, err := p.records.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if IsRefusal(err) {
			continue
		}
		if err != nil {
			return nil, err
		}
		if p.width == 0 {
			if err := p.settleWidth(len(values)); err != nil {
				return nil, err
			}
		}
		if len(values) != p.width {
			continue
		}
		r := csvRow{values, &p.at}
		at := r.get(timeField)
		times.Add(at.text, at.line)
		for _, i := range p.numberFields() {
			f := r.get(i)
			numbers.Add(f.text, f.line)
		}
		if p.has(orderField) && p.countsAsOrder(r) {
			rows.add(r)
		} else {
			rows.last = 0 // an order that goes on after this row does not stand together
		}
	}
	found := &Found{
		Format: CSV, Delimiter: p.records.delimiter, Columns: p.columnsFound(), Repeats: rows.repeats, Scattered: rows.scattered,
	}
	switch {
	case p.hasAmounts():
	case len(p.header) == 0:
		found.NoAmounts = "amount=3"
	default:
		found.NoAmounts = fmt.Sprintf("%s; the header has %s", p.at.columnsFlag(p.header), strings.Join(p.header, ", "))
	}
	if err := p.settleForms(opts, times, &numbers, rows); err != nil {
		return nil, err
	}
	found.Dates, found.Decimal = opts.Dates, opts.Decimal
	found.Zoneless, found.Backwards = times.Zoneless(opts.Dates), times.Backwards(opts.Dates)
	return found, nil
}

// numberFields are those whose decimal sign is asked for.
func (p *csvParser) numberFields() []int {
	if p.has(amountField) {
		return []int{amountField, marginField}
	}
	return []int{priceField, quantityField, marginField}
}

func (p *csvParser) countsAsOrder(r csvRow) bool {
	if len(r.get(orderField).text) == 0 {
		return false
	}
	if !p.has(kindField) {
		return true
	}
	kind, err := parseKind(r.get(kindField))
	return err == nil && (kind == history.OrderPlaced || kind == history.OrderCancelled)
}

// settleForms takes from the rows what the options leave open, and refuses what the rows
// leave open.
func (p *csvParser) settleForms(opts *Options, times *dates.Column, numbers *amounts.Columns, rows orderRows) error {
	if opts.Dates == 0 {
		form, err := times.Form()
		if err != nil {
			return fmt.Errorf("the times in %s: %w; settle it with --date-format", p.columnName(timeField), err)
		}
		if opts.Dates = form; form == 0 { // none is a time: each row is refused for it
			opts.Dates = dates.YearFirst
		}
	}
	if opts.Decimal == 0 {
		sign, err := numbers.Sign()
		if err != nil {
			return fmt.Errorf("the numbers: %w; settle it with --decimal", err)
		}
		opts.Decimal = sign
	}
	if opts.Repeated == RepeatedAuto {
		if p.has(amountField) && rows.repeats > 0 && rows.repeats == rows.sameAmount {
			return fmt.Errorf("%d rows repeat an order and its amount, the first in line %d: say --repeated total if that is the whole order's, or --repeated items if each row is an item", rows.repeats, rows.line)
		}
		opts.Repeated = RepeatedItems
	}
	return nil
}

// columnName is how a message names a field's column.
func (p *csvParser) columnName(field int) string {
	if column := p.at[field]; column < len(p.header) {
		return fmt.Sprintf("column %q", p.header[column])
	}
	return fmt.Sprintf("column %d", p.at[field]+1)
}

// columnsFound says which column is what.
func (p *csvParser) columnsFound() []Column {
	var all []Column
	for i, column := range p.at {
		switch {
		case column < 0 || !p.reads(i):
		case column < len(p.header):
			all = append(all, Column{csvFields[i].name, p.header[column]})
		default:
			all = append(all, Column{csvFields[i].name, fmt.Sprint(column + 1)})
		}
	}
	return all
}

// reads is false for columns that are recognised and not needed: where rows have an amount,
// price, quantity and item only matter to cancellations.
func (p *csvParser) reads(field int) bool {
	switch field {
	case priceField:
		return p.multiplies()
	case quantityField:
		return p.multiplies() || p.has(amountField)
	case itemField:
		return p.opts.Cancellations == CancellationsRefund && p.has(quantityField)
	}
	return true
}

// orderRows know of each order its first amount, by hashes: some 40 bytes an order.
type orderRows struct {
	seed       maphash.Seed
	first      map[uint64]uint64 // by order, the hash of the first row's amount
	last       uint64            // the order of the row before
	repeats    int
	sameAmount int
	line       int // of the first that repeats
	scattered  bool
}

func (o *orderRows) add(r csvRow) {
	var h maphash.Hash
	h.SetSeed(o.seed)
	h.Write(r.get(customerField).text)
	h.WriteByte(0)
	h.Write(r.get(orderField).text)
	order, amount := h.Sum64(), maphash.Bytes(o.seed, r.get(amountField).text)
	first, repeated := o.first[order]
	if !repeated {
		o.first[order] = amount
	} else {
		if o.repeats++; o.repeats == 1 {
			o.line = r.values[0].line
		}
		if first == amount {
			o.sameAmount++
		}
		o.scattered = o.scattered || order != o.last
	}
	o.last = order
}
