package calibrate

import (
	"strings"
	"testing"

	"github.com/clvstream/clvstream/clv/catalog"
	"github.com/clvstream/clvstream/clv/fit"
	"github.com/clvstream/clvstream/clv/model"
)

// candidate is a model with its error over the holdout and its BIC.
func candidate(model string, rmse, bic float64, warnings ...fit.Warning) Candidate {
	return Candidate{Result: fit.Result{Model: model, BIC: bic, Warnings: warnings}, Orders: fit.Accuracy{RMSE: rmse}}
}

func TestChoiceIsByErrorThenBIC(t *testing.T) {
	held := Window{Split: 9768, Until: 9859}
	for name, row := range map[string]struct {
		window     Window
		candidates []Candidate
		want, says string
	}{
		"the smallest error":  {held, []Candidate{candidate("bgnbd", 1.61, 10), candidate("paretonbd", 1.60, 20)}, "paretonbd", "all others more than 0.1 % above"},
		"alike: the best BIC": {held, []Candidate{candidate("bgnbd", 1.6001, 10), candidate("paretonbd", 1.6, 20)}, "bgnbd", "of the 2 models"},
		"a ridge is out":      {held, []Candidate{candidate("bgnbd", 1.5, 5, fit.WarnRidge), candidate("nbd", 1.6, 10)}, "nbd", "all others"},
		"nothing held out":    {Window{}, []Candidate{candidate("mbgnbd", 0, 9), candidate("nbd", 0, 10)}, "mbgnbd", "lowest BIC"},
	} {
		c := Choice{Window: row.window, Candidates: row.candidates}
		if c.decide(); c.Model != row.want || !strings.Contains(c.Reason, row.says) {
			t.Errorf("%s: chose %s: %s", name, c.Model, c.Reason)
		}
	}
}

func TestChooseOnCDNOW(t *testing.T) {
	window, err := Halved(dayOf(1997, 1, 1), cutoff)
	if err != nil {
		t.Fatal(err)
	}
	if window.Split != dayOf(1997, 7, 2) || window.Until != cutoff {
		t.Errorf("window %+v", window)
	}
	p := summarised(t, cdnow(t, "CDNOW_sample.txt"), window)
	c, err := Fitting{}.ChooseFrom(p, model.UnitWeek, currency(t, "USD"), catalog.Candidates()...)
	if err != nil || len(c.Candidates) != len(catalog.Candidates()) {
		t.Fatalf("%+v, %v", c, err)
	}
	if c.Model == "nbd" || c.Candidates[0].Orders.Customers != 2357 || c.Candidates[0].Result.Unit != model.UnitWeek {
		t.Errorf("chose %s of %+v", c.Model, c.Candidates)
	}
	if _, err := Halved(10, 12); err == nil {
		t.Error("two days are halved")
	}
}

func TestModelsThatAreNone(t *testing.T) {
	if _, err := (Fitting{}).Fit("arima", fit.NewSample(model.UnitDay)); err == nil || !strings.Contains(err.Error(), "bgnbd, mbgnbd") {
		t.Errorf("error is %v", err)
	}
	if _, err := (Fitting{}).Purchases(&fit.Result{Model: "gammagamma"}); err == nil {
		t.Error("spend is taken for purchases")
	}
}
