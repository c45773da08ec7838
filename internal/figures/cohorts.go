package figures

import (
	"github.com/clvstream/clvstream/clv/calendar"
	"github.com/clvstream/clvstream/clv/statistics"
)

// Cohorts are the retention triangle.
type Cohorts struct {
	Cohorts []Cohort `json:"cohorts"`
}

// Cohort is the customers whose first purchase day lies in one month, and how many
// of them bought in it and in each month after.
type Cohort struct {
	Cohort    string    `json:"cohort"`
	Customers int64     `json:"customers"`
	Bought    []int64   `json:"bought"` // by months since the first, that one included
	Share     []float64 `json:"share"`  // of the cohort

	month calendar.Month
}

// Cohorts shows so many months after each cohort's first, as far as anybody has
// bought; 0: all.
func (b *Base) Cohorts(f *statistics.Figures, months int) Cohorts {
	var last calendar.Month
	for _, row := range b.Everybody().Retention() {
		last = max(last, row.Cohort+calendar.Month(len(row.Bought)-1))
	}
	v := Cohorts{Cohorts: []Cohort{}}
	for _, row := range triangle(f.Retention(), last, months) {
		one := Cohort{Cohort: row.Cohort.String(), Customers: row.Bought[0], Bought: row.Bought, month: row.Cohort}
		for _, bought := range row.Bought {
			one.Share = append(one.Share, Ratio(bought, one.Customers))
		}
		v.Cohorts = append(v.Cohorts, one)
	}
	return v
}

// triangle brings every row up to a month, but not beyond so many months after its
// first; 0: all. So a month without orders differs from one that has not come.
func triangle(rows []statistics.CohortRow, last calendar.Month, months int) []statistics.CohortRow {
	for i := range rows {
		row := &rows[i]
		length := int(last-row.Cohort) + 1
		if months > 0 {
			length = min(length, months+1)
		}
		if missing := length - len(row.Bought); missing > 0 {
			row.Bought = append(row.Bought, make([]int64, missing)...)
		}
		row.Bought = row.Bought[:length]
	}
	return rows
}

// Together weighs the cohorts together. A share is of those cohorts that have come
// so far.
func (v *Cohorts) Together() Cohort {
	all := Cohort{Cohort: "all"}
	var reached []int64
	for _, one := range v.Cohorts {
		all.Customers += one.Customers
		for since, bought := range one.Bought {
			if since == len(reached) {
				all.Bought, reached = append(all.Bought, 0), append(reached, 0)
			}
			all.Bought[since] += bought
			reached[since] += one.Customers
		}
	}
	for since, bought := range all.Bought {
		all.Share = append(all.Share, Ratio(bought, reached[since]))
	}
	return all
}

// Sheet has a row for each cohort and month.
func (v Cohorts) Sheet() Sheet {
	s := Sheet{Header: []string{"cohort", "month", "months_since", "customers", "share"}}
	for _, one := range v.Cohorts {
		for since, bought := range one.Bought {
			s.add(one.Cohort, one.month+calendar.Month(since), since, bought, one.Share[since])
		}
	}
	return s
}
