package figures

import (
	"testing"

	"github.com/clvstream/clvstream/clv/statistics"
)

// Groups are shown over the same months as everybody.
func TestTrendEndsWithEverybodysMonths(t *testing.T) {
	b := someBase(t)
	groups, err := GroupsOf(b, "tier", func(f *statistics.Figures) Trend { return b.Trend(f, 1) })
	if err != nil {
		t.Fatal(err)
	}
	if all := groups.All.Months; len(all) != 1 || all[0].Month != "1970-02" || all[0].Orders != 3 {
		t.Errorf("the last month is %+v", all)
	}
	for _, g := range groups.Segments {
		if months := g.Figure.Months; len(months) > 0 && months[0].Month != "1970-02" {
			t.Errorf("%s has %+v", g.Name, months)
		}
	}
}
