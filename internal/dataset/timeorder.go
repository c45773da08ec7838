package dataset

import (
	"cmp"

	"github.com/clvstream/clvstream/internal/dataset/sorting"
)

// sorted is rows in another order than the file's. Errors about rows come first.
func sorted(rows rowSeq, most int, compare func(a, b *Row) int) rowSeq {
	return func(yield func(Row, error) bool) {
		s := sorting.New(sorting.Rows[Row]{Compare: compare, Encode: encodeRow, Decode: decodeRow, Size: sizeOfRow, Most: most})
		defer s.Close() //nolint:errcheck // temporary files that stay are no reason to fail
		for row, err := range rows {
			if err != nil {
				if !yield(Row{}, err) || !IsRefusal(err) {
					return
				}
				continue
			}
			if err := s.Add(row); err != nil {
				yield(Row{}, err)
				return
			}
		}
		s.All()(yield)
	}
}

// byTime is the order of events in time, and of the file at one time.
func byTime(a, b *Row) int {
	return cmp.Or(cmp.Compare(a.Event.AtMicros, b.Event.AtMicros), cmp.Compare(a.Line, b.Line))
}

// byOrder brings the rows of an order together.
func byOrder(a, b *Row) int {
	return cmp.Or(cmp.Compare(a.Event.OrderID, b.Event.OrderID), cmp.Compare(a.Event.CustomerID, b.Event.CustomerID), cmp.Compare(a.Line, b.Line))
}

// sizeOfRow is about how much memory a row takes.
func sizeOfRow(row *Row) int {
	e := &row.Event
	size := 400 + len(e.ID) + len(e.CustomerID) + len(e.OrderID) + len(e.RefundID)
	for i := range row.items {
		size += 56 + len(row.items[i].name)
	}
	return size
}
