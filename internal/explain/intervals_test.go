package explain

import (
	"bytes"
	"encoding/json"
	"flag"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/clvstream/clvstream/clv/model"
	"github.com/clvstream/clvstream/internal/modelfile"
)

var update = flag.Bool("update", false, "write the golden files anew")

// cdnowFile is a fit to the CDNOW sample, as `fit --out` writes it.
func cdnowFile(t *testing.T) *modelfile.File {
	t.Helper()
	file, err := modelfile.Load(filepath.Join("testdata", "cdnow.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	return file
}

func explained(t *testing.T, file *modelfile.File, c ByHand) Explanation {
	t.Helper()
	built, err := file.Build()
	if err != nil {
		t.Fatal(err)
	}
	m, err := Of(built)
	if err != nil {
		t.Fatal(err)
	}
	e, err := c.Explain(m)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

var twice = ByHand{Frequency: 2, Recency: model.UnitDay.Span(213), Age: model.UnitDay.Span(272), RepeatMean: 22.35}

// What a marketer reads of how sure a value is, and a program: of one customer and of the
// mean, or why there is nothing.
func TestIntervalsInWords(t *testing.T) {
	with := cdnowFile(t)
	old := *with
	old.Parameters.LogCovariance, old.Spend.LogCovariance = nil, nil
	for name, of := range map[string]struct {
		file     *modelfile.File
		customer ByHand
	}{
		"intervals": {with, twice}, "intervals-old-file": {&old, twice},
		"intervals-opportunities": {yearlyDonors(with), ByHand{Frequency: 4, Recency: years(5), Age: years(6), RepeatMean: 20}},
		"intervals-contract":      {highEnd(with), ByHand{Frequency: 2, Recency: years(2), Age: years(2), RepeatMean: 120}},
	} {
		e := explained(t, of.file, of.customer)
		var b strings.Builder
		e.writeIntervals(&b)
		golden(t, name+".txt", b.String())
		text, err := json.MarshalIndent(e.View().Intervals, "", "  ")
		if err != nil {
			t.Fatal(err)
		}
		golden(t, name+".json", string(text)+"\n")
	}
}

func years(n float64) model.Span { return model.UnitDay.Span(math.Round(n * 365.25)) }

// yearlyDonors is the fit to the donors of Fader, Hardie and Shang (2010), with the standard
// errors of docs/models.md.
func yearlyDonors(like *modelfile.File) *modelfile.File {
	f := *like
	f.Model, f.Unit, f.PeriodUnits, f.HorizonDays = "bgbb", model.UnitMonth, 12, 3652.5
	f.Parameters = modelfile.Parameters{
		Values:        model.Values{"alpha": 1.204, "beta": .75, "gamma": .657, "delta": 2.783},
		LogCovariance: [][]float64{{.0033, 0, 0, 0}, {0, .0015, 0, 0}, {0, 0, .006, .0075}, {0, 0, .0075, .0133}},
	}
	return &f
}

// highEnd is the fit to the contracts of Fader and Hardie (2007), of a cohort of a thousand.
func highEnd(like *modelfile.File) *modelfile.File {
	f := *like
	f.Model, f.Unit, f.PeriodUnits, f.HorizonDays, f.Spend = "sbg", model.UnitMonth, 12, 1826, modelfile.Parameters{}
	f.Parameters = modelfile.Parameters{
		Values:        model.Values{"alpha": .668, "beta": 3.806},
		LogCovariance: [][]float64{{.025, .03}, {.03, .045}},
	}
	return &f
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if want, err := os.ReadFile(path); err != nil || !bytes.Equal(want, []byte(got)) {
		t.Errorf("%s is not what is printed (%v):\n%s", path, err, got)
	}
}

// An interval of the mean holds the mean, and is wider where less is known of the parameters.
func TestIntervalsFollowTheCovariance(t *testing.T) {
	file := cdnowFile(t)
	narrow := explained(t, file, twice)
	doubled := *file
	doubled.Parameters.LogCovariance = nil
	for _, row := range file.Parameters.LogCovariance {
		var wider []float64
		for _, v := range row {
			wider = append(wider, 4*v)
		}
		doubled.Parameters.LogCovariance = append(doubled.Parameters.LogCovariance, wider)
	}
	wide := explained(t, &doubled, twice)
	n, w := narrow.Intervals().Mean, wide.Intervals().Mean
	est := &narrow.Estimate
	for name, of := range map[string]struct{ value, low, high, wideLow, wideHigh float64 }{
		"P(alive)":        {est.PAlive, n.PAlive.Low, n.PAlive.High, w.PAlive.Low, w.PAlive.High},
		"orders":          {est.ExpectedOrders, n.ExpectedOrders.Low, n.ExpectedOrders.High, w.ExpectedOrders.Low, w.ExpectedOrders.High},
		"predicted value": {est.PredictedMinor, n.PredictedMinor.Low, n.PredictedMinor.High, w.PredictedMinor.Low, w.PredictedMinor.High},
		"CLV":             {est.CLVMinor, n.CLVMinor.Low, n.CLVMinor.High, w.CLVMinor.Low, w.CLVMinor.High},
	} {
		if !(of.wideLow < of.low && of.low < of.value && of.value < of.high && of.high < of.wideHigh) {
			t.Errorf("%s: %+v", name, of)
		}
	}
}

// Who has no estimated parameters or no order is told so.
func TestWhyThereIsNoInterval(t *testing.T) {
	for _, name := range []string{"bgbb", "simple"} { // by a file without a covariance, and by none
		if i := explainedBy(t, models(t)[name]); i.Missing == "" || i.Mean != nil || i.Customer != nil {
			t.Errorf("%s: %+v", name, i)
		}
	}
	file := cdnowFile(t)
	file.Model, file.Parameters.Values = "nbd", model.Values{"r": .38, "alpha": 12}
	file.Parameters.StandardErrors = nil
	file.Parameters.LogCovariance = [][]float64{{.003, 0}, {0, .0045}}
	e := explained(t, file, twice)
	if i := e.Intervals(); i.Missing != "" || i.Mean.PAlive.Low != 1 || i.Mean.PAlive.High != 1 || i.Customer.Orders.High < 2 {
		t.Errorf("%+v of nbd", i)
	}
}

func explainedBy(t *testing.T, m Model) Intervals {
	t.Helper()
	e, err := ByHand{Frequency: 2, Recency: model.UnitDay.Span(91), Age: model.UnitDay.Span(155), RepeatMean: 20}.Explain(m)
	if err != nil {
		t.Fatal(err)
	}
	return e.Intervals()
}
