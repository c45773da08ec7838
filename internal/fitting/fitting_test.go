package fitting

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/clvstream/clvstream/clv/calendar"
	"github.com/clvstream/clvstream/clv/catalog"
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
	rules := &history.Rules{Calendar: calendar.NewCalendar(nil), LatenessDays: history.DefaultLatenessDays, LedgerLimit: history.DefaultLedgerLimit}
	return must(calibrate.Summarise(t.Context(), shop(amounts), rules, calibrate.Everything()))
}

func job(m string) *Job {
	return &Job{Model: m, Unit: model.UnitWeek, Currency: must(money.ParseCurrency("USD"))}
}

// auto goes by the holdout, and by BIC alone only where the data do not allow one.
func TestHowAutoChooses(t *testing.T) {
	p := population(t, true)
	j := job(calibrate.Auto)
	byBIC, err := j.Run(p)
	if err != nil || byBIC.Choice == nil || byBIC.Choice.Split != "" || len(byBIC.Choice.Candidates) != len(catalog.Candidates()) || byBIC.Model == calibrate.Auto {
		t.Errorf("without a second reading: %+v, %v", byBIC, err)
	}
	asked := calibrate.Window{}
	j.HoldOut = func(w calibrate.Window) (calibrate.Choice, error) {
		asked = w
		return calibrate.Choice{Model: "nbd", Reason: "it was held out", Window: w}, nil
	}
	if r, err := j.Run(p); err != nil || r.Model != "nbd" || r.Choice.Reason != "it was held out" || r.Choice.Split != asked.Split.String() {
		t.Errorf("with a holdout: %+v, %v", r, err)
	}
	if third := (p.Last() - p.First()) / 3; asked.Until-asked.Split != third {
		t.Errorf("%d days are held out, want %d", asked.Until-asked.Split, third)
	}
	j.HoldOut = func(calibrate.Window) (calibrate.Choice, error) {
		return calibrate.Choice{}, fmt.Errorf("hold out: %w", calibrate.ErrNoCustomers)
	}
	if r, err := j.Run(p); err != nil || r.Choice.Reason != byBIC.Choice.Reason {
		t.Errorf("where the holdout is too short: %+v, %v", r, err)
	}
	broken := errors.New("the disk is gone")
	j.HoldOut = func(calibrate.Window) (calibrate.Choice, error) { return calibrate.Choice{}, broken }
	if _, err := j.Run(p); !errors.Is(err, broken) {
		t.Errorf("what is not the data's fault is passed over: %v", err)
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
