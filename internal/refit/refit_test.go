package refit

import (
	"bytes"
	"context"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/clvstream/clvstream/clv"
	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/clv/model"
	"github.com/clvstream/clvstream/clv/money"
	"github.com/clvstream/clvstream/clv/standing"
	"github.com/clvstream/clvstream/internal/calibrate"
	"github.com/clvstream/clvstream/internal/config"
	"github.com/clvstream/clvstream/internal/dataset"
	"github.com/clvstream/clvstream/internal/inforce"
	"github.com/clvstream/clvstream/internal/modelfile"
	"github.com/clvstream/clvstream/internal/testbed"
	"github.com/clvstream/clvstream/state"
	"github.com/clvstream/clvstream/state/layout"
)

func TestMain(m *testing.M) { testbed.Main(m) }

const fromMicros = 1_000_000_000_000_000

// newJob is a refit of a state of its own, in which nothing is yet.
func newJob(t *testing.T) *Job {
	t.Helper()
	models := inforce.Resolver{Config: config.Default()}
	valuation, err := models.Valuation()
	if err != nil {
		t.Fatal(err)
	}
	client := redis.NewUniversalClient(&redis.UniversalOptions{Addrs: testbed.EmbeddedPair(t).RedisAddrs, MaxRetries: -1})
	t.Cleanup(func() { client.Close() })
	store, err := state.Open(t.Context(), client, state.Options{
		Namespace: testbed.Unique(t), Shards: 4, OutboxCap: 1 << 20, CacheCustomers: 10_000,
	})
	if err != nil {
		t.Fatal(err)
	}
	return &Job{
		Store: store, Models: models, Rules: valuation.Rules, Currency: models.Config.Business.Currency,
		Model: calibrate.Auto, HoldoutDays: 60, Margin: 0.01, Span: time.Hour,
		From: func(context.Context) (int64, error) { return fromMicros, nil },
	}
}

