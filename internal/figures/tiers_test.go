package figures

import (
	"encoding/json"
	"errors"
	"testing"

	"github.com/clvstream/clvstream/clv/standing"
	"github.com/clvstream/clvstream/internal/config"
)

func TestTiersHaveBorders(t *testing.T) {
	amounts := []config.TierBorder{{Name: "silver", From: "60"}, {Name: "gold", From: "150.5"}}
	percentiles := []config.TierBorder{{Name: "silver", Percentile: 50}, {Name: "gold", Percentile: 90}}
	for _, c := range []struct {
		configured []config.TierBorder
		cutMinor   []int64
		want       string
	}{
		{nil, nil, `{"currency":"USD","tiers":[]}`},
		{amounts, nil, `{"currency":"USD","tiers":[{"name":"silver","from":"60"},{"name":"gold","from":"150.5"}]}`},
		{amounts, []int64{1, 2, 3}, `{"currency":"USD","tiers":[{"name":"silver","from":"60"},{"name":"gold","from":"150.5"}]}`},
		{percentiles, nil, `{"currency":"USD","tiers":[{"name":"silver","percentile":50,"from":null},{"name":"gold","percentile":90,"from":null}]}`},
		{percentiles, []int64{1000, 2050}, `{"currency":"USD","tiers":[{"name":"silver","percentile":50,"from":"10.00"},{"name":"gold","percentile":90,"from":"20.50"}]}`},
	} {
		v, err := TiersOf(c.configured, c.cutMinor, dollars(t))
		if err != nil {
			t.Fatal(err)
		}
		if got, err := json.Marshal(v); err != nil || string(got) != c.want {
			t.Errorf("%v cut at %v: %s, %v, want %s", c.configured, c.cutMinor, got, err, c.want)
		}
		if v.ByPercentile() != (len(c.configured) > 0 && c.configured[0].Percentile > 0) {
			t.Errorf("%v: by percentile %v", c.configured, v.ByPercentile())
		}
	}
	if _, err := TiersOf(percentiles, []int64{1000}, dollars(t)); !errors.Is(err, standing.ErrOtherTiers) {
		t.Errorf("borders of other tiers: %v", err)
	}
}
