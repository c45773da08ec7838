package figures

import (
	"encoding/csv"
	"fmt"
	"io"
	"strconv"
)

// Figure is a value that can be written as CSV, besides JSON.
type Figure interface{ Sheet() Sheet }

// Sheet is a table for programs: names as in JSON, plain numbers, empty where
// nothing is known.
type Sheet struct {
	Header []string
	Rows   [][]string
}

// Write writes the sheet as CSV.
func (s Sheet) Write(out io.Writer) error {
	w := csv.NewWriter(out)
	if err := w.WriteAll(append([][]string{s.Header}, s.Rows...)); err != nil {
		return fmt.Errorf("write CSV: %w", err)
	}
	return nil
}

// add appends a row. Shares have four decimals: no bin has more.
func (s *Sheet) add(cells ...any) {
	row := make([]string, len(cells))
	for i, cell := range cells {
		row[i] = fmt.Sprint(cell)
		if share, ok := cell.(float64); ok {
			row[i] = strconv.FormatFloat(share, 'f', 4, 64)
		}
	}
	s.Rows = append(s.Rows, row)
}

// known is a cell that may be unknown.
func known[T any](value *T) any {
	if value == nil {
		return ""
	}
	return *value
}
