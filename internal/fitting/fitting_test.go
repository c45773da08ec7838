package fitting

import (
	"bytes"
	"context"
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
	asked := calibrate.Window{}
	j.HoldOut = func(w calibrate.Window) (*calibrate.Population, error) {
		asked = w
		return windowed(t, true, w), nil
	}
	if r, err := j.Run(p); err != nil || r.Choice.Split != asked.Split.String() || len(r.Choice.Naive) != 3 || r.Choice.Candidates[0].RMSE == 0 {
		t.Errorf("with a holdout: %+v, %v", r, err)
	}
	if third := (p.Last() - p.First()) / 3; asked.Until-asked.Split != third {
		t.Errorf("%d days are held out, want %d", asked.Until-asked.Split, third)
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
	accuracy := func(rmse float64) fit.Accuracy { return fit.Accuracy{RMSE: rmse, MAE: rmse / 2} }
	held := calibrate.Choice{
		Model: "paretonbd", Reason: "paretonbd fits all orders best", Window: calibrate.Window{Split: 9768, Until: 9859},
		Cautions: []calibrate.Caution{{Name: calibrate.CautionNaive, Text: calibrate.BeatenText(fit.NaiveLastPeriod, 1.25, "nbd", 1.5, true)}},
		Candidates: []calibrate.Candidate{
			{Result: result("paretonbd", -3997.4, 8015.99, fit.WarnBound), Orders: accuracy(1.75)},
			{Result: result("nbd", -4175.8, 8362.2), Orders: accuracy(1.5)},
		},
		Naive: []calibrate.Naive{{Name: fit.NaiveRate, Orders: accuracy(2)}, {Name: fit.NaiveLastPeriod, Orders: accuracy(1.25)}},
	}
	alone := calibrate.Choice{Model: "nbd", Reason: "nbd fits the orders best", Candidates: held.Candidates[1:]}
	for name, choice := range map[string]calibrate.Choice{"choice": held, "choice-alone": alone} {
		r := &Report{}
		r.choose(&choice)
		var out bytes.Buffer
		if err := r.Choice.writeText(&out); err != nil {
			t.Fatal(err)
		}
		golden(t, name+".txt", out.String())
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
