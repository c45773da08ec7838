package explain

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/clvstream/clvstream/clv"
	"github.com/clvstream/clvstream/clv/calendar"
	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/clv/model"
	"github.com/clvstream/clvstream/clv/money"
	"github.com/clvstream/clvstream/clv/standing"
	"github.com/clvstream/clvstream/internal/modelfile"
)

var usd = must(money.ParseCurrency("USD"))

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// parameters of CDNOW as published, and the sBG model of the High End customers.
var parameters = map[string]string{
	"bgnbd":     "time_unit: week\nparameters: {r: 0.243, alpha: 4.414, a: 0.793, b: 2.426}",
	"mbgnbd":    "time_unit: week\nparameters: {r: 0.525, alpha: 6.183, a: 0.891, b: 1.614}",
	"paretonbd": "time_unit: week\nparameters: {r: 0.553, alpha: 10.578, s: 0.606, beta: 11.669}",
	"nbd":       "time_unit: day\nparameters: {r: 0.385, alpha: 84.5}",
	"bgbb":      "time_unit: day\nparameters: {alpha: 1.204, beta: 0.75, gamma: 0.657, delta: 2.783}",
	"sbg":       "time_unit: month\nparameters: {alpha: 0.668, beta: 3.806}",
}

func fitted(t *testing.T, name, terms string) Model {
	t.Helper()
	special := "spend:\n  parameters: {p: 6.25, q: 3.74, gamma: 15.44}\n"
	switch name {
	case "sbg":
		special = "period_units: 1\n"
	case "bgbb":
		special += "period_units: 30\n"
	}
	path := filepath.Join(t.TempDir(), name+".yaml")
	text := fmt.Sprintf("model: %s\n%s\n%scurrency: USD\n%s", name, parameters[name], special, terms)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return built(modelfile.Spec{File: path})
}

func built(spec modelfile.Spec) Model { return must(Of(must(modelfile.Build(spec, usd)))) }

const yearly = "horizon_days: 365\nannual_discount: 0.15\nmargin_ratio: 0.3\n"

// models is one of every kind.
func models(t *testing.T) map[string]Model {
	all := map[string]Model{
		"historic":      built(modelfile.Spec{Name: "historic"}),
		"simple":        built(modelfile.Spec{Name: "simple", Values: model.Values{"lifespan_years": 4}}),
		"default":       built(modelfile.Spec{}),
		"margin_churn":  built(modelfile.Spec{Name: "margin_churn", Values: model.Values{"monthly_churn": .06}}),
		"retention_dcf": built(modelfile.Spec{Name: "retention_dcf", Values: model.Values{"retention": .75, "discount_annual": .2, "retention_years": 10, "retention_cost": 5}}),
		"own margin":    fitted(t, "mbgnbd", "horizon_days: 90\nannual_discount: 0\n"),
	}
	for name := range parameters {
		all[name] = fitted(t, name, yearly)
	}
	return all
}

func rules() *history.Rules {
	margins := must(money.NewMargins(must(money.ParseDecimal("0.4"))))
	return &history.Rules{Margins: margins, LatenessDays: history.DefaultLatenessDays, LedgerLimit: history.DefaultLedgerLimit}
}

const dayMicros = 24 * 3600 * 1_000_000

// history is a random customer: orders, refunds, and what is said of churn.
func drawn(rng *rand.Rand, orders int) *history.History {
	h := &history.History{}
	day := int64(10_000)
	fold := func(e history.Event) {
		e.ID, e.AtMicros = fmt.Sprint("e", rng.Uint64()), day*dayMicros+rng.Int64N(dayMicros)
		h.Fold(&e, rules())
	}
	for i := range orders {
		id := fmt.Sprint("o", i)
		fold(history.Event{Kind: history.OrderPlaced, OrderID: id, AmountMinor: rng.Int64N(10_000)})
		if rng.IntN(5) == 0 {
			fold(history.Event{Kind: history.OrderRefunded, OrderID: id, RefundID: id, AmountMinor: rng.Int64N(3_000)})
		}
		day += rng.Int64N(60)
	}
	switch rng.IntN(5) {
	case 0:
		fold(history.Event{Kind: history.ChurnConfirmed})
	case 1:
		fold(history.Event{Kind: history.ChurnPredicted, Probability: rng.Float64()})
	}
	if rng.IntN(3) == 0 {
		fold(history.Event{Kind: history.CustomerAcquired, AmountMinor: 2_000})
	}
	return h
}

