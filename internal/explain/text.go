package explain

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/clvstream/clvstream/clv/formula"
	"github.com/clvstream/clvstream/clv/money"
)

// textColumns is the width of the text: it is read in terminals.
const textColumns = 92

// WriteText writes the steps for a person, each formula with its numbers.
func (e *Explanation) WriteText(w io.Writer) error {
	var b strings.Builder
	for i, step := range e.Steps {
		fmt.Fprintf(&b, "\n%d. %s\n", i+1, step.Title)
		wrap(&b, step.Words, "   ")
		symbols := 0
		for _, f := range step.Formulas {
			symbols = max(symbols, utf8.RuneCountInString(f.Symbol))
		}
		for _, f := range step.Formulas {
			e.writeFormula(&b, f, symbols)
		}
	}
	e.writeIntervals(&b)
	_, err := io.WriteString(w, b.String())
	return err
}

// writeFormula writes a quantity in up to three lines, the equals signs below
// each other.
func (e *Explanation) writeFormula(b *strings.Builder, f formula.Formula, symbols int) {
	b.WriteByte('\n')
	result := e.Shown(f)
	lead := f.Symbol + strings.Repeat(" ", symbols-utf8.RuneCountInString(f.Symbol))
	for i, part := range []string{f.General, f.Numbers, result} {
		if part == "" || i > 0 && part == f.General { // it says nothing new
			continue
		}
		fmt.Fprintf(b, "     %s = %s\n", lead, part)
		lead = strings.Repeat(" ", symbols)
	}
}

// Shown is a formula's value for people, with its unit.
func (e *Explanation) Shown(f formula.Formula) string {
	switch {
	case strings.HasPrefix(f.Unit, formula.MinorUnits):
		return string(money.AppendMajor(nil, f.Value, e.Model.Currency.Exponent())) + " " + e.Model.Currency.String()
	case f.Unit == "":
		return formula.Number(f.Value)
	default:
		return formula.Number(f.Value) + " " + f.Unit
	}
}

// wrap breaks text between words.
func wrap(b *strings.Builder, text, indent string) {
	column := textColumns + 1
	for word := range strings.FieldsSeq(text) {
		length := utf8.RuneCountInString(word)
		if column+1+length > textColumns {
			if column <= textColumns {
				b.WriteByte('\n')
			}
			b.WriteString(indent)
			column = len(indent)
		} else {
			b.WriteByte(' ')
			column++
		}
		b.WriteString(word)
		column += length
	}
	b.WriteByte('\n')
}
