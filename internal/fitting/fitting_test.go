package fitting

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/clvstream/clvstream/clv/calendar"
	"github.com/clvstream/clvstream/clv/catalog"
	"github.com/clvstream/clvstream/clv/fit"
	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/clv/model"
	"github.com/clvstream/clvstream/clv/money"
	"github.com/clvstream/clvstream/internal/calibrate"
	"github.com/clvstream/clvstream/internal/forecast"
)

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// shop is customers who buy at rates of their own and leave, without a third party's data.
func shop(amounts bool) calibrate.Source {
	return calibrate.Source{Amounts: amounts, Each: func(_ context.Context, take func(*history.Event)) error {
		for c := range 200 {
			for n, day := 0, int64(c%20); n <= c%7 && day < 200; n, day = n+1, day+int64(3+c%31) {
				id := fmt.Sprintf("%d-%d", c, n)
				take(&history.Event{
					Kind: history.OrderPlaced, ID: id, OrderID: id, CustomerID: fmt.Sprint(c),
					AtMicros: (19_000 + day) * 86_400_000_000, AmountMinor: int64(1000 + 37*(c%13) + 11*n),
				})
			}
		}
		return nil
	}}
}

func population(t *testing.T, amounts bool) *calibrate.Population {
	t.Helper()
	return windowed(t, amounts, calibrate.Everything())
}

func windowed(t *testing.T, amounts bool, window calibrate.Window) *calibrate.Population {
	t.Helper()
	rules := &history.Rules{Calendar: calendar.NewCalendar(nil), LatenessDays: history.DefaultLatenessDays, LedgerLimit: history.DefaultLedgerLimit}
	return must(calibrate.Summarise(t.Context(), shop(amounts), rules, window))
}

func job(m string) *Job {
	return &Job{Model: m, Unit: model.UnitWeek, Currency: must(money.ParseCurrency("USD"))}
}

// auto weighs a holdout and all orders, and these alone where the data allow no holdout.
func TestHowAutoChooses(t *testing.T) {
	p := population(t, true)
	j := job(calibrate.Auto)
	alone, err := j.Run(p)
	if err != nil || alone.Choice == nil || alone.Choice.Split != "" || len(alone.Choice.Candidates) != len(catalog.Candidates()) || alone.Model == calibrate.Auto || alone.Choice.Naive != nil {
		t.Errorf("without a second reading: %+v, %v", alone, err)
	}
	var asked []calibrate.Window
	j.HoldOut = func(w calibrate.Window) (*calibrate.Population, error) {
		asked = append(asked, w)
		return windowed(t, true, w), nil
	}
	r, err := j.Run(p)
	if err != nil || len(asked) != 2 || r.Choice.Split != asked[0].Split.String() || r.Choice.LaterSplit != asked[1].Split.String() || len(r.Choice.Naive) != 3 {
		t.Fatalf("with holdouts %v: %+v, %v", asked, r, err)
	}
	if third := (p.Last() - p.First()) / 3; asked[0].Until-asked[0].Split != third || asked[1].Until-asked[1].Split != third/2 {
		t.Errorf("%v are held out, want %d days and half of them", asked, third)
	}
	for _, c := range r.Choice.Candidates {
		taken := c.Model == r.Model
		if c.RMSE == 0 || c.LaterRMSE == 0 || c.Total == nil || c.Interval == nil || !(c.Interval.Low < c.Predicted && c.Predicted < c.Interval.High) {
			t.Errorf("%+v has no errors or totals", c)
		} else if (c.AboveLimits == nil) != taken || !taken && !(c.AboveLimits.Low <= c.Total.Above && c.Total.Above <= c.AboveLimits.High) {
			t.Errorf("%s: %+v above the one taken, %s", c.Model, c.Total, r.Model)
		}
	}
	j.HoldOut = func(w calibrate.Window) (*calibrate.Population, error) {
		if w == asked[1] {
			return nil, calibrate.ErrNoCustomers
		}
		return windowed(t, true, w), nil
	}
	if r, err := j.Run(p); err != nil || r.Choice.Split == "" || r.Choice.LaterSplit != "" {
		t.Errorf("where the second holdout is too short: %+v, %v", r, err)
	}
	j.HoldOut = func(calibrate.Window) (*calibrate.Population, error) {
		return nil, fmt.Errorf("hold out: %w", calibrate.ErrNoCustomers)
	}
	if r, err := j.Run(p); err != nil || r.Choice.Reason != alone.Choice.Reason {
		t.Errorf("where the holdout is too short: %+v, %v", r, err)
	}
	broken := errors.New("the disk is gone")
	j.HoldOut = func(calibrate.Window) (*calibrate.Population, error) { return nil, broken }
	if _, err := j.Run(p); !errors.Is(err, broken) {
		t.Errorf("what is not the data's fault is passed over: %v", err)
	}
}

