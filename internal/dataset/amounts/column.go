package amounts

import (
	"errors"
	"fmt"
)

// Columns learn from all rows of a file's columns of numbers which decimal sign they have.
type Columns struct {
	readings [Point | Comma + 1]reading // by the signs by which a number can be read
	open     reading                    // of those that are another number by the other sign
}

type reading struct {
	rows, line int
	example    string
}

func (r *reading) add(text []byte, line int) {
	if r.rows++; r.rows == 1 {
		r.line, r.example = line, string(text[:min(len(text), 40)])
	}
}

// Add takes a number of the next row.
func (c *Columns) Add(text []byte, line int) {
	if plain(text) {
		return
	}
	byPoint, err1 := Read(text, Point)
	byComma, err2 := Read(text, Comma)
	switch {
	case err1 == nil && err2 == nil && byPoint.shortened() != byComma.shortened():
		c.open.add(text, line)
	case err1 == nil && err2 != nil:
		c.readings[Point].add(text, line)
	case err2 == nil && err1 != nil:
		c.readings[Comma].add(text, line)
	}
}

// plain is true for digits alone, which say nothing.
func plain(text []byte) bool {
	for _, c := range text {
		if !digit(c) {
			return false
		}
	}
	return true
}

// Errors of columns whose rows do not tell the decimal sign.
var (
	ErrAmbiguous     = errors.New("point or comma may be the decimal sign")
	ErrContradictory = errors.New("the rows have different decimal signs")
)

// Sign is the decimal sign of all rows: the point where none has decimals. An error says what
// the rows leave open.
func (c *Columns) Sign() (Sign, error) {
	point, comma := c.readings[Point], c.readings[Comma]
	switch {
	case point.rows > 0 && comma.rows > 0:
		return 0, fmt.Errorf("%w: %q in line %d has a point, %q in line %d a comma", ErrContradictory, point.example, point.line, comma.example, comma.line)
	case comma.rows > 0:
		return Comma, nil
	case point.rows == 0 && c.open.rows > 0:
		return 0, fmt.Errorf("%w: %q in line %d, as all other numbers, can be read either way", ErrAmbiguous, c.open.example, c.open.line)
	}
	return Point, nil
}
