package dataset

import (
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
)

// SurvivalOptions describe a file of how many of a cohort were left after each
// period.
type SurvivalOptions struct {
	Name    string // the file's name, for errors
	Columns SurvivalColumns
	Cohort  float64 // customers at the beginning; 0: what the file's first row says
	Last    int     // the last period that counts; 0: all
}

// SurvivalColumns name the columns of a survival file by its header, or by
// numbers from 1 in a file without one. Empty names are looked for.
type SurvivalColumns struct {
	Period    string // the number of renewals, ascending by 1
	Survivors string // those left: their number, or their share of the cohort in 1 or in percent
}

// ParseSurvivalColumns reads "period=year,survivors=regular_pct"; share is
// another word for survivors.
func ParseSurvivalColumns(list string) (c SurvivalColumns, err error) {
	if strings.TrimSpace(list) == "" {
		return c, nil
	}
	for pair := range strings.SplitSeq(list, ",") {
		name, column, ok := strings.Cut(pair, "=")
		column = strings.TrimSpace(column)
		field := &c.Survivors
		switch strings.TrimSpace(name) {
		case "period":
			field = &c.Period
		case "survivors", "share":
		default:
			return c, fmt.Errorf("read columns: %q is none of period, survivors, share", strings.TrimSpace(name))
		}
		if !ok || column == "" {
			return c, fmt.Errorf("read columns: %q is not field=column, such as survivors=customers_left", pair)
		}
		if *field != "" {
			return c, fmt.Errorf("read columns: %s is named twice", strings.TrimSpace(name))
		}
		*field = column
	}
	return c, nil
}

// mostPeriods bounds a survival file: daily renewals over a century.
const mostPeriods = 40_000

// ReadSurvival reads a delimited file of one row a period. The answer's element n
// is how many customers renewed n times, element 0 the cohort. Numbers that begin
// with 100 or 1, where the cohort is of another size, are shares in percent or
// in 1.
func ReadSurvival(src io.Reader, opts SurvivalOptions) ([]float64, error) {
	survivors, err := readSurvival(src, opts)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", opts.Name, err)
	}
	return survivors, nil
}

func readSurvival(src io.Reader, opts SurvivalOptions) ([]float64, error) {
	if !(opts.Cohort >= 0 && opts.Cohort <= math.MaxFloat32) {
		return nil, fmt.Errorf("the cohort's size is %v: allowed is a number of customers", opts.Cohort)
	}
	lines, err := newLines(src, Options{Name: opts.Name})
	if err != nil {
		return nil, err
	}
	s := survival{records: records{lines: lines}, opts: opts, first: -1}
	if err := s.settle(); err != nil {
		return nil, err
	}
	for {
		row, err := s.records.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err == nil {
			err = s.take(row)
		}
		if err != nil {
			return nil, err
		}
		if opts.Last > 0 && s.next > opts.Last {
			break
		}
	}
	return s.scaled()
}

// survival is a file under way.
type survival struct {
	records           records
	opts              SurvivalOptions
	period, survivors int // indices of the columns; period −1: none, rows count from 0
	width             int
	first, next       int // the first row's period, −1 before it; the period of the next row
	values            []float64
}

// settle finds delimiter and columns.
func (s *survival) settle() error {
	first, err := s.records.lines.nextFull()
	if errors.Is(err, io.EOF) {
		return errors.New("the file is empty: it needs a header and a row a period, such as period,survivors")
	}
	if err != nil {
		return err
	}
	s.records.delimiter = sniff(first)
	s.records.lines.repeat(first)
	c := s.opts.Columns
	if survivors, err := strconv.Atoi(c.Survivors); err == nil {
		return s.settleNumbers(survivors)
	}
	header, err := s.records.next()
	if err != nil {
		return err
	}
	names := make([]string, len(header))
	for i, name := range header {
		names[i] = string(name.text)
	}
	s.width = len(names)
	if s.period, err = column(names, c.Period, "period", []string{"period", "renewal", "renewals", "year", "month", "week", "day"}); err != nil {
		return err
	}
	s.survivors, err = column(names, c.Survivors, "survivors", []string{"survivors", "survived", "surviving", "alive", "customers", "share", "survival", "retained", "pct", "percent"})
	if err != nil {
		return err
	}
	if s.survivors < 0 {
		if s.survivors, err = onlyOther(names, s.period); err != nil {
			return err
		}
	}
	return nil
}

// settleNumbers takes columns by number, in a file without a header.
func (s *survival) settleNumbers(survivors int) error {
	period := 0
	if s.opts.Columns.Period != "" {
		var err error
		if period, err = strconv.Atoi(s.opts.Columns.Period); err != nil {
			return errors.New("one column is chosen by number and one by name: choose both in one way")
		}
		if period < 1 {
			return fmt.Errorf("column %d of period is not 1 or more", period)
		}
	}
	if survivors < 1 {
		return fmt.Errorf("column %d of survivors is not 1 or more", survivors)
	}
	s.period, s.survivors = period-1, survivors-1
	return nil
}

// column is the index of the column chosen, or of one of those names, or −1.
func column(header []string, chosen, what string, names []string) (int, error) {
	if chosen != "" {
		names = []string{chosen}
	}
	at, err := findHeader(header, names)
	if err == nil && at < 0 && chosen != "" {
		err = fmt.Errorf("there is no column %q for %s: the header has %s", chosen, what, strings.Join(header, ", "))
	}
	return at, err
}

// onlyOther is the one column beside the period's.
func onlyOther(header []string, period int) (int, error) {
	if len(header) > 2 || len(header) == 2 && period < 0 {
		return 0, fmt.Errorf("which column holds the survivors? name it, as in survivors=COLUMN; the header has %s", strings.Join(header, ", "))
	}
	if len(header) == 1 && period == 0 {
		return 0, fmt.Errorf("no column holds the survivors; the header has %s", header[0])
	}
	return len(header) - 1 - max(period, 0), nil
}

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
		return fmt.Errorf("line %d, column %d: %s is not how many were left: a number of 0 or more", f.line, f.column, shown(f.text))
	}
	if n := len(s.values); n > 0 && v > s.values[n-1] {
		return fmt.Errorf("line %d, column %d: %s is more than in the period before; who left does not come back", f.line, f.column, shown(f.text))
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
	n, ok := number(f.text)
	if s.first < 0 && ok && n <= 1 {
		s.first, s.next = n, n
	}
	if !ok || s.first < 0 || n != s.next {
		return fmt.Errorf("line %d, column %d: the period %s is not %d: periods begin with 0 (or 1) and go on one by one", f.line, f.column, shown(f.text), s.next)
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
		return nil, fmt.Errorf("the survivors are shares, which begin with %v: give the cohort's size, without which errors cannot be told", whole)
	case cohort == 0:
		return values, nil
	case whole != cohort && whole != 1 && whole != 100:
		return nil, fmt.Errorf("period 0 has %v customers and the cohort is given as %v: which is it?", whole, cohort)
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
