package backtest

import (
	"slices"
	"strings"
	"testing"

	"github.com/clvstream/clvstream/clv/fit"
)

// A baseline that beats every model is told of, and whether that is more than chance.
func TestBaselineThatBeatsEveryModel(t *testing.T) {
	for name, c := range map[string]struct {
		orders []int
		says   string
	}{
		"it does":                 {[]int{2, 2, 2, 2, 2, 2, 2, 2}, "by more than chance"},
		"it may be chance":        {[]int{0, 0, 0, 2, 2, 2, 2, 2}, "which may be chance"},
		"a model is nearer to it": {[]int{0, 0, 0, 0, 0, 0, 0, 2}, ""},
	} {
		var customers []fit.Held
		for _, n := range c.orders {
			customers = append(customers, fit.Held{Orders: n})
		}
		h := fit.Holdout{Customers: slices.Values(customers)}
		constant := func(name string, v float64) fit.Predictor {
			return fit.Predictor{Name: name, Orders: func(*fit.Held) float64 { return v }}
		}
		of := []fit.Predictor{constant("nbd", .5), constant("mbgnbd", .4), constant(fit.NaiveRate, 9), constant(fit.NaiveAverage, 1.6)}
		r := &Report{}
		for _, p := range of {
			r.Models = append(r.Models, newScored(h.Score(p)))
		}
		r.cautionNaive(h.Compare(of...), 2)
		switch {
		case c.says == "" && r.Cautions != nil:
			t.Errorf("%s: %+v", name, r.Cautions)
		case c.says != "" && (len(r.Cautions) != 1 || !strings.Contains(text(t, r), c.says) || !strings.Contains(r.Cautions[0].Text, "naive_average")):
			t.Errorf("%s: %+v", name, r.Cautions)
		}
	}
}
