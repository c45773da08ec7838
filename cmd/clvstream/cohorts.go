package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/clvstream/clvstream/clv/calendar"
	"github.com/clvstream/clvstream/clv/statistics"
)

func newCohorts() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "cohorts",
		Short: "Show how many customers of each month bought again in the months after (the retention triangle)",
		Long: `A cohort is the customers whose first purchase day lies in one month. A row shows
its size and which share of it bought again 1, 2, 3, … months later. The last row
weighs the cohorts together, each as far as it has come. The triangle ends with the
last month in which anybody bought.`,
		Example: `  clvstream cohorts --redis 127.0.0.1:6379
  clvstream cohorts --by channel --months 6
  clvstream cohorts --months 0 --csv > triangle.csv`,
	}
	months := cmd.Flags().Int("months", 12, "show so many months after the first; 0: all")
	return figuresCommand(cmd, view{
		check: func() error { return checkMonths(*months) },
		of: func(b *base, f *statistics.Figures) shown {
			return cohorts(triangle(f.Retention(), b.lastMonth(), *months))
		},
	})
}

type cohortsView struct {
	Cohorts []cohortView `json:"cohorts"`
}

type cohortView struct {
	Cohort    string    `json:"cohort"`
	Customers int64     `json:"customers"`
	Bought    []int64   `json:"bought"` // by months since the first, that one included
	Share     []float64 `json:"share"`  // of the cohort
}

func cohorts(rows []statistics.CohortRow) shown {
	view := cohortsView{Cohorts: []cohortView{}}
	csv := sheet{header: []string{"cohort", "month", "months_since", "customers", "share"}}
	for _, row := range rows {
		one := cohortView{Cohort: row.Cohort.String(), Customers: row.Bought[0], Bought: row.Bought}
		for since, bought := range row.Bought {
			share := ratio(bought, one.Customers)
			one.Share = append(one.Share, share)
			csv.add(one.Cohort, (row.Cohort + calendar.Month(since)).String(), whole(int64(since)), whole(bought), decimals(share))
		}
		view.Cohorts = append(view.Cohorts, one)
	}
	return shown{json: view, csv: csv, caption: "of the customers who first bought in a month, % who bought again so many months later", text: func(out io.Writer, charts bool) error {
		return printCohorts(out, rows, charts)
	}}
}

// lastMonth is the last one in which anybody bought.
func (b *base) lastMonth() (last calendar.Month) {
	for _, row := range b.Everybody().Retention() {
		last = max(last, row.Cohort+calendar.Month(len(row.Bought)-1))
	}
	return last
}

// triangle brings every row up to a month, but not beyond so many months after its
// first; 0: all.
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

// heights fill a cell of a terminal from below.
var heights = []rune("▁▂▃▄▅▆▇█")

func height(share float64) string {
	return string(heights[min(int(share*float64(len(heights))), len(heights)-1)])
}

func printCohorts(out io.Writer, rows []statistics.CohortRow, charts bool) error {
	if len(rows) == 0 {
		fmt.Fprintln(out, nobodyBought)
		return nil
	}
	all, reached := together(rows)
	header := []string{"COHORT", "CUSTOMERS"}
	var most float64 // share of any cohort that came back: the highest column
	for since := 1; since < len(all); since++ {
		header = append(header, fmt.Sprint("+", since))
		for _, row := range rows {
			if since < len(row.Bought) {
				most = max(most, ratio(row.Bought[since], row.Bought[0]))
			}
		}
	}
	var cells [][]string
	for _, row := range rows {
		cells = append(cells, cohortRow(row.Cohort.String(), row.Bought, func(int) int64 { return row.Bought[0] }, most, charts))
	}
	if len(rows) > 1 {
		cells = append(cells, cohortRow("all", all, func(since int) int64 { return reached[since] }, most, charts))
	}
	return table(out, header, cells)
}

// together counts by months since the first: who bought, and how many there were of
// the cohorts that have come so far.
func together(rows []statistics.CohortRow) (all, reached []int64) {
	for _, row := range rows {
		for since, bought := range row.Bought {
			if since == len(all) {
				all, reached = append(all, 0), append(reached, 0)
			}
			all[since] += bought
			reached[since] += row.Bought[0]
		}
	}
	return all, reached
}

// cohortRow is shares in per cent, each with a small column beside it.
func cohortRow(name string, bought []int64, of func(since int) int64, most float64, charts bool) []string {
	row := []string{name, whole(bought[0])}
	for since := 1; since < len(bought); since++ {
		share := ratio(bought[since], of(since))
		text := fmt.Sprintf("%.0f", 100*share)
		if charts && most > 0 {
			text += height(share / most)
		}
		row = append(row, text)
	}
	return row
}
