package statistics

import (
	"github.com/clvstream/clvstream/clv/calendar"
	"slices"
)

// Trend is what a group of customers did in one calendar month.
type Trend struct {
	Month        calendar.Month
	RevenueMinor int64 // of its orders, less refunds of it that came late
	MarginMinor  int64 // likewise
	CostMinor    int64 // of the customers who were acquired in it
	Orders       int64 // that stand
	Buyers       int64 // customers with a standing purchase day in it
	New          int64 // of them, those whose first it was
	WonBack      int64 // customers who became so in it; a customer may more than once
	Lost         int64 // likewise
	Churned      int64 // customers whose churn was confirmed in it and still stands
}

// Trends are the months with anything in them, ascending.
func (f *Figures) Trends() []Trend {
	months := map[calendar.Month]*Trend{}
	of := func(month calendar.Month) *Trend {
		if months[month] == nil {
			months[month] = &Trend{Month: month}
		}
		return months[month]
	}
	for at, places := range f.slots {
		switch {
		case *places == Places{}:
		case at.kind == CellMonth:
			t := of(calendar.Month(at.key))
			t.RevenueMinor, t.Orders = places[placeRevenue], places[placeOrders]
			t.MarginMinor, t.CostMinor = places[placeMargin], places[placeCost]
			t.New, t.WonBack = places[placeNew], places[placeWonBack]
			t.Lost, t.Churned = places[placeLost], places[placeChurned]
		case at.kind == CellReturned:
			for i, customers := range places {
				if customers != 0 {
					of(calendar.Month(at.key + at.part*monthsPerPart + int32(i))).Buyers += customers
				}
			}
		}
	}
	trends := make([]Trend, 0, len(months))
	for _, t := range months {
		trends = append(trends, *t)
	}
	slices.SortFunc(trends, func(a, b Trend) int { return int(a.Month - b.Month) })
	return trends
}

// CohortRow is a row of the retention triangle: of the customers whose first
// purchase day lies in a month, how many bought in it and in the months after.
type CohortRow struct {
	Cohort calendar.Month
	Bought []int64 // by months since; the first is the whole cohort
}

// Retention are the rows of the cohorts, ascending. A row ends with the last month
// in which anybody of it bought.
func (f *Figures) Retention() []CohortRow {
	rows := map[calendar.Month][]int64{}
	for at, places := range f.slots {
		if at.kind != CellReturned {
			continue
		}
		for i, customers := range places {
			if customers == 0 {
				continue
			}
			row, since := rows[calendar.Month(at.key)], int(at.part)*monthsPerPart+i
			if missing := since + 1 - len(row); missing > 0 {
				row = append(row, make([]int64, missing)...)
			}
			row[since] = customers
			rows[calendar.Month(at.key)] = row
		}
	}
	triangle := make([]CohortRow, 0, len(rows))
	for cohort, bought := range rows {
		triangle = append(triangle, CohortRow{cohort, bought})
	}
	slices.SortFunc(triangle, func(a, b CohortRow) int { return int(a.Cohort - b.Cohort) })
	return triangle
}
