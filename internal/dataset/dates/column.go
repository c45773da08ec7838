package dates

import (
	"errors"
	"fmt"
	"time"
)

// Column learns from all rows of a column in which form they are.
type Column struct {
	loc       *time.Location
	only      Form
	readings  [Any + 1]reading // by the forms in which a row can be read
	latest    [6]int64         // by form: the time of the row before
	backwards [6]int           // by form: rows earlier than the row before
	zoneless  [6]int
}

// reading is how many rows can be read so, and the first of them.
type reading struct {
	rows, line int
	example    string
}

// NewColumn is a column whose times without a zone are in loc. Its form may be known; 0: it
// is not.
func NewColumn(loc *time.Location, form Form) *Column { return &Column{loc: loc, only: form} }

// Add takes the next row's time.
func (c *Column) Add(text []byte, line int) {
	var forms Form
	possible := c.only
	if possible == 0 {
		possible = candidates(text)
	}
	for i, f := 0, YearFirst; f <= UnixMicros; i, f = i+1, f<<1 {
		if possible&f == 0 {
			continue
		}
		t, ok := Read(text, f, c.loc)
		if !ok {
			continue
		}
		forms |= f
		c.follow(i, t)
	}
	r := &c.readings[forms]
	if r.rows++; r.rows == 1 {
		r.line, r.example = line, string(text[:min(len(text), 40)])
	}
}

func (c *Column) follow(i int, t Time) {
	if t.Micros < c.latest[i] {
		c.backwards[i]++
	}
	c.latest[i] = t.Micros
	if !t.Zoned {
		c.zoneless[i]++
	}
}

// Errors of a column whose rows do not tell its form.
var (
	ErrAmbiguous     = errors.New("more than one reading is possible")
	ErrContradictory = errors.New("the rows are written in different ways")
)

// Form is the one in which all rows are that are times at all; 0 if none is. An error says
// what the rows leave open.
func (c *Column) Form() (Form, error) {
	common, seen := Any, false
	for forms, r := range c.readings {
		if forms > 0 && r.rows > 0 {
			common, seen = common&Form(forms), true
		}
	}
	switch {
	case !seen:
		return 0, nil
	case common == 0:
		return 0, c.contradiction()
	case common&(common-1) != 0:
		r := c.readings[common]
		return 0, fmt.Errorf("%w: %q in line %d, as all other times, can be %s (such as %s)", ErrAmbiguous, r.example, r.line, common, common.Example())
	}
	return common, nil
}

// contradiction names two rows that no form reads both.
func (c *Column) contradiction() error {
	for a := range c.readings {
		for b := a + 1; b < len(c.readings); b++ {
			one, other := c.readings[a], c.readings[b]
			if a > 0 && one.rows > 0 && other.rows > 0 && a&b == 0 {
				return fmt.Errorf("%w: %q in line %d is %s, %q in line %d is %s", ErrContradictory, one.example, one.line, Form(a), other.example, other.line, Form(b))
			}
		}
	}
	return ErrContradictory
}

// Backwards is how many rows, read in the form, are earlier than the row before.
func (c *Column) Backwards(form Form) int { return c.backwards[form.index()] }

// Zoneless is how many rows, read in the form, say no zone.
func (c *Column) Zoneless(form Form) int { return c.zoneless[form.index()] }

// index is the place of a single form.
func (f Form) index() int {
	i := 0
	for f > 1 {
		f >>= 1
		i++
	}
	return i
}
