package calibrate

import (
	"slices"
	"testing"
	"time"

	"github.com/clvstream/clvstream/clv/fit"
	"github.com/clvstream/clvstream/clv/model"
)

// A model file says of a fit all that a reader of its values has to know, once.
func TestFileOfAFit(t *testing.T) {
	usd := currency(t, "USD")
	nbd := fit.Result{
		Model: "nbd", Customers: 100, Repeaters: 40, Warnings: []fit.Warning{fit.WarnFewRepeaters},
		Parameters: []fit.Parameter{{Name: "r", Value: 0.5, StandardError: 0.1}, {Name: "alpha", Value: 12}},
	}
	spend := fit.Result{
		Model: "gammagamma", Warnings: []fit.Warning{fit.WarnFewRepeaters, fit.WarnQBelowOne},
		Parameters: []fit.Parameter{{Name: "p", Value: 6}, {Name: "q", Value: 1.1}, {Name: "gamma", Value: 15}},
	}
	day := time.Date(2024, 5, 6, 0, 0, 0, 0, time.UTC)
	f := Fitted{Result: nbd, FallbackFrom: "bgnbd", Spend: &spend, Unit: model.UnitWeek, From: day, Until: day.AddDate(1, 0, 0)}
	file := f.File(Terms{HorizonDays: 730, AnnualDiscount: 0.2, MarginRatio: 0.3}, usd)
	if file.Model != "nbd" || file.Unit != model.UnitWeek || file.Currency != usd || file.HorizonDays != 730 || file.AnnualDiscount != 0.2 || file.MarginRatio != 0.3 {
		t.Errorf("the terms are %+v", file)
	}
	if file.Parameters.Values["alpha"] != 12 || file.Parameters.StandardErrors["r"] != 0.1 || file.Spend.Values["q"] != 1.1 {
		t.Errorf("the parameters are %+v and %+v", file.Parameters, file.Spend)
	}
	if on := file.FittedOn; on.Customers != 100 || on.Repeaters != 40 || !on.From.Equal(f.From) || !on.Until.Equal(f.Until) {
		t.Errorf("fitted on %+v", on)
	}
	if want := []string{"few_repeaters", "ridge", "q_below_one"}; !slices.Equal(file.Warnings, want) {
		t.Errorf("warnings %v, want %v", file.Warnings, want)
	}
	if _, err := file.Encode(); err != nil {
		t.Error(err)
	}
}

// Whoever reads a report is told what each warning means.
func TestEveryWarningHasAMeaning(t *testing.T) {
	names := fit.WarningNames()
	for _, w := range []fit.Warning{fit.WarnRidge, fit.WarnBound, fit.WarnFewRepeaters, fit.WarnSpendCorrelated, fit.WarnQBelowOne, fit.WarnNotConverged} {
		if !slices.Contains(names, string(w)) || w.Means() == "" || w.Advice() == "" {
			t.Errorf("%s means nothing", w)
		}
	}
}
