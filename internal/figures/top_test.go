package figures

import (
	"slices"
	"testing"

	"github.com/clvstream/clvstream/clv/statistics"
)

// The share that is asked for is among those shown, once, and those of groups add up
// to everybody's best.
func TestTopShares(t *testing.T) {
	b := someBase(t)
	for share, want := range map[float64]int{0.3: 6, 0.2: 5, 1: 6} {
		v := b.Top(b.Everybody(), share)
		if len(v.Shares) != want || !slices.IsSortedFunc(v.Shares, func(a, b TopShare) int { return int(1000 * (a.Share - b.Share)) }) ||
			!slices.ContainsFunc(v.Shares, func(s TopShare) bool { return s.Share == share && s.Value == v.Value }) {
			t.Errorf("%v: %+v", share, v)
		}
	}
	groups, err := GroupsOf(b, "tier", func(f *statistics.Figures) Top { return b.Top(f, 0.5) })
	if err != nil {
		t.Fatal(err)
	}
	var least, most int64
	for _, g := range groups.Segments {
		least, most = least+*g.Figure.AmongBestLeast, most+*g.Figure.AmongBestMost
	}
	if all := groups.All; all.Customers != 2 || least != 2 || most != 2 || all.AmongBestLeast != nil || all.Value.String() != "60.00" || *all.Holds < 0.93 {
		t.Errorf("%d to %d of %+v", least, most, all)
	}
}
