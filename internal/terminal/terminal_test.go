package terminal

import (
	"bytes"
	"testing"
)

// Names come from events: one must not move the cursor or clear the screen.
func TestTableQuotesWhatSteersATerminal(t *testing.T) {
	var out bytes.Buffer
	if err := Table(&out, []string{"NAME", "N"}, [][]string{{"é\x1b[2J", "1"}, {"plain", "22"}}); err != nil {
		t.Fatal(err)
	}
	want := "NAME        N\n\"é\\x1b[2J\"  1\nplain       22\n"
	if out.String() != want {
		t.Errorf("got\n%q, want\n%q", out.String(), want)
	}
}

// Where nobody watches, what was done is left as one line, with the total if it is known.
func TestBarLeavesALine(t *testing.T) {
	for total, want := range map[int64]string{10: "rows: 7 of 10\n", 0: "rows: 7\n", -5: "rows: 7\n"} {
		var out bytes.Buffer
		b := NewBar(&out, "rows", total)
		b.Set(7)
		b.Done()
		if out.String() != want {
			t.Errorf("of %d: %q, want %q", total, out.String(), want)
		}
	}
	var none *Bar
	none.Set(1)
	none.Done()
}
