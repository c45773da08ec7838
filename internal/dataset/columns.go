package dataset

import (
	"fmt"
	"strconv"
	"strings"
)

// The fields of a CSV row, as Columns names them.
const (
	customerField = iota
	timeField
	amountField
	orderField
	currencyField
	channelField
	kindField
	eventField
	refundField
	marginField
	fieldCount
)

// csvFields are the names that columns are chosen by, and the header names that
// stand for them when nothing is chosen, most telling first.
var csvFields = [fieldCount]struct {
	name    string
	headers []string
}{
	customerField: {"customer", []string{"customer", "customer_id", "customerid"}},
	timeField:     {"time", []string{"time", "occurred_at", "timestamp", "ts", "date"}},
	amountField:   {"amount", []string{"amount"}},
	orderField:    {"order", []string{"order", "order_id", "orderid"}},
	currencyField: {"currency", []string{"currency"}},
	channelField:  {"channel", []string{"channel"}},
	kindField:     {"kind", []string{"kind", "type"}},
	eventField:    {"event", []string{"event", "event_id"}},
	refundField:   {"refund", []string{"refund", "refund_id"}},
	marginField:   {"margin", []string{"margin"}},
}

// Columns says which column of a CSV holds which field: a name of its header,
// or a number from 1 in a file without one. The zero value asks for the header's
// own names; otherwise only what is named is read.
//
//	customer  whose row it is; required
//	time      when; required
//	amount    in major units; absent: orders of amount zero
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
	var at positions
	chosen := c != Columns{}
	for i := range at {
		names := csvFields[i].headers
		if chosen {
			names = []string{c[i]}
		}
		var err error
		if at[i], err = findHeader(header, names); err != nil {
			return at, err
		}
		if at[i] < 0 && chosen && c[i] != "" {
			return at, fmt.Errorf("there is no column %q for %s: the header has %s", c[i], csvFields[i].name, strings.Join(header, ", "))
		}
	}
	return at, nil
}

// findHeader is the index of the first of names that the header has, in its
// exact letters or else in any case, or −1.
func findHeader(header, names []string) (int, error) {
	for _, name := range names {
		if name == "" {
			continue
		}
		found, exact := -1, false
		for i, h := range header {
			same := h == name
			if !same && (exact || !strings.EqualFold(h, name)) {
				continue
			}
			if found >= 0 && same == exact {
				return -1, fmt.Errorf("the header has the column %q twice: give each its own name", name)
			}
			found, exact = i, same
		}
		if found >= 0 {
			return found, nil
		}
	}
	return -1, nil
}

// checkRequired names what cannot be missing.
func (at positions) checkRequired(header []string) error {
	for _, i := range []int{customerField, timeField} {
		if at[i] < 0 {
			return fmt.Errorf("no column is recognised as the %s: name it, as in %s=COLUMN; the header has %s",
				csvFields[i].name, csvFields[i].name, strings.Join(header, ", "))
		}
	}
	return nil
}
