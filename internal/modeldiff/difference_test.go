package modeldiff

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/clv/model"
	"github.com/clvstream/clvstream/clv/money"
	"github.com/clvstream/clvstream/internal/config"
	"github.com/clvstream/clvstream/internal/inforce"
	"github.com/clvstream/clvstream/internal/modelfile"
)

var update = flag.Bool("update", false, "write the golden files anew")

// file is a fit to three customers until 1970-04-11, two of whom bought again.
func file(alpha float64) *modelfile.File {
	return &modelfile.File{
		Model: "nbd", Unit: model.UnitWeek,
		Parameters: modelfile.Parameters{Values: model.Values{"r": 1, "alpha": alpha}, LogCovariance: [][]float64{{.04, .03}, {.03, .05}}},
		Spend: modelfile.Parameters{
			Values: model.Values{"p": 6, "q": 4, "gamma": 15}, LogCovariance: [][]float64{{.03, 0, 0}, {0, .01, 0}, {0, 0, .02}},
		},
		HorizonDays: 365, AnnualDiscount: .1, MarginRatio: .3, Currency: must(money.ParseCurrency("USD")),
		FittedOn: modelfile.FittedOn{Until: time.Date(1970, 4, 11, 0, 0, 0, 0, time.UTC), Customers: 3, Repeaters: 2},
	}
}

func differenceOf(t *testing.T, left, right *modelfile.File) *Difference {
	t.Helper()
	rules := must(inforce.Resolver{Config: config.Default()}.Valuation()).Rules
	var events []history.Event
	for i, day := range []int64{1, 30, 1, 50, 90, 100} {
		events = append(events, order(string("aabbbc"[i]), fmt.Sprint(i), day, 1000+100*int64(i)))
	}
	customers, latest, err := Customers(t.Context(), sourceOf(events...), &rules)
	if err != nil {
		t.Fatal(err)
	}
	c := Comparison{Left: model.Historic{}, Right: model.Historic{}, LeftFile: left, RightFile: right, Rules: &rules, AsOfMicros: latest, Currency: must(money.ParseCurrency("USD"))}
	if left != nil {
		c.Left = must(left.Build())
	}
	if right != nil {
		c.Right = must(right.Build())
	}
	return must(c.Of(customers)).Difference
}

func width(d *Difference) float64 {
	var low, high float64
	_ = must(fmt.Sscan(d.Low+" "+d.High, &low, &high))
	return high - low
}

// What an analyst reads of a difference: of two fits to these customers, of fits to others,
// of a file without covariance, and of a model that is not fitted.
func TestTextOfADifference(t *testing.T) {
	others, old := file(12), file(12)
	others.FittedOn.Customers = 4
	old.Parameters.LogCovariance = nil
	var out bytes.Buffer
	for _, d := range []*Difference{differenceOf(t, file(10), file(12)), differenceOf(t, file(10), others), differenceOf(t, file(10), old), differenceOf(t, nil, file(12))} {
		d.writeText(&out)
	}
	const path = "testdata/differences.txt"
	if *update {
		if err := os.WriteFile(filepath.FromSlash(path), out.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if want, err := os.ReadFile(filepath.FromSlash(path)); err != nil || !bytes.Equal(want, out.Bytes()) {
		t.Errorf("%s is not what is printed (%v):\n%s", path, err, out.String())
	}
}

// The errors of two fits to the same customers go together: a model does not differ from
// itself at all, and from a near one by little. Of different customers they add up.
func TestErrorsOfTheSameCustomersGoTogether(t *testing.T) {
	others := file(10)
	others.FittedOn.Repeaters = 1
	itself, near, apart := differenceOf(t, file(10), file(10)), differenceOf(t, file(10), file(10.5)), differenceOf(t, file(10), others)
	if !itself.Same || itself.Low != "0.00" || itself.High != "0.00" {
		t.Errorf("from itself it differs by %+v", itself)
	}
	if !near.Same || apart.Same || !(width(near) < width(apart)/3) {
		t.Errorf("%+v, %+v", near, apart)
	}
	if none := differenceOf(t, nil, nil); none != nil {
		t.Errorf("two models that are not fitted differ by %+v", none)
	}
}
