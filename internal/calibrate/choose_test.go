package calibrate

import (
	"slices"
	"strings"
	"testing"

	"github.com/clvstream/clvstream/clv/catalog"
	"github.com/clvstream/clvstream/clv/fit"
	"github.com/clvstream/clvstream/clv/model"
)

// candidate is a model with its error over the holdout and its BIC on all orders.
func candidate(model string, rmse, bic float64, warnings ...fit.Warning) Candidate {
	return Candidate{
		Result: fit.Result{Model: model, BIC: bic, LogLikelihood: -bic / 2, Warnings: warnings},
		Known:  fit.Result{Model: model}, Orders: fit.Accuracy{RMSE: rmse},
	}
}

// unseen is a candidate of which the split does not know yet that anybody leaves.
func unseen(model string, rmse, bic float64) Candidate {
	c := candidate(model, rmse, bic)
	c.Known.Warnings = []fit.Warning{fit.WarnRidge}
	return c
}

func TestChoiceIsByLikelihoodThenErrorThenPreference(t *testing.T) {
	held := Window{Split: 9768, Until: 9859}
	for name, row := range map[string]struct {
		window     Window
		candidates []Candidate
		want, says string
	}{
		"the likelihood is far apart":  {held, []Candidate{candidate("mbgnbd", 1.6, 100), candidate("nbd", 1.5, 151)}, "mbgnbd", "fits all orders best"},
		"the likelihood is alike":      {held, []Candidate{candidate("bgnbd", 1.60, 10), candidate("paretonbd", 1.62, 5), candidate("nbd", 1.5, 90)}, "bgnbd", "of 2 models"},
		"but only by 1 %":              {held, []Candidate{candidate("bgnbd", 1.60, 10), candidate("paretonbd", 1.615, 5), candidate("nbd", 1.5, 90)}, "paretonbd", "bgnbd and paretonbd cannot be told apart on this file"},
		"both are alike":               {held, []Candidate{candidate("bgnbd", 1.600, 10), candidate("mbgnbd", 1.605, 30)}, "mbgnbd", "of equals mbgnbd comes first"},
		"a ridge is out":               {held, []Candidate{candidate("bgnbd", 1.5, 5, fit.WarnRidge), candidate("nbd", 1.6, 10)}, "nbd", "all others"},
		"a search that ended early":    {held, []Candidate{candidate("paretonbd", 1.5, 5, fit.WarnNotConverged), candidate("nbd", 1.6, 10)}, "nbd", "all others"},
		"nobody had left at the split": {held, []Candidate{unseen("mbgnbd", 1.6, 105), unseen("paretonbd", 1.6, 110), candidate("nbd", 1.6, 400)}, "paretonbd", "nobody had visibly left, so that all models predict the days after it alike; all orders show that customers leave, but mbgnbd and paretonbd cannot"},
		"and one fits best":            {held, []Candidate{unseen("mbgnbd", 1.6, 105), unseen("paretonbd", 1.6, 190), candidate("nbd", 1.6, 400)}, "mbgnbd", "speak for mbgnbd"},
		"nothing held out":             {Window{}, []Candidate{candidate("mbgnbd", 0, 9), candidate("nbd", 0, 10)}, "mbgnbd", "nothing could be held out"},
		"nothing held out, far apart":  {Window{}, []Candidate{candidate("mbgnbd", 0, 99), candidate("nbd", 0, 10)}, "nbd", "nothing could be held out"},
		"all of them are out":          {held, []Candidate{candidate("mbgnbd", 1, 9, fit.WarnRidge)}, "mbgnbd", "fits all orders best"},
	} {
		c := Choice{Window: row.window, Candidates: row.candidates}
		c.compare(t)
		if c.decide(); c.Model != row.want || !strings.Contains(c.Reason, row.says) {
			t.Errorf("%s: chose %s: %s", name, c.Model, c.Reason)
		}
	}
}

// compare gives the choice errors that do not vary by customers: any difference is sure.
func (c *Choice) compare(t *testing.T) {
	t.Helper()
	var of []fit.Predictor
	for i := range c.Candidates {
		rmse := c.Candidates[i].Orders.RMSE
		of = append(of, fit.Predictor{Orders: func(*fit.Held) float64 { return rmse }})
	}
	for i := range c.Naive {
		rmse := c.Naive[i].Orders.RMSE
		of = append(of, fit.Predictor{Orders: func(*fit.Held) float64 { return rmse }})
	}
	h := fit.Holdout{Customers: slices.Values(make([]fit.Held, 9))}
	c.errors = []fit.Comparison{h.Compare(of...)}
}

