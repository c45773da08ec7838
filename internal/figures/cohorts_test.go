package figures

import (
	"slices"
	"testing"

	"github.com/clvstream/clvstream/clv/statistics"
)

// A row of the triangle goes to the last month in which anybody bought, so that a
// month without orders differs from one that has not come.
func TestTriangleEndsWithTheLastMonth(t *testing.T) {
	rows := triangle([]statistics.CohortRow{{Cohort: 0, Bought: []int64{4, 0, 1}}, {Cohort: 1, Bought: []int64{2}}, {Cohort: 5, Bought: []int64{1}}}, 5, 3)
	for i, want := range []int{4, 4, 1} {
		if len(rows[i].Bought) != want {
			t.Errorf("cohort %s has %d months, want %d", rows[i].Cohort, len(rows[i].Bought), want)
		}
	}
}

// A share of all cohorts is of those that have come so far.
func TestCohortsAreWeighedTogether(t *testing.T) {
	v := Cohorts{Cohorts: []Cohort{{Customers: 4, Bought: []int64{4, 1, 2}}, {Customers: 6, Bought: []int64{6, 3}}, {Customers: 1, Bought: []int64{1}}}}
	all := v.Together()
	if all.Customers != 11 || !slices.Equal(all.Bought, []int64{11, 4, 2}) || !slices.Equal(all.Share, []float64{1, 0.4, 0.5}) {
		t.Errorf("%+v", all)
	}
}
