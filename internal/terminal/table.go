// Package terminal formats output for people.
//
//	work ──► Bar    ──► a progress bar on a terminal, else a plain line now and then
//	rows ──► Table  ──► aligned columns, cut or as records where a terminal is too narrow
//	     └─► Record ──► a name and a value on each line
//
// Control characters are quoted, and widths are those on the screen. It does not know what
// the output means. JSON and CSV are written elsewhere.
package terminal

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// gap is between two columns.
const gap = 2

// Table writes aligned columns. Where a terminal is too narrow for them, columns are left out
// or cut as fits say; where that does not help, each row becomes a record. What is no
// terminal gets everything.
func Table(w io.Writer, header []string, rows [][]string, fits ...Fit) error {
	t := newGrid(header, rows, fits)
	if columns := Columns(w); columns > 0 && !t.shrink(columns) {
		return t.writeRecords(w, columns)
	}
	return t.write(w)
}

// grid is a table that is being written: its lines, the header first, cell by cell.
type grid struct {
	lines   [][]string
	columns []column
}

type column struct {
	width int // on the screen
	Fit
}

func newGrid(header []string, rows [][]string, fits []Fit) *grid {
	t := &grid{}
	for _, row := range append([][]string{header}, rows...) {
		line := make([]string, len(row))
		for i, cell := range row {
			line[i] = Printable(cell)
			if i == len(t.columns) {
				t.columns = append(t.columns, column{})
			}
			t.columns[i].width = max(t.columns[i].width, Width(line[i]))
		}
		t.lines = append(t.lines, line)
	}
	for _, fit := range fits {
		for _, name := range fit.names {
			for i, head := range slices.Backward(header) { // the last of that name
				if head == name {
					fit.least = max(fit.least, Width(t.lines[0][i]))
					t.columns[i].Fit = fit
					break
				}
			}
		}
	}
	return t
}

// width is what a whole line takes.
func (t *grid) width() int {
	width := gap * (len(t.columns) - 1)
	for _, c := range t.columns {
		width += c.width
	}
	return width
}

// shrink makes the table as narrow as asked, and says whether that can be. The widest of the
// columns that may be cut gives way first.
func (t *grid) shrink(columns int) bool {
	for i := len(t.columns) - 1; i >= 0 && t.width() > columns; i-- {
		if t.columns[i].spare {
			t.leaveOut(i)
		}
	}
	for t.width() > columns {
		widest := -1
		for i, c := range t.columns {
			if c.least > 0 && c.width > c.least && (widest < 0 || c.width > t.columns[widest].width) {
				widest = i
			}
		}
		if widest < 0 {
			return false
		}
		t.columns[widest].width--
	}
	return true
}

func (t *grid) leaveOut(i int) {
	t.columns = slices.Delete(t.columns, i, i+1)
	for n, line := range t.lines {
		if i < len(line) {
			t.lines[n] = slices.Delete(line, i, i+1)
		}
	}
}

func (t *grid) write(w io.Writer) error {
	var text strings.Builder
	for _, line := range t.lines {
		row := ""
		for i, cell := range line {
			c := &t.columns[i]
			cell = c.cut(cell, c.width)
			row += cell + strings.Repeat(" ", c.width-Width(cell)+gap)
		}
		text.WriteString(strings.TrimRight(row, " ") + "\n")
	}
	_, err := io.WriteString(w, text.String())
	return err
}

// writeRecords writes each row as lines of name and value, without those that have none.
func (t *grid) writeRecords(w io.Writer, columns int) error {
	var text strings.Builder
	for n, line := range t.lines[1:] {
		if n > 0 {
			text.WriteString("\n")
		}
		var fields [][2]string
		for i, cell := range line {
			name := ""
			if i < len(t.lines[0]) {
				name = strings.TrimSpace(t.lines[0][i])
			}
			switch {
			case cell == "" || t.columns[i].spare:
			case name == "":
				fields = append(fields, [2]string{"", cell})
			default:
				fields = append(fields, [2]string{name + ":", cell})
			}
		}
		writeFields(&text, fields, columns)
	}
	_, err := io.WriteString(w, text.String())
	return err
}

// Record writes a name and a value on each line. On a terminal, values that are too long go
// on below where they began.
func Record(w io.Writer, fields [][2]string) error {
	quoted := make([][2]string, len(fields))
	for i, f := range fields {
		quoted[i] = [2]string{Printable(f[0]), Printable(f[1])}
	}
	var text strings.Builder
	writeFields(&text, quoted, Columns(w))
	_, err := io.WriteString(w, text.String())
	return err
}

// writeFields writes values beside their names; a value without a name stands for itself.
func writeFields(text *strings.Builder, fields [][2]string, columns int) {
	indent := 0
	for _, f := range fields {
		if f[0] != "" {
			indent = max(indent, Width(f[0])+gap)
		}
	}
	for _, f := range fields {
		if f[0] == "" {
			fmt.Fprintln(text, strings.Join(wrap(f[1], columns), "\n"))
			continue
		}
		value := f[1]
		if columns > 0 {
			value = strings.Join(wrap(value, max(1, columns-indent)), "\n"+strings.Repeat(" ", indent))
		}
		fmt.Fprintln(text, strings.TrimRight(f[0]+strings.Repeat(" ", indent-Width(f[0]))+value, " "))
	}
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
