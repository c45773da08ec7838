package figures

import (
	"strings"
	"testing"
)

// Every customer is in exactly one group of each trait, under the name that is
// configured, or the number of the tier.
func TestGroupsHaveNames(t *testing.T) {
	b := someBase(t)
	for by, want := range map[string]string{
		"tier": "none, gold, tier 2", "channel": "none, tv", "stage": "none, active, cooling", "status": "prospect, active, churned", "cohort": "none, 1970-01, 1970-02",
	} {
		v, err := b.Segments(by)
		if err != nil {
			t.Fatal(err)
		}
		groups, err := GroupsOf(b, by, b.Stats)
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		var customers int64
		for i, s := range v.Segments {
			names = append(names, s.Segment)
			customers += s.Customers
			if g := groups.Segments[i]; g.Name != s.Segment || g.Figure.Total != s.Sums {
				t.Errorf("by %s: %+v in one figure, %+v in the other", by, s, g)
			}
		}
		if got := strings.Join(names, ", "); got != want || customers != v.Total.Customers || groups.All.Total != v.Total {
			t.Errorf("by %s: %s with %d customers, want %s", by, got, customers, want)
		}
	}
	if _, err := b.Segments("colour"); err == nil || !strings.Contains(err.Error(), `"colour": want channel, tier, cohort, stage, status`) {
		t.Error(err)
	}
	if _, err := GroupsOf(b, "", b.Stats); err == nil {
		t.Error("no trait is one")
	}
}
