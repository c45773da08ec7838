package dataset

import (
	"fmt"

	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/clv/money"
)

// Stats are what was read so far.
type Stats struct {
	Lines   int     // lines read, headers and empty ones too
	Rows    int     // rows of data
	Events  int     // events that came of them
	Refused []Tally // rows that cannot be events, by kind
	Aside   []Tally // rows that can be read, and are no event of a customer's
	Notes   []Tally // of events, what may not be as it was meant
}

// Tally counts rows of one kind.
type Tally struct {
	Trouble
	Reason  history.RefusalReason
	Rows    int
	Line    int    // the first of them
	Example string // what the first of them is refused for
	Minor   map[money.Currency]int64
}

// RefusedRows is the sum of Refused.
func (s Stats) RefusedRows() int { return rowsOf(s.Refused) }

// AsideRows is the sum of Aside.
func (s Stats) AsideRows() int { return rowsOf(s.Aside) }

func rowsOf(tallies []Tally) int {
	sum := 0
	for _, t := range tallies {
		sum += t.Rows
	}
	return sum
}

// Count adds a row that is no event.
func (s *Stats) Count(e *RowError) {
	if e.Trouble.Aside {
		s.Aside = count(s.Aside, e)
	} else {
		s.Refused = count(s.Refused, e)
	}
}

func count(to []Tally, e *RowError) []Tally {
	at := -1
	for i := range to {
		if to[i].Kind == e.Trouble.Kind {
			at = i
		}
	}
	if at < 0 {
		at = len(to)
		to = append(to, Tally{Trouble: e.Trouble, Reason: e.Refusal.Reason, Line: e.Line, Example: e.Refusal.Detail})
	}
	t := &to[at]
	t.Rows += max(e.Rows, 1)
	if e.Currency != (money.Currency{}) {
		if t.Minor == nil {
			t.Minor = map[money.Currency]int64{}
		}
		t.Minor[e.Currency] += e.Minor
	}
	return to
}

// Enough is an error if more than the share of the rows is refused, or all are, or there are
// none.
func (s Stats) Enough(name string, share float64) error {
	refused := s.RefusedRows()
	switch {
	case s.Rows == 0:
		return fmt.Errorf("read %s: there is no row below the header", name)
	case refused == s.Rows:
		return fmt.Errorf("read %s: every one of its %d rows is refused:%s", name, s.Rows, said(s.Refused))
	case s.Events == 0:
		return fmt.Errorf("read %s: none of its %d rows is an event of a customer's:%s%s", name, s.Rows, said(s.Refused), said(s.Aside))
	case float64(refused) > share*float64(s.Rows):
		return fmt.Errorf("read %s: %d of its %d rows are refused, more than %.4g %%; --max-refused allows more:%s", name, refused, s.Rows, 100*share, said(s.Refused))
	}
	return nil
}

// said is a line per kind.
func said(tallies []Tally) string {
	text := ""
	for _, t := range tallies {
		text += "\n  " + t.String()
	}
	return text
}

// String is a line for people.
func (t Tally) String() string {
	text := fmt.Sprintf("%d %s, such as line %d", t.Rows, t.Kind, t.Line)
	if t.Example != "" {
		text += ": " + t.Example
	}
	for _, c := range t.currencies() {
		text += fmt.Sprintf("; %s %s", money.FormatMinor(t.Minor[c], c.Exponent()), c)
	}
	if t.Cure != "" {
		text += "; cure: " + t.Cure
	}
	return text
}

// currencies are those of Minor by their codes.
func (t Tally) currencies() []money.Currency { return Currencies(t.Minor) }