// What an analyst reads of a choice: of one that has a holdout, and of one that has none.
func TestTextOfAChoice(t *testing.T) {
	result := func(model string, ll, bic float64, warnings ...fit.Warning) fit.Result {
		return fit.Result{Model: model, LogLikelihood: ll, BIC: bic, Warnings: warnings}
	}
	accuracy := func(rmse float64) fit.Accuracy { return fit.Accuracy{RMSE: rmse, MAE: rmse / 2, Actual: 812} }
	held := calibrate.Choice{
		Model: "paretonbd", Alike: []string{"mbgnbd"}, Reason: "mbgnbd and paretonbd cannot be told apart on this file",
		Window: calibrate.Window{Split: 9768, Until: 9859}, Later: calibrate.Window{Split: 9814, Until: 9859},
		Cautions: []calibrate.Caution{{Name: calibrate.CautionNaive, Text: calibrate.BeatenText(fit.NaiveLastPeriod, 1.25, "nbd", 1.5, true)}},
		Candidates: []calibrate.Candidate{
			{Result: result("mbgnbd", -3999.1, 8019.39), Orders: accuracy(1.7512), Later: accuracy(.81), Above: calibrate.Above{Difference: .0012, StandardError: .004}},
			{Result: result("paretonbd", -3997.4, 8015.99, fit.WarnBound), Orders: accuracy(1.75), Later: accuracy(.8)},
			{Result: result("nbd", -4175.8, 8362.2), Orders: accuracy(1.5), Later: accuracy(.9), Above: calibrate.Above{Difference: -.25, StandardError: .1}},
		},
		Naive: []calibrate.Naive{
			{Name: fit.NaiveRate, Orders: accuracy(2), Above: calibrate.Above{Difference: .25, StandardError: .02}},
			{Name: fit.NaiveLastPeriod, Orders: accuracy(1.25), Above: calibrate.Above{Difference: -.5, StandardError: .11}},
		},
	}
	totals := []*Total{
		{Predicted: 801.5, Interval: &forecast.Limits{Low: 740.2, High: 868.1}, Above: 3.25, AboveLimits: &forecast.Limits{Low: -4.5, High: 11}},
		{Predicted: 798.25, Interval: &forecast.Limits{Low: 738, High: 863.4}},
		{Predicted: 1102.75},
	}
	alone := calibrate.Choice{Model: "nbd", Reason: "nbd fits the orders best", Candidates: held.Candidates[2:]}
	for name, choice := range map[string]calibrate.Choice{"choice": held, "choice-alone": alone} {
		r := &Report{}
		r.choose(&choice)
		for i := range r.Choice.Candidates {
			if name == "choice" {
				r.Choice.Candidates[i].Total = totals[i]
			}
		}
		var out bytes.Buffer
		if err := r.Choice.writeText(&out); err != nil {
			t.Fatal(err)
		}
		golden(t, name+".txt", out.String())
		text, err := json.MarshalIndent(r.Choice, "", "  ")
		if err != nil {
			t.Fatal(err)
		}
		golden(t, name+".json", string(text)+"\n")
	}
}

// Only a total that every model rules out is told of.
func TestCautionBeyond(t *testing.T) {
	within, beyond := &forecast.Limits{Low: 90, High: 120}, &forecast.Limits{Low: 110, High: 130}
	for name, row := range map[string]struct {
		limits []*forecast.Limits
		want   bool
	}{"one allows for it": {[]*forecast.Limits{beyond, within}, false}, "none does": {[]*forecast.Limits{beyond, beyond, nil}, true}, "nothing is known": {[]*forecast.Limits{nil, nil}, false}} {
		c := Choice{Actual: 100, Split: "2026-01-01"}
		for _, l := range row.limits {
			c.Candidates = append(c.Candidates, Candidate{Model: "nbd", Total: &Total{Predicted: 115, Interval: l}})
		}
		c.cautionBeyond()
		if got := len(c.Warnings) == 1 && c.Warnings[0].Name == CautionBeyond && strings.Contains(c.Warnings[0].Text, "for 110 to 130"); got != row.want {
			t.Errorf("%s: %+v", name, c.Warnings)
		}
	}
}

var update = flag.Bool("update", false, "write the golden files anew")

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if want, err := os.ReadFile(path); err != nil || string(want) != got {
		t.Errorf("%s is not what is printed (%v):\n%s", path, err, got)
	}
}

// Spend goes with a purchase model, stands alone, or is not there.
func TestSpend(t *testing.T) {
	r, err := job("nbd").Run(population(t, true))
	if err != nil || r.Spend == nil || r.Spend.Parameters["p"] <= 0 {
		t.Errorf("%+v, %v", r, err)
	}
	var out bytes.Buffer
	if err := r.WriteText(&out); err != nil || !strings.Contains(out.String(), "nbd on 200 customers") || !strings.Contains(out.String(), "gammagamma on the ") {
		t.Errorf("%v in %s", err, out.String())
	}
	if plain, err := job("nbd").Run(population(t, false)); err != nil || plain.Spend != nil {
		t.Errorf("without amounts: %+v, %v", plain, err)
	}
	if alone, err := job("gammagamma").Run(population(t, true)); err != nil || alone.Model != "gammagamma" || alone.LogLikelihood != r.Spend.LogLikelihood {
		t.Errorf("alone: %+v, %v", alone, err)
	}
	if _, err := job("gammagamma").Run(population(t, false)); !errors.Is(err, ErrNoAmounts) {
		t.Errorf("spend of orders without amounts: %v", err)
	}
}

// A standard error that is not known is not written as none.
func TestContractsInWords(t *testing.T) {
	sbg, _ := catalog.Find("sbg")
	r, err := Contracts(sbg, []float64{1000, 631, 468, 382}, model.UnitMonth, 12)
	if err != nil || r.Model != "sbg" || r.Customers != 1000 {
		t.Fatalf("%+v, %v", r, err)
	}
	r.fitted.Result.Parameters[0].StandardError = 0
	var out bytes.Buffer
	if err := r.WriteText(&out); err != nil || !strings.Contains(out.String(), "by periods of 12 months") || !strings.Contains(out.String(), "± unknown") {
		t.Errorf("%v in %s", err, out.String())
	}
	if file := r.File(calibrate.UsualTerms, must(money.ParseCurrency("USD"))); file.PeriodUnits != 12 || file.Unit != model.UnitMonth || !file.FittedOn.From.IsZero() {
		t.Errorf("the file is %+v", file)
	}
}