// What is explained is what the live path stored and announced, bit for bit.
func TestExplanationIsTheLiveValue(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for name, m := range models(t) {
		valuation := clv.Valuation{Basis: standing.Basis{Rules: *rules(), Model: m}}
		for range 200 {
			var c clv.Customer
			var change clv.Change
			day := int64(9_000)
			for i := range 1 + rng.IntN(12) {
				e := history.Event{Kind: history.OrderPlaced, CustomerID: "c", ID: fmt.Sprint(i), OrderID: fmt.Sprint(i), AtMicros: day * dayMicros, AmountMinor: rng.Int64N(9_000)}
				c.Advance("c", clv.Occasion{Event: &e}, &valuation, func(announced clv.Change) { change = announced })
				day += rng.Int64N(50)
			}
			e, err := Customer(&c.History, &valuation.Rules, m, c.History.LatestMicros)
			if err != nil {
				t.Fatal(err)
			}
			v := readView(t, &e)
			if v.CLVMinor != c.Value.CLVMinor || v.PredictedMinor != c.Value.PredictedMinor || v.HistoricMinor != c.Value.HistoricMinor ||
				(v.PAlive != nil) != c.Value.AliveKnown || v.PAlive != nil && *v.PAlive != c.Value.PAlive || v.ExpectedOrders != c.Value.ExpectedOrders {
				t.Fatalf("%s: explained %+v, stored %+v", name, v, c.Value)
			}
			if e.Estimate != change.Current {
				t.Fatalf("%s: explained %+v, announced %+v", name, e.Estimate, change.Current)
			}
		}
	}
}

