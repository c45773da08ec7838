package catalog

import (
	"slices"
	"testing"

	"github.com/clvstream/clvstream/clv/model"
)

// Whoever reads a description finds there what its kind promises.
func TestDescriptionsAreComplete(t *testing.T) {
	names := Names(model.KindChosen, model.KindPurchases, model.KindSpend, model.KindContract)
	for i, name := range names {
		if slices.Contains(names[:i], name) {
			t.Errorf("%s is listed twice", name)
		}
		e, ok := Find(name)
		if !ok || e.Title == "" {
			t.Errorf("%s: found %v, titled %q", name, ok, e.Title)
		}
		if _, known := Find(e.Nested); e.Nested != "" && !known {
			t.Errorf("%s: becomes %s, which is no model", name, e.Nested)
		}
		for _, has := range []struct {
			what         string
			has, promise bool
		}{
			{"Build", e.Build != nil, e.Kind != model.KindSpend},
			{"Explain", e.Explain != nil, e.Kind != model.KindSpend},
			{"Purchases", e.Purchases != nil, e.Kind == model.KindPurchases},
			{"Implied", e.Implied != nil, e.Kind == model.KindPurchases},
			{"FitPurchases", e.FitPurchases != nil, e.Kind == model.KindPurchases},
			{"FitSurvival", e.FitSurvival != nil, e.Kind == model.KindContract},
			{"FitSpend", e.FitSpend != nil, e.Kind == model.KindSpend},
		} {
			if has.has != has.promise {
				t.Errorf("%s: %s is there: %v, its kind promises %v", name, has.what, has.has, has.promise)
			}
		}
		for _, p := range e.Parameters {
			if p.Meaning == "" || !(p.Least < p.Most) || e.Parameter(p.Name) != p {
				t.Errorf("%s: %+v", name, p)
			}
		}
	}
	if _, ok := Find("lifetimes"); ok || len(names) != len(entries) {
		t.Errorf("%d entries are found under %d names", len(entries), len(names))
	}
}

// A model with a period is compared with the others only where one is asked for.
func TestCandidates(t *testing.T) {
	if got := Candidates(); !slices.Equal(got, []string{"bgnbd", "mbgnbd", "paretonbd", "nbd"}) {
		t.Errorf("candidates are %v", got)
	}
}
