package dataset

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Columns says which column of a CSV holds which field: a name of its header,
// or a number from 1 in a file without one. The zero value asks for the header's
// own names; otherwise only what is named is read.
//
//	customer  whose row it is; required
//	time      when; required
//	amount    in major units; absent: quantity × price, or orders of amount zero
//	quantity  how many of an item; needs price, and stands for the amount
//	price     of one of them
//	item      which item; for cancellations that are to find their order
//	order     the order's id; absent: made from the line
//	currency  ISO 4217; absent: Options.Currency
//	channel   through which the order came
//	kind      order, refund, cancellation, or a type of the wire; absent: order
//	event     the event's id; absent: made from the line
//	refund    a refund's id; absent: made from the line
//	margin    an order's margin in major units, may be negative
type Columns [fieldCount]string

// ParseColumns reads "customer=CustomerID,time=InvoiceDate,amount=4".
func ParseColumns(list string) (Columns, error) {
	var c Columns
	if strings.TrimSpace(list) == "" {
		return c, nil
	}
	for pair := range strings.SplitSeq(list, ",") {
		name, column, ok := strings.Cut(pair, "=")
		name, column = strings.TrimSpace(name), strings.TrimSpace(column)
		i := fieldNamed(name)
		switch {
		case !ok || column == "":
			return Columns{}, fmt.Errorf("read columns: %q is not field=column, such as customer=customer_id", pair)
		case i < 0:
			return Columns{}, fmt.Errorf("read columns: %q is none of %s", name, fieldNames())
		case c[i] != "":
			return Columns{}, fmt.Errorf("read columns: %s is named twice", name)
		}
		c[i] = column
	}
	return c, nil
}

func fieldNamed(name string) int {
	for i, f := range csvFields {
		if f.name == name {
			return i
		}
	}
	return -1
}

func fieldNames() string {
	var names []string
	for _, f := range csvFields {
		names = append(names, f.name)
	}
	return strings.Join(names, ", ")
}

// positions are, for each field, the index of its column, or −1.
type positions [fieldCount]int

// numbered answers whether the columns are chosen by number, which says that the
// file has no header.
func (c Columns) numbered() (positions, bool, error) {
	var at positions
	byNumber, byName := 0, 0
	for i, column := range c {
		at[i] = -1
		if column == "" {
			continue
		}
		n, err := strconv.Atoi(column)
		if err != nil {
			byName++
			continue
		}
		byNumber++
		if n < 1 || n > maxColumns {
			return at, false, fmt.Errorf("column %d of %s is not 1 to %d", n, csvFields[i].name, maxColumns)
		}
		at[i] = n - 1
	}
	if byNumber > 0 && byName > 0 {
		return at, false, fmt.Errorf("some columns are chosen by number and some by name: choose all in one way")
	}
	return at, byNumber > 0, nil
}

// find looks the columns up in a header.
func (c Columns) find(header []string) (positions, error) {
	if c == (Columns{}) {
		return recognise(header)
	}
	var at positions
	for i, name := range c {
		at[i] = -1
		if name == "" {
			continue
		}
		if at[i] = slices.Index(header, name); at[i] < 0 {
			at[i] = slices.IndexFunc(header, func(h string) bool { return strings.EqualFold(h, name) })
		}
		if at[i] < 0 {
			return at, fmt.Errorf("there is no column %q for %s: the header has %s", name, csvFields[i].name, strings.Join(header, ", "))
		}
		if again := slices.Index(header[at[i]+1:], header[at[i]]); again >= 0 {
			return at, twice(header[at[i]])
		}
	}
	return at, nil
}

func twice(name string) error {
	return fmt.Errorf("the header has the column %q twice: give each its own name", name)
}

// checkRequired names what cannot be missing.
func (at *positions) checkRequired(header []string) error {
	for _, i := range []int{customerField, timeField} {
		if at[i] < 0 {
			return fmt.Errorf("no column is recognised as the %s: name it with %s; the header has %s%s",
				csvFields[i].name, at.columnsFlag(header), strings.Join(header, ", "), otherwise(header))
		}
	}
	if (at[quantityField] >= 0) != (at[priceField] >= 0) && at[amountField] < 0 {
		have, lack := quantityField, priceField
		if at[have] < 0 {
			have, lack = lack, have
		}
		return fmt.Errorf("there is a column for %s and none is recognised for %s or amount: name one with %s; the header has %s",
			csvFields[have].name, csvFields[lack].name, at.columnsFlag(header), strings.Join(header, ", "))
	}
	return nil
}

// columnsFlag is the flag that names the columns found, with a gap for each that is missing.
func (at *positions) columnsFlag(header []string) string {
	var pairs []string
	for i, column := range at {
		switch {
		case column >= 0 && column < len(header):
			pairs = append(pairs, csvFields[i].name+"="+header[column])
		case i == customerField || i == timeField || i == amountField && (at[quantityField] < 0 || at[priceField] < 0):
			pairs = append(pairs, csvFields[i].name+"=COLUMN")
		}
	}
	return fmt.Sprintf("--columns %q", strings.Join(pairs, ","))
}
