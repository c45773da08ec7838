package dataset

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"

	"github.com/clvstream/clvstream/clv/money"
)

// Summary is what became of a file's rows, for results.
type Summary struct {
	Rows        int       `json:"rows"`
	RefusedRows int       `json:"refused_rows"`
	AsideRows   int       `json:"set_aside_rows"`
	Refused     []Counted `json:"refused,omitempty"`
	Aside       []Counted `json:"set_aside,omitempty"`
	Notes       []Counted `json:"notes,omitempty"`
}

// Counted are rows of one kind.
type Counted struct {
	Kind        string  `json:"kind"`
	Reason      string  `json:"reason"`
	Rows        int     `json:"rows"`
	ExampleLine int     `json:"example_line"`
	Example     string  `json:"example,omitempty"`
	Cure        string  `json:"cure,omitempty"`
	Money       []Money `json:"money,omitempty"`

	text string
}

// Money is a sum in one currency.
type Money struct {
	Currency string `json:"currency"`
	Amount   string `json:"amount"`
}

// MoneyOf lists sums by currency.
func MoneyOf(minor map[money.Currency]int64) []Money {
	var all []Money
	for _, c := range Currencies(minor) {
		all = append(all, Money{c.String(), money.FormatMinor(minor[c], c.Exponent())})
	}
	return all
}

// Summary sums the counts up.
func (s Stats) Summary() Summary {
	return Summary{s.Rows, s.RefusedRows(), s.AsideRows(), counted(s.Refused), counted(s.Aside), counted(s.Notes)}
}

func counted(tallies []Tally) []Counted {
	var all []Counted
	for _, t := range tallies {
		all = append(all, Counted{t.Kind, t.Reason.String(), t.Rows, t.Line, t.Example, t.Cure, MoneyOf(t.Minor), t.String()})
	}
	return all
}

// WriteText writes the kinds of rows for people; nothing where every row is an event.
func (s Summary) WriteText(w io.Writer) error {
	for _, part := range []struct {
		title   string
		rows    int
		counted []Counted
	}{{"refused", s.RefusedRows, s.Refused}, {"set aside", s.AsideRows, s.Aside}, {"to be looked at", 0, s.Notes}} {
		if len(part.counted) == 0 {
			continue
		}
		if part.rows > 0 {
			fmt.Fprintf(w, "%s: %d of %d rows\n", part.title, part.rows, s.Rows)
		} else {
			fmt.Fprintf(w, "%s:\n", part.title)
		}
		for _, c := range part.counted {
			if _, err := fmt.Fprintf(w, "  %s\n", c.text); err != nil {
				return err
			}
		}
	}
	return nil
}

// Currencies are the keys of sums by currency, in the order of their codes.
func Currencies(sums map[money.Currency]int64) []money.Currency {
	return slices.SortedFunc(maps.Keys(sums), func(a, b money.Currency) int { return cmp.Compare(a.String(), b.String()) })
}