// A difference of two errors that is mostly of one customer is chance, however large: the
// choice says so, and goes by preference.
func TestChoiceLeavesChanceOut(t *testing.T) {
	c := Choice{Window: Window{Split: 9768, Until: 9859}, Candidates: []Candidate{candidate("bgnbd", 0, 10), candidate("paretonbd", 0, 5), candidate("nbd", 0, 90)}}
	once := func(miss float64) fit.Predictor {
		return fit.Predictor{Orders: func(h *fit.Held) float64 { return float64(h.Orders) + 1 + miss*float64(h.Orders) }}
	}
	customers := make([]fit.Held, 100)
	customers[7].Orders = 1
	c.errors = []fit.Comparison{(&fit.Holdout{Customers: slices.Values(customers)}).Compare(once(0), once(4), once(9))}
	for i := range c.Candidates {
		c.Candidates[i].Orders = c.errors[0].Orders[i]
	}
	if c.decide(); c.Model != "paretonbd" || !slices.Equal(c.Alike, []string{"bgnbd"}) || c.Candidates[0].Above.Difference >= -.05 || c.Candidates[0].Above.StandardError < .05 || c.Candidates[1].Above != (Above{}) {
		t.Errorf("chose %s, alike %v: %+v", c.Model, c.Alike, c.Candidates)
	}
}

func TestCautions(t *testing.T) {
	held := Window{Split: 9768, Until: 9859}
	naive := func(rmse float64) []Naive {
		return []Naive{{Name: fit.NaiveRate, Orders: fit.Accuracy{RMSE: 9}}, {Name: fit.NaiveLastPeriod, Orders: fit.Accuracy{RMSE: rmse}}}
	}
	for name, row := range map[string]struct {
		candidates []Candidate
		naive      []Naive
		want       []string
	}{
		"none":                  {[]Candidate{candidate("mbgnbd", 1.6, 10), candidate("nbd", 1.7, 90)}, naive(2), nil},
		"the holdout says nbd":  {[]Candidate{candidate("mbgnbd", 1.6, 10), candidate("nbd", 1.5, 90)}, naive(2), []string{CautionDisagree}},
		"but hardly":            {[]Candidate{candidate("mbgnbd", 1.6, 10), candidate("nbd", 1.585, 90)}, naive(2), nil},
		"the last period again": {[]Candidate{candidate("mbgnbd", 1.6, 10), candidate("nbd", 1.7, 90)}, naive(1.5), []string{CautionNaive}},
		"both":                  {[]Candidate{candidate("mbgnbd", 1.6, 10), candidate("nbd", 1.5, 90)}, naive(1.4), []string{CautionDisagree, CautionNaive}},
	} {
		c := Choice{Window: held, Candidates: row.candidates, Naive: row.naive}
		c.compare(t)
		c.decide()
		var got []string
		for _, caution := range c.Cautions {
			got = append(got, caution.Name)
			if strings.Contains(caution.Text, "%!") || len(caution.Text) < 100 {
				t.Errorf("%s: %s", name, caution.Text)
			}
		}
		if c.Model != "mbgnbd" || !slices.Equal(got, row.want) {
			t.Errorf("%s: chose %s with %v, want %v", name, c.Model, got, row.want)
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
	source := cdnow(t, "CDNOW_sample.txt")
	whole, _, err := summarised(t, source, Up(cutoff)).Sample(model.UnitWeek, currency(t, "USD"))
	if err != nil {
		t.Fatal(err)
	}
	c, err := Fitting{}.ChooseFrom(whole, []*Population{summarised(t, source, window)}, currency(t, "USD"), catalog.Candidates()...)
	if err != nil || len(c.Candidates) != len(catalog.Candidates()) || len(c.Naive) != 3 {
		t.Fatalf("%+v, %v", c, err)
	}
	if c.Model == "nbd" || c.Candidates[0].Orders.Customers != 2357 || c.Chosen().Result.Unit != model.UnitWeek {
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
