package dataset

import (
	"encoding/binary"
	"errors"
	"math"

	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/clv/money"
	"github.com/clvstream/clvstream/internal/dataset/amounts"
)

// encodeRow writes a row for a temporary file. An event of a file has no own amount and no
// place in a topic.
func encodeRow(dst []byte, row *Row) []byte {
	e := &row.Event
	dst = append(dst, byte(e.Kind), bits(e.Versioned, e.MarginKnown, row.ofOrder, row.back, row.credit, row.torn, row.apart))
	for _, text := range []string{e.ID, e.CustomerID, e.OrderID, e.RefundID, e.Channel, row.Currency.String()} {
		dst = appendString(dst, text)
	}
	for _, n := range []int64{
		e.AtMicros, e.UpdatedMicros, e.Version, e.AmountMinor, e.MarginMinor, int64(math.Float64bits(e.Probability)), //nolint:gosec // bits as they are
		int64(row.Line), int64(row.column), int64(row.rows), int64(row.lost),
	} {
		dst = binary.AppendVarint(dst, n)
	}
	dst = row.margin.AppendBinary(row.exact.AppendBinary(dst))
	dst = binary.AppendVarint(dst, int64(len(row.items)))
	for i := range row.items {
		it := &row.items[i]
		dst = it.value.AppendBinary(it.quantity.AppendBinary(appendString(dst, it.name)))
	}
	return dst
}

func bits(flags ...bool) (b byte) {
	for i, on := range flags {
		if on {
			b |= 1 << i
		}
	}
	return b
}

func appendString(dst []byte, text string) []byte {
	return append(binary.AppendVarint(dst, int64(len(text))), text...)
}

var errTorn = errors.New("a row in a temporary file is damaged")

// decoding reads what encodeRow wrote.
type decoding struct {
	text []byte
	bad  bool
}

func (d *decoding) int() int64 {
	n, length := binary.Varint(d.text)
	if length <= 0 {
		d.bad = true
		return 0
	}
	d.text = d.text[length:]
	return n
}

func (d *decoding) string() string {
	n := d.int()
	if n < 0 || n > int64(len(d.text)) {
		d.bad = true
		return ""
	}
	text := string(d.text[:n])
	d.text = d.text[n:]
	return text
}

func (d *decoding) decimal() amounts.Decimal {
	value, rest, ok := amounts.CutBinary(d.text)
	d.text, d.bad = rest, d.bad || !ok
	return value
}

func decodeRow(text []byte, row *Row) error {
	if len(text) < 2 {
		return errTorn
	}
	*row = Row{}
	e := &row.Event
	e.Kind = history.Kind(text[0])
	for i, flag := range []*bool{&e.Versioned, &e.MarginKnown, &row.ofOrder, &row.back, &row.credit, &row.torn, &row.apart} {
		*flag = text[1]>>i&1 == 1
	}
	d := &decoding{text: text[2:]}
	for _, to := range []*string{&e.ID, &e.CustomerID, &e.OrderID, &e.RefundID, &e.Channel} {
		*to = d.string()
	}
	if code := d.string(); code != "" {
		row.Currency, _ = money.ParseCurrency(code) // it was written by its code
	}
	for _, to := range []*int64{&e.AtMicros, &e.UpdatedMicros, &e.Version, &e.AmountMinor, &e.MarginMinor} {
		*to = d.int()
	}
	e.Probability = math.Float64frombits(uint64(d.int())) //nolint:gosec // bits as they are
	for _, to := range []*int{&row.Line, &row.column, &row.rows, &row.lost} {
		*to = int(d.int())
	}
	row.exact, row.margin = d.decimal(), d.decimal()
	for n := d.int(); n > 0 && !d.bad; n-- {
		row.items = append(row.items, item{d.string(), d.decimal(), d.decimal()})
	}
	if d.bad || len(d.text) > 0 {
		return errTorn
	}
	return nil
}
