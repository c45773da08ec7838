package dataset

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/clvstream/clvstream/internal/dataset/dates"
)

// take reads a row.
func (s *survival) take(row []field) error {
	if s.width == 0 {
		s.width = len(row)
	}
	if len(row) != s.width || s.survivors >= len(row) || s.period >= len(row) {
		return fmt.Errorf("line %d has %d columns, which is not what the first line and the chosen columns say", row[0].line, len(row))
	}
	if len(s.values) == mostPeriods {
		return fmt.Errorf("line %d: more than %d periods", row[0].line, mostPeriods)
	}
	if err := s.takePeriod(row); err != nil {
		return err
	}
	f := row[s.survivors]
	text := strings.TrimSpace(strings.TrimSuffix(string(f.text), "%"))
	v, err := strconv.ParseFloat(text, 64)
	if err != nil || !(v >= 0 && v <= math.MaxFloat32) {
		return fmt.Errorf("line %d, column %d: %s is not a number of survivors, 0 or more", f.line, f.column, shown(f.text))
	}
	if n := len(s.values); n > 0 && v > s.values[n-1] {
		return fmt.Errorf("line %d, column %d: %s is more than in the period before; survivors cannot increase", f.line, f.column, shown(f.text))
	}
	s.values = append(s.values, v)
	s.next++
	return nil
}

// takePeriod holds the periods to 0, 1, 2, … or, where the cohort's size is
// given, 1, 2, ….
func (s *survival) takePeriod(row []field) error {
	if s.period < 0 {
		s.first = 0
		return nil
	}
	f := row[s.period]
	n, ok := dates.WholeNumber(f.text)
	if s.first < 0 && ok && n <= 1 {
		s.first, s.next = n, n
	}
	if !ok || s.first < 0 || n != s.next {
		return fmt.Errorf("line %d, column %d: the period %s is not %d: periods begin with 0 (or 1) and have no gaps", f.line, f.column, shown(f.text), s.next)
	}
	return nil
}

// scaled are the survivors as numbers of customers, from the cohort on.
func (s *survival) scaled() ([]float64, error) {
	values, cohort := s.values, s.opts.Cohort
	if len(values) == 0 {
		return nil, errors.New("there is no row below the header")
	}
	whole := values[0]
	switch {
	case s.first == 1 && cohort == 0:
		return nil, errors.New("the periods begin with 1: give the cohort's size, or a row for period 0")
	case s.first == 1:
		whole = wholeOf(values, cohort)
		values = append([]float64{whole}, values...)
	case cohort == 0 && (whole == 1 || whole == 100 && !allWhole(values)):
		return nil, fmt.Errorf("the survivors are shares, which begin with %v: give the cohort's size, which standard errors need", whole)
	case cohort == 0:
		return values, nil
	case whole != cohort && whole != 1 && whole != 100:
		return nil, fmt.Errorf("period 0 has %v customers but the given cohort size is %v: make them equal", whole, cohort)
	}
	scaled := make([]float64, len(values))
	for n, v := range values {
		scaled[n] = v / whole * cohort
	}
	if len(scaled) > 1 && scaled[1] > cohort {
		return nil, fmt.Errorf("%v customers renewed, of a cohort of %v", scaled[1], cohort)
	}
	return scaled, nil
}

// wholeOf is what the cohort counts as in a file that begins with period 1.
func wholeOf(values []float64, cohort float64) float64 {
	switch {
	case values[0] <= 1 && cohort > 1:
		return 1
	case values[0] <= 100 && !allWhole(values):
		return 100
	default:
		return cohort
	}
}

func allWhole(values []float64) bool {
	for _, v := range values {
		if v != math.Trunc(v) {
			return false
		}
	}
	return true
}