// cdnow commits the literature's customers.
func (j *Job) cdnow(t *testing.T) {
	t.Helper()
	rates, err := money.NewRates(j.Currency)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join("..", "dataset", "testdata", "CDNOW_sample.txt")
	source, err := calibrate.File{
		Path: path, Options: dataset.Options{Name: path, Format: dataset.CDNOW, Currency: j.Currency},
		Rates: rates, Rules: &j.Rules, Report: &bytes.Buffer{}, Read: func(int64) {},
	}.Source()
	if err != nil {
		t.Fatal(err)
	}
	lane, err := j.Store.Claim(t.Context(), layout.Source{Topic: "in"}, state.Start{}, &clv.Valuation{Basis: standing.Basis{Rules: j.Rules, Model: model.Historic{}}})
	if err != nil {
		t.Fatal(err)
	}
	batch := &state.Batch{}
	err = source.Each(t.Context(), func(e *history.Event) {
		event := *e
		batch.Work = append(batch.Work, state.Work{Offset: batch.UpTo, Shard: state.Shard(event.CustomerID, 4), Event: &event})
		batch.UpTo++
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := lane.Commit(t.Context(), batch); err != nil {
		t.Fatal(err)
	}
}

// run runs the job and checks that its verdict is recorded, and says something.
func (j *Job) run(t *testing.T, says string) state.Refit {
	t.Helper()
	verdict, err := j.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(verdict.Verdict, says) {
		t.Errorf("the verdict is %q, want %q in it", verdict.Verdict, says)
	}
	registry, err := j.Store.Registry(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if registry.Refit != verdict || verdict.AtMicros == 0 {
		t.Errorf("recorded is %+v, want %+v", registry.Refit, verdict)
	}
	return verdict
}

func (j *Job) active(t *testing.T) state.Activation {
	t.Helper()
	active, err := j.Store.Active(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return active
}

// A rule of thumb is beaten by a fit, which is then in force and not beaten by
// itself.
func TestRefitActivatesTheBetterModel(t *testing.T) {
	j := newJob(t)
	j.cdnow(t)
	j.Silent = true
	verdict := j.run(t, "activated")
	active := j.active(t)
	if verdict.Version == "" || active.Version != verdict.Version || active.FromMicros != fromMicros || active.Span != time.Hour || !active.Silent {
		t.Fatalf("active is %+v after %+v", active, verdict)
	}
	text, err := j.Store.ModelFile(t.Context(), active.Version)
	if err != nil {
		t.Fatal(err)
	}
	file, err := modelfile.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	if file.FittedOn.Customers != 2357 || file.FittedOn.Until.Format(time.DateOnly) != "1998-06-30" || file.HorizonDays != calibrate.UsualTerms.HorizonDays || file.Unit != model.UnitWeek {
		t.Errorf("the file is fitted on %+v, with horizon %v in %ss", file.FittedOn, file.HorizonDays, file.Unit)
	}
	again := j.run(t, "kept: ")
	if again.Version != "" || j.active(t) != active {
		t.Errorf("a second refit of the same orders activates %q", again.Version)
	}
}

// A model is only replaced by one that is better by the margin, and hands its
// terms on.
func TestRefitKeepsAModelThatIsNotBeatenByTheMargin(t *testing.T) {
	j := newJob(t)
	j.cdnow(t)
	good, err := modelfile.Load(filepath.Join("..", "..", "docs", "examples", "cdnow-mbgnbd.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	j.activateFile(t, good)
	j.Margin = 0.2
	if j.run(t, "20 % required"); j.active(t).Version != good.Version() {
		t.Errorf("%s is in force, want %s", j.active(t).Version, good.Version())
	}
	bad := *good
	bad.Parameters.Values = map[string]float64{"r": 9, "alpha": 1, "a": 0.01, "b": 9} // everybody buys all the time
	bad.Parameters.StandardErrors = nil
	bad.HorizonDays, bad.MarginRatio = 730, 0.25
	j.activateFile(t, &bad)
	j.Model = "paretonbd"
	verdict := j.run(t, "activated")
	text, err := j.Store.ModelFile(t.Context(), verdict.Version)
	if err != nil {
		t.Fatal(err)
	}
	if file, err := modelfile.Parse(text); err != nil || file.Model != "paretonbd" || file.HorizonDays != 730 || file.MarginRatio != 0.25 {
		t.Errorf("the new file is %+v, %v", file, err)
	}
}

func (j *Job) activateFile(t *testing.T, file *modelfile.File) {
	t.Helper()
	if err := j.activate(t.Context(), file); err != nil {
		t.Fatal(err)
	}
}

// What cannot be fitted or compared is kept as it is, and told.
func TestRefitSaysWhyNot(t *testing.T) {
	contracts := &modelfile.File{
		Model: "sbg", Unit: model.UnitMonth, PeriodUnits: 12, HorizonDays: 365, AnnualDiscount: 0.1,
		Parameters: modelfile.Parameters{Values: map[string]float64{"alpha": 0.7, "beta": 3.8}},
	}
	for _, c := range []struct {
		name, says string
		prepare    func(t *testing.T, j *Job)
	}{
		{"nobody", "no customer has bought", func(*testing.T, *Job) {}},
		{"a short history", "no more than the 600", func(t *testing.T, j *Job) {
			j.cdnow(t)
			j.HoldoutDays = 600
		}},
		{"no period", "simple has none", func(t *testing.T, j *Job) {
			j.cdnow(t)
			j.Model = "bgbb"
		}},
		{"contracts", "cannot be compared", func(t *testing.T, j *Job) {
			contracts.Currency = j.Currency
			j.activateFile(t, contracts)
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			j := newJob(t)
			c.prepare(t, j)
			before := j.active(t)
			if verdict := j.run(t, c.says); verdict.Version != "" || j.active(t) != before {
				t.Errorf("%s was activated: %s", verdict.Version, verdict.Verdict)
			}
		})
	}
}

// A model of opportunities takes the period of the one in force.
func TestRefitOfAPeriodicModelKeepsThePeriod(t *testing.T) {
	j := newJob(t)
	j.cdnow(t)
	j.activateFile(t, &modelfile.File{
		Model: "bgbb", Unit: model.UnitWeek, PeriodUnits: 4, HorizonDays: 365, AnnualDiscount: 0.1, Currency: j.Currency,
		Parameters: modelfile.Parameters{Values: map[string]float64{"alpha": 50, "beta": 1, "gamma": 0.1, "delta": 50}}, // everybody buys every month
		Spend:      modelfile.Parameters{Values: map[string]float64{"p": 6.25, "q": 3.74, "gamma": 15.44}},
	})
	j.Model = "bgbb"
	verdict := j.run(t, "activated")
	text, err := j.Store.ModelFile(t.Context(), verdict.Version)
	if err != nil {
		t.Fatal(err)
	}
	if file, err := modelfile.Parse(text); err != nil || file.Model != "bgbb" || file.PeriodUnits != 4 || file.Unit != model.UnitWeek {
		t.Errorf("the new file is %+v, %v", file, err)
	}
}