// readView writes the explanation as JSON and reads it back.
func readView(t *testing.T, e *Explanation) (v View) {
	t.Helper()
	text, err := json.Marshal(e.View())
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

// The last steps put together what the ones before came to.
func TestStepsLeadToTheValue(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for name, m := range models(t) {
		for range 200 {
			h := drawn(rng, rng.IntN(10))
			e, err := Customer(h, rules(), m, h.LatestMicros+rng.Int64N(300*dayMicros))
			if err != nil {
				t.Fatal(err)
			}
			q := quantities(t, name, &e)
			if q["CLV"] != e.Estimate.CLVMinor {
				t.Fatalf("%s: CLV is %v, explained as %v", name, e.Estimate.CLVMinor, q["CLV"])
			}
			if e.Estimate.Facts.PurchaseDays == 0 {
				continue
			}
			near(t, name+" historic + predicted", q["historic"]+q["predicted"], q["CLV"])
			if m.purchases == nil {
				continue
			}
			margin := m.inputs.MarginRatio
			if margin == 0 {
				margin = e.Estimate.Facts.MarginRatio
			}
			near(t, name+" predicted", q["discounted orders"]*q["spend"]*margin, q["predicted"])
			near(t, name+" orders", q["P(alive)"]*q["Y"], q["orders"])
			near(t, name+" spend", q["w"]*q["m"]+(1-q["w"])*q["population mean"], q["spend"])
			if s, ok := q["S"]; ok && h.Churn.Kind == 0 {
				near(t, name+" P(alive)", s/(s+q["L"]), q["P(alive)"])
			}
		}
	}
}

// quantities are the values by symbol; each must be finite and shown.
func quantities(t *testing.T, name string, e *Explanation) map[string]float64 {
	t.Helper()
	q := map[string]float64{}
	for _, step := range e.Steps {
		if step.Title == "" || step.Words == "" {
			t.Errorf("%s: a step without title or words: %+v", name, step)
		}
		for _, f := range step.Formulas {
			if math.IsNaN(f.Value) || math.IsInf(f.Value, 0) {
				t.Errorf("%s: %s is %v", name, f.Symbol, f.Value)
			}
			q[f.Symbol] = f.Value
		}
	}
	var text bytes.Buffer
	if err := e.WriteText(&text); err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{"NaN", "Inf", "%!"} {
		if strings.Contains(text.String(), bad) {
			t.Fatalf("%s: %s in\n%s", name, bad, text.String())
		}
	}
	return q
}

func near(t *testing.T, what string, got, want float64) {
	t.Helper()
	if math.Abs(got-want) > 1e-9*math.Max(1e-3, math.Abs(want)) {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

// Point values of models.md: parameters rounded as published, weeks that are no
// whole days.
func TestPublishedPointValuesByHand(t *testing.T) {
	for _, row := range []struct {
		model          string
		x              int
		recency, age   float64
		alive, orders3 float64 // P(alive), E[Y(39 weeks)]
	}{
		{"bgnbd", 2, 30.43, 38.86, .726578570081, 1.22602817477},
		{"mbgnbd", 2, 30.43, 38.86, .706202265118, 1.26296062327},
		{"paretonbd", 2, 30.43, 38.86, .869167559153, 1.45512319326},
		{"bgnbd", 0, 0, 38.86, 1, .195098052011},
		{"mbgnbd", 0, 0, 38.86, .389735080919, .154012746675},
		{"paretonbd", 26, 216. / 7, 31, .99787426061, 20.1161295985},
		{"bgnbd", 26, 216. / 7, 31, .968851562852, 20.7483536943},
		{"bgnbd", 1000, 10, 100, 0, 0},
	} {
		m := fitted(t, row.model, "horizon_days: 273\nannual_discount: 0.15\n")
		e, err := ByHand{Frequency: row.x, Recency: model.UnitWeek.Span(row.recency), Age: model.UnitWeek.Span(row.age), RepeatMean: 22.35 * math.Min(1, float64(row.x))}.Explain(m)
		if err != nil {
			t.Fatal(err)
		}
		for _, q := range []struct {
			what      string
			got, want float64
		}{{"P(alive)", e.Estimate.PAlive, row.alive}, {"E[Y(39)]", e.Estimate.ExpectedOrders, row.orders3}} {
			if math.Abs(q.got-q.want) > 1e-9*q.want+1e-300 {
				t.Errorf("%s (%d, %v, %v): %s is %.12g, want %.12g", row.model, row.x, row.recency, row.age, q.what, q.got, q.want)
			}
		}
		quantities(t, row.model, &e)
	}
}

// Gamma-Gamma of models.md.
func TestPublishedSpendByHand(t *testing.T) {
	m := fitted(t, "mbgnbd", yearly)
	for _, row := range []struct {
		x       int
		m, want float64
	}{{2, 22.35, 24.663713911}, {1, 11.77, 18.9168520578}, {7, 73.74, 71.4696708970}, {0, 0, 35.218978102}} {
		recency := model.UnitDay.Span(float64(row.x * 10))
		e, err := ByHand{Frequency: row.x, Recency: recency, Age: model.UnitDay.Span(100), RepeatMean: row.m}.Explain(m)
		if err != nil {
			t.Fatal(err)
		}
		if got := e.Estimate.SpendMinor / 100; math.Abs(got-row.want) > 1e-9*row.want {
			t.Errorf("(%d, %v): spend %.12g, want %.12g", row.x, row.m, got, row.want)
		}
	}
}

// By hand in whole days it is what estimate.Of says of such a history, bit for
// bit; a hair off them it is nearly the same.
func TestByHandIsTheLiveValue(t *testing.T) {
	for name, m := range models(t) {
		margins := rules()
		ratio := .4
		if m.inputs.MarginRatio > 0 {
			margins.Margins, ratio = must(money.NewMargins(must(money.ParseDecimal("0.3")))), .3
		}
		h := &history.History{}
		for day, minor := range map[int64]int64{100: 1_500, 120: 2_000, 313: 3_000} {
			h.Orders = append(h.Orders, history.Order{ID: fmt.Sprint(day), Placed: true, Tellings: history.Tellings{Day: calendar.Day(day), FirstDay: calendar.Day(day), AtMicros: day * dayMicros},
				Worth: history.Worth{AmountMinor: minor, MarginMinor: int64(float64(minor) * ratio)}})
		}
		h.LatestMicros = 313 * dayMicros
		sortByDay(h.Orders)
		live, err := Customer(h, margins, m, 372*dayMicros)
		if err != nil {
			t.Fatal(err)
		}
		customer := ByHand{Frequency: 2, Recency: model.UnitDay.Span(213), Age: model.UnitDay.Span(272), RepeatMean: 25, First: 15, FirstKnown: true, MarginRatio: .4}
		byHand, err := customer.Explain(m)
		if err != nil {
			t.Fatal(err)
		}
		byHand.Estimate.AsOfMicros = live.Estimate.AsOfMicros
		if byHand.Estimate != live.Estimate {
			t.Errorf("%s: by hand %+v\nlive %+v", name, byHand.Estimate, live.Estimate)
		}
		customer.Age = model.UnitDay.Span(272.0001)
		off, err := customer.Explain(m)
		if m.purchases == nil {
			if err == nil {
				t.Errorf("%s takes parts of a day", name)
			}
			continue
		}
		if err != nil || math.Abs(off.Estimate.CLVMinor-live.Estimate.CLVMinor) > 1e-4*live.Estimate.CLVMinor {
			t.Errorf("%s: a hair later the value is %v, was %v (%v)", name, off.Estimate.CLVMinor, live.Estimate.CLVMinor, err)
		}
	}
}

func sortByDay(orders []history.Order) {
	for i := range orders {
		for j := i; j > 0 && orders[j].Day < orders[j-1].Day; j-- {
			orders[j], orders[j-1] = orders[j-1], orders[j]
		}
	}
}

func TestByHandRefusesWhatIsNoCustomer(t *testing.T) {
	weeks := model.UnitWeek.Span
	m := fitted(t, "mbgnbd", yearly)
	for name, c := range map[string]ByHand{
		"negative x":        {Frequency: -1},
		"recency after age": {Frequency: 1, Recency: weeks(3), Age: weeks(2)},
		"repeat at once":    {Frequency: 1, Age: weeks(2)},
		"one-timer's t_x":   {Recency: weeks(1), Age: weeks(2)},
		"one-timer's m":     {Age: weeks(2), RepeatMean: 5},
		"m below 0":         {Frequency: 1, Recency: weeks(1), Age: weeks(2), RepeatMean: -1},
		"m not a number":    {Frequency: 1, Recency: weeks(1), Age: weeks(2), RepeatMean: math.NaN()},
		"first too large":   {Age: weeks(2), First: 1e10, FirstKnown: true},
	} {
		_, err := c.Explain(m)
		var wrong *model.RangeError
		if !errors.As(err, &wrong) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// What a marketer reads, line by line.
func TestTextOfAnExplanation(t *testing.T) {
	m := fitted(t, "mbgnbd", yearly)
	e, err := ByHand{Frequency: 2, Recency: model.UnitDay.Span(213), Age: model.UnitDay.Span(272), RepeatMean: 22.35}.Explain(m)
	if err != nil {
		t.Fatal(err)
	}
	var text bytes.Buffer
	if err := e.WriteText(&text); err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{
		"1. The customer's purchases",
		"     x   = purchase days − 1\n         = 3 − 1\n         = 2 repeat purchase days",
		"         = 213 days ÷ 7\n         = 30.4286 weeks",
		"              = ((6.183+30.4286)/(6.183+38.8571))^(0.525+2)",
		"     P(alive) = S ÷ (S + L)",
		"spend           = w · m + (1−w) · population mean",
		"                     = 24.66 USD",
		"6. Value",
	} {
		if !strings.Contains(text.String(), line) {
			t.Errorf("no line %q in\n%s", line, text.String())
		}
	}
	for line := range strings.SplitSeq(text.String(), "\n") {
		if strings.HasPrefix(line, "   ") && !strings.HasPrefix(line, "     ") && len([]rune(line)) > textColumns {
			t.Errorf("a line of %d columns: %s", len([]rune(line)), line)
		}
	}
}

func TestCustomerWithoutAnOrder(t *testing.T) {
	h := &history.History{LatestMicros: dayMicros}
	e, err := Customer(h, rules(), fitted(t, "bgnbd", yearly), dayMicros)
	if err != nil || len(e.Steps) != 1 || e.Estimate.CLVMinor != 0 {
		t.Errorf("%+v, %v", e, err)
	}
}
