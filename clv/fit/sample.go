package fit

import (
	"errors"
	"fmt"
	"math"

	"github.com/clvstream/clvstream/clv/model"
)

// ErrTooFew refuses a sample without the customers that a model needs.
var ErrTooFew = errors.New("too few customers to fit")

// Sample collects customers' summaries, equal ones merged into one row with a
// weight: ten million customers are seldom more than a million rows.
type Sample struct {
	unit  model.TimeUnit
	rows  []row
	index map[rowKey]int32

	days     []float64         // each distinct time once, in days; rows refer to it
	wholeDay []int32           // place in days of a whole number of days, −1 for none
	otherDay map[float64]int32 // place in days of any other
}

// row is a distinct row, with its times by their place in the sample's days.
type row struct {
	rowKey
	weight float64
}

type rowKey struct{ frequency, recency, age int32 }

// NewSample makes an empty sample whose models will count time in the unit.
func NewSample(unit model.TimeUnit) *Sample {
	return &Sample{unit: unit, index: make(map[rowKey]int32), otherDay: make(map[float64]int32)}
}

// Add counts weight customers of one summary; the weight is above 0 and finite.
func (s *Sample) Add(summary model.Summary, weight float64) error {
	if !(weight > 0 && weight <= math.MaxFloat32) {
		return fmt.Errorf("add to sample: weight is %v, allowed is above 0 and finite", weight)
	}
	key := rowKey{int32(summary.Frequency()), s.day(summary.Recency()), s.day(summary.Age())}
	at, known := s.index[key]
	if !known {
		at = int32(len(s.rows))
		s.index[key] = at
		s.rows = append(s.rows, row{rowKey: key})
	}
	s.rows[at].weight += weight
	return nil
}

// mostWholeDays bounds the table of whole days: two centuries.
const mostWholeDays = 73_050

// day is the place of a time in days.
func (s *Sample) day(t model.Span) int32 {
	days := t.In(model.UnitDay)
	whole := int(days)
	if float64(whole) != days || whole >= mostWholeDays {
		place, known := s.otherDay[days]
		if !known {
			place = s.place(days)
			s.otherDay[days] = place
		}
		return place
	}
	for len(s.wholeDay) <= whole {
		s.wholeDay = append(s.wholeDay, -1)
	}
	if s.wholeDay[whole] < 0 {
		s.wholeDay[whole] = s.place(days)
	}
	return s.wholeDay[whole]
}

func (s *Sample) place(days float64) int32 {
	s.days = append(s.days, days)
	return int32(len(s.days) - 1)
}

// Unit is what models that are fitted to it count time in.
func (s *Sample) Unit() model.TimeUnit { return s.unit }

// Rows is the number of distinct rows.
func (s *Sample) Rows() int { return len(s.rows) }

// table is rows laid out for evaluation, with the sums over them that need no
// more than x or T.
type table struct {
	rows                 []row
	times                []float64 // in the model's unit
	customers, repeaters float64
	mostFrequent         int
	byFrequency          []float64 // weight of the rows with x
	byAge, ordersByAge   []float64 // weight, and weight·x, of the rows with age times[i]
	meanFrequency        float64
	meanAge              float64
}

func (s *Sample) table() *table {
	times := make([]float64, len(s.days))
	for i, days := range s.days {
		times[i] = model.UnitDay.Span(days).In(s.unit)
	}
	return newTable(s.rows, times)
}

func newTable(rows []row, times []float64) *table {
	t := &table{rows: rows, times: times, byAge: make([]float64, len(times)), ordersByAge: make([]float64, len(times))}
	for i := range rows {
		t.mostFrequent = max(t.mostFrequent, int(rows[i].frequency))
	}
	t.byFrequency = make([]float64, t.mostFrequent+1)
	for i := range rows {
		r := &rows[i]
		orders := r.weight * float64(r.frequency)
		t.byFrequency[r.frequency] += r.weight
		t.byAge[r.age] += r.weight
		t.ordersByAge[r.age] += orders
		t.customers += r.weight
		t.meanFrequency += orders
		t.meanAge += r.weight * times[r.age]
	}
	if t.customers > 0 {
		t.repeaters = t.customers - t.byFrequency[0]
		t.meanFrequency /= t.customers
		t.meanAge /= t.customers
	}
	return t
}

// thin is a sample of the rows in proportion to their weights, at equal steps
// through the customers in the order in which they came: enough to find the
// neighbourhood of the optimum in a fraction of the time.
func (t *table) thin(picks int) *table {
	rows := make([]row, 0, picks)
	step := t.customers / float64(picks)
	reached, next := 0.0, step/2
	for i := range t.rows {
		r := t.rows[i]
		reached += r.weight
		picked := 0.0
		for ; next < reached; next += step {
			picked++
		}
		if picked > 0 {
			r.weight = picked * step
			rows = append(rows, r)
		}
	}
	return newTable(rows, t.times)
}
