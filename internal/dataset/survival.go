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
		return errors.New("the file is empty: it needs a header and a row per period, such as period,survivors")
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

// findHeader is the index of the first of names that the header has, in its
// exact letters or else in any case, or −1.
func findHeader(header, names []string) (int, error) {
	for _, name := range names {
		if name == "" {
			continue
		}
		found, exact := -1, false
		for i, h := range header {
			same := h == name
			if !same && (exact || !strings.EqualFold(h, name)) {
				continue
			}
			if found >= 0 && same == exact {
				return -1, fmt.Errorf("the header has the column %q twice: give each its own name", name)
			}
			found, exact = i, same
		}
		if found >= 0 {
			return found, nil
		}
	}
	return -1, nil
}
