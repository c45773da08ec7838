package terminal

import (
	"io"
	"os"
	"strconv"
	"strings"

	"github.com/rivo/uniseg"
	"golang.org/x/term"
)

// Columns is how many columns a writer shows; 0: there is no limit. A terminal says it, or the
// variable COLUMNS does, for whoever wants it otherwise. A file or a pipe has none: what
// reads it takes whole values.
func Columns(w io.Writer) int {
	if sized, ok := w.(interface{ Columns() int }); ok {
		return sized.Columns()
	}
	file, ok := w.(*os.File)
	if !ok || !Is(file) {
		return 0
	}
	if wanted, err := strconv.Atoi(os.Getenv("COLUMNS")); err == nil && wanted > 0 {
		return wanted
	}
	columns, _, err := term.GetSize(int(file.Fd()))
	if err != nil {
		return 0
	}
	return columns
}

// Width is how many columns of a screen a text takes: two for each Chinese character and most
// emoji, none for what combines with the character before.
func Width(text string) int { return uniseg.StringWidth(text) }

// Fit says what may become of columns where a terminal is too narrow for all of them. A
// column that nothing is said of keeps its values whole: numbers and times are worse than
// nothing where digits are missing.
type Fit struct {
	names  []string // of the columns
	least  int      // columns of the screen; 0: it is not cut
	middle bool
	spare  bool
}

// What a cut leaves at the least. Of twelve columns, six begin an id and five end it, which
// tells most apart; 19 hold a time, which stands whole in a column of texts, too.
const (
	leastOfIDs   = 12
	leastOfTexts = 19
)

// IDs are columns that may be cut in the middle: ids differ in their ends.
func IDs(columns ...string) Fit { return Fit{names: columns, least: leastOfIDs, middle: true} }

// Texts are columns that may be cut at their end.
func Texts(columns ...string) Fit { return Fit{names: columns, least: leastOfTexts} }

// Middle are columns of texts that may be cut in the middle, as both ends tell: an event and its
// amount, a topic and an offset.
func Middle(columns ...string) Fit { return Fit{names: columns, least: leastOfTexts, middle: true} }

// Spare are columns that are left out first: bars, which repeat a number.
func Spare(columns ...string) Fit { return Fit{names: columns, spare: true} }

const ellipsis = "…"

// cut is a text in at most so many columns.
func (f *Fit) cut(text string, columns int) string {
	over := Width(text) - columns
	if over <= 0 {
		return text
	}
	var clusters []string
	var widths []int
	for g := uniseg.NewGraphemes(text); g.Next(); {
		clusters, widths = append(clusters, g.Str()), append(widths, g.Width())
	}
	left := columns - 1 // beside the ellipsis
	tail := 0
	if f.middle {
		tail = left / 2
	}
	begin, end := 0, len(clusters)
	for room := tail; end > 0 && widths[end-1] <= room; end-- {
		room -= widths[end-1]
	}
	for room := left - tail; begin < end && widths[begin] <= room; begin++ {
		room -= widths[begin]
	}
	return strings.Join(clusters[:begin], "") + ellipsis + strings.Join(clusters[end:], "")
}

// wrap breaks a text at spaces into lines of at most so many columns; 0: one line. A word that
// is longer stays whole, so that it can be copied.
func wrap(text string, columns int) []string {
	if columns == 0 || Width(text) <= columns {
		return []string{text}
	}
	var lines []string
	line := ""
	for _, word := range strings.Fields(text) {
		switch {
		case line == "":
			line = word
		case Width(line)+1+Width(word) <= columns:
			line += " " + word
		default:
			lines, line = append(lines, line), word
		}
	}
	return append(lines, line)
}
