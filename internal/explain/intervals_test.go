package explain

import (
	"bytes"
	"encoding/json"
	"flag"
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
	for name, file := range map[string]*modelfile.File{"intervals": with, "intervals-old-file": &old} {
		e := explained(t, file, twice)
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

// Who has no estimated parameters, no order or no drawn future is told so.
func TestWhyThereIsNoInterval(t *testing.T) {
	if i := explainedBy(t, models(t)["bgbb"]); i.CustomerMissing == "" && i.Missing == "" {
		t.Errorf("%+v", i)
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
