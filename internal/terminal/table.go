// Package terminal formats output for people.
//
//	work ──► Bar   ──► a progress bar on a terminal, else a plain line now and then
//	rows ──► Table ──► aligned columns, with control characters quoted
//
// It does not know what the output means. JSON and CSV are written elsewhere.
package terminal

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"
	"unicode"
)

// Table writes aligned columns.
func Table(w io.Writer, header []string, rows [][]string) error {
	t := tabwriter.NewWriter(w, 0, 4, 2, ' ', 0)
	for _, row := range append([][]string{header}, rows...) {
		for i, cell := range row {
			if i > 0 {
				fmt.Fprint(t, "\t")
			}
			fmt.Fprint(t, Printable(cell))
		}
		fmt.Fprintln(t)
	}
	return t.Flush()
}

// Printable quotes what would steer a terminal: names come from events.
func Printable(text string) string {
	if strings.ContainsFunc(text, unicode.IsControl) {
		return strconv.Quote(text)
	}
	return text
}

// Line writes a line of text.
func Line(w io.Writer, format string, values ...any) { fmt.Fprintf(w, format+"\n", values...) }
