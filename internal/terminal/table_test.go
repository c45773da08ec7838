package terminal

import (
	"bytes"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/creack/pty"
)

var update = flag.Bool("update", false, "write testdata anew")

// sized is a writer that shows so many columns.
type sized struct {
	bytes.Buffer
	columns int
}

func (s *sized) Columns() int { return s.columns }

// wide is a table with each kind of column, with characters that are wider than one column of
// the screen.
func wide(w io.Writer) error {
	return Table(w, []string{"RECORD", "TIME", "CUSTOMER", "AMOUNT", "DETAIL", ""}, [][]string{
		{"shop-orders/0@10024", "2026-11-30 12:00:07", "7f9c2ba4-e88f-4271-9a11-0c5d8e6f1a2b", "1249.50", "amount is beyond the limit of 100000000 minor units of the currency", "██████"},
		{"shop-orders-of-the-northern-region/11@7", "2026-11-30 12:00:08", "客户编号-东京-一二三四五六七八九十", "9.00", "", "▏"},
		{"shop-orders/3@8", "2026-11-30 12:00:09", "🛒👩‍👩‍👧-e\u0301mile", "12.00", "種類が不明です", ""},
		{"shop-orders/3@9", "2026-11-30 12:00:10", "c\x1b[2J", "", "unknown", ""},
	}, Middle("RECORD"), IDs("CUSTOMER"), Texts("DETAIL"), Spare(""))
}

// A table fits the screen: bars go first, then texts and ids are cut, then rows are records.
// Numbers and times stay whole.
func TestTablesFitTheScreen(t *testing.T) {
	for _, columns := range []int{60, 80, 120, 160, 0} {
		out := &sized{columns: columns}
		if err := wide(out); err != nil {
			t.Fatal(err)
		}
		if err := Record(out, [][2]string{{"customer", "c42"}, {"  expected loss", "37.56 of the predicted value; best moment 2026-07-18; " + strings.Repeat("x", 70)}}); err != nil {
			t.Fatal(err)
		}
		text := out.String()
		for _, whole := range []string{"2026-11-30 12:00:07", "1249.50"} {
			if !strings.Contains(text, whole) {
				t.Errorf("%d columns: %s is cut", columns, whole)
			}
		}
		for line := range strings.Lines(text) {
			if w := Width(strings.TrimRight(line, "\n")); columns > 0 && w > columns && !strings.Contains(line, "xxxx") {
				t.Errorf("%d columns: a line takes %d: %s", columns, w, line)
			}
		}
		holdGolden(t, fmt.Sprintf("width-%d.txt", columns), text)
	}
}

func holdGolden(t *testing.T, name, text string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(want) != text {
		t.Errorf("differs from %s; with -update it is\n%s", path, text)
	}
}

// A cut never makes a text wider than its room, nor tears a character apart.
func TestCutsKeepCharactersWhole(t *testing.T) {
	for text, want := range map[string][2]string{ // at the end, in the middle
		"abcdefghijkl": {"abcdefg…", "abcd…jkl"},
		"abcdefgh":     {"abcdefgh", "abcdefgh"},
		"客户编号东京":       {"客户编…", "客户…京"},
		"e\u0301e\u0301e\u0301e\u0301e\u0301e\u0301e\u0301e\u0301e\u0301": {"e\u0301e\u0301e\u0301e\u0301e\u0301e\u0301e\u0301…", "e\u0301e\u0301e\u0301e\u0301…e\u0301e\u0301e\u0301"},
		"👩‍👩‍👧👩‍👩‍👧👩‍👩‍👧👩‍👩‍👧👩‍👩‍👧":                                       {"👩‍👩‍👧👩‍👩‍👧👩‍👩‍👧…", "👩‍👩‍👧👩‍👩‍👧…👩‍👩‍👧"},
	} {
		end, middle := Texts(""), IDs("")
		for i, got := range []string{end.cut(text, 8), middle.cut(text, 8)} {
			if got != want[i] || Width(got) > 8 {
				t.Errorf("%s: %q of %d columns, want %q", text, got, Width(got), want[i])
			}
		}
	}
}

// A terminal's own width counts, unless COLUMNS says another; a pipe has none.
func TestWidthOfATerminal(t *testing.T) {
	tty := newTerminal(t, 60)
	pipe, end, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _, _ = pipe.Close(), end.Close() }()
	for set, want := range map[string]int{"": 60, "100": 100, "0": 60, "-5": 60, "wide": 60} {
		t.Setenv("COLUMNS", set)
		if got := Columns(tty); got != want {
			t.Errorf("COLUMNS=%q: %d columns, want %d", set, got, want)
		}
		if got := Columns(end); got != 0 {
			t.Errorf("COLUMNS=%q: a pipe has %d columns", set, got)
		}
	}
}

func newTerminal(t *testing.T, columns uint16) *os.File {
	t.Helper()
	screen, tty, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _, _ = tty.Close(), screen.Close() })
	if err := pty.Setsize(screen, &pty.Winsize{Rows: 24, Cols: columns}); err != nil {
		t.Fatal(err)
	}
	return tty
}
