package fit

import (
	"flag"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/clv/model"
	"github.com/clvstream/clvstream/clv/money"
)

var update = flag.Bool("update", false, "write the figures of docs/models.md anew")

// TestDocumentedFigures holds every figure of docs/models.md to the code: what
// stands between its markers is what the functions here print.
func TestDocumentedFigures(t *testing.T) {
	path := filepath.Join("..", "..", "docs", "models.md")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	figures := map[string]func(*testing.T, *strings.Builder){
		"rates": rateFigures, "practitioners": practitionerFigures, "fits": fitFigures,
		"points": pointFigures, "value": valueFigures, "contracts": contractFigures, "opportunities": opportunityFigures,
	}
	block := regexp.MustCompile(`(?s)<!-- figures: (\w+) -->\n(.*?)<!-- end -->`)
	current := block.ReplaceAllStringFunc(string(text), func(found string) string {
		name := block.FindStringSubmatch(found)[1]
		figure, known := figures[name]
		if !known {
			t.Fatalf("nothing makes the figures %q", name)
		}
		delete(figures, name)
		var b strings.Builder
		figure(t, &b)
		return fmt.Sprintf("<!-- figures: %s -->\n%s<!-- end -->", name, b.String())
	})
	for name := range figures {
		t.Errorf("the page has no place for the figures %q", name)
	}
	if *update {
		if err := os.WriteFile(path, []byte(current), 0o644); err != nil {
			t.Fatal(err)
		}
	} else if current != string(text) {
		t.Errorf("%s is not what the code says; run this test with -update and read the difference", path)
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func rateFigures(_ *testing.T, b *strings.Builder) {
	fmt.Fprintf(b, "10 %% a year is %.6f %% in each of 12 months and %.6f %% in each of 52 weeks; continuously, %.6f a year.\n",
		100*model.PeriodRate(.1, 12), 100*model.PeriodRate(.1, 52), must(model.AnnualDiscount(.1)).Per(model.UnitDay)*365.25)
}

func practitionerFigures(_ *testing.T, b *strings.Builder) {
	fmt.Fprint(b, "| example | CLV |\n|---|---|\n")
	simple := func(name string, orders int, spend, lifespan, margin float64) {
		f := history.Facts{PurchaseDays: orders, AgeDays: 365, RevenueMinor: int64(spend * 100 * float64(orders)), MarginRatio: margin}
		f.MarginMinor = int64(float64(f.RevenueMinor) * margin)
		p := must(model.NewSimple(lifespan)).Predict(f)
		fmt.Fprintf(b, "| `simple`: %s | %.2f |\n", name, (float64(f.MarginMinor)+p.ValueIfAliveMinor)/100)
	}
	simple("60 × 3 a year × 2 years", 3, 60, 2, 1)
	simple("the same at a margin of 50 %", 3, 60, 2, .5)
	simple("85 × 4 a year × 3 years", 4, 85, 3, 1)
	monthly := history.Facts{PurchaseDays: 12, AgeDays: 365, RevenueMinor: 240_000, MarginRatio: .3}
	fmt.Fprintf(b, "| `margin_churn`: 200 a month × 30 %% ÷ 6 %% | %.2f |\n", must(model.NewMarginChurn(.06)).Predict(monthly).ValueIfAliveMinor/100)
	dcf := model.RetentionDCFParams{Retention: .75, AnnualDiscount: .2, Years: 10, RetentionCost: 50}
	fmt.Fprintf(b, "| `retention_dcf`: 260 a year, r .75, d .20, 10 years, 50 a year to keep | %.2f |\n", dcf.Value(260))
	dcf = model.RetentionDCFParams{Retention: .8, AnnualDiscount: .1}
	fmt.Fprintf(b, "| `retention_dcf`: 100 a year, r .8, d .1, for ever, first margin at once | %.2f |\n", dcf.Value(100))
	dcf.FirstAfterYear = true
	fmt.Fprintf(b, "| the same, first margin after a year | %.2f |\n", dcf.Value(100))
}

func fitFigures(t *testing.T, b *strings.Builder) {
	c := summarise(t, readCDNOW(t, "CDNOW_sample.txt"))
	fmt.Fprint(b, "| model | parameters | LL | AIC |\n|---|---|---|---|\n")
	results := []Result{
		must(BGNBD(c.Sample, Options{})), must(MBGNBD(c.Sample, Options{})), must(ParetoNBD(c.Sample, Options{})),
		must(NBD(c.Sample, Options{})), must(GammaGamma(c.spend, Options{})),
	}
	for _, r := range results {
		var parameters []string
		for _, p := range r.Parameters {
			parameters = append(parameters, fmt.Sprintf("%s %.4f ± %.4f", p.Name, p.Value, p.StandardError))
		}
		fmt.Fprintf(b, "| `%s` | %s | %.4f | %.1f |\n", r.Model, strings.Join(parameters, ", "), r.LogLikelihood, r.AIC)
	}
}

func pointFigures(_ *testing.T, b *strings.Builder) {
	models := []model.Purchases{
		must(model.BGNBDParams{Unit: model.UnitWeek, R: .243, Alpha: 4.414, A: .793, B: 2.426}.Purchases()),
		must(model.MBGNBDParams{Unit: model.UnitWeek, R: .525, Alpha: 6.183, A: .891, B: 1.614}.Purchases()),
		must(model.ParetoNBDParams{Unit: model.UnitWeek, R: .553, Alpha: 10.578, S: .606, Beta: 11.669}.Purchases()),
	}
	fmt.Fprint(b, "| x, t_x, T | | BG/NBD | MBG/NBD | Pareto/NBD |\n|---|---|---|---|---|\n")
	for _, at := range []struct {
		x            int
		recency, age float64
	}{{2, 30.43, 38.86}, {0, 0, 38.86}, {26, 216. / 7, 31}} {
		s := must(model.NewSummary(at.x, model.UnitWeek.Span(at.recency), model.UnitWeek.Span(at.age)))
		for what, f := range []func(model.Purchases) float64{
			func(m model.Purchases) float64 { return m.PAlive(s) },
			func(m model.Purchases) float64 { return m.ExpectedOrders(s, model.UnitWeek.Span(39)) },
		} {
			fmt.Fprintf(b, "| %d, %.2f, %.2f | %s |", at.x, at.recency, at.age, []string{"P(alive)", "orders in 39 weeks"}[what])
			for _, m := range models {
				fmt.Fprintf(b, " %.4f |", f(m))
			}
			fmt.Fprintln(b)
		}
	}
}

func valueFigures(_ *testing.T, b *strings.Builder) {
	model := must(model.NewMBGNBD(
		model.MBGNBDParams{Unit: model.UnitWeek, R: .525, Alpha: 6.183, A: .891, B: 1.614},
		model.GammaGammaParams{P: 6.25, Q: 3.74, Gamma: 15.44},
		model.Assumptions{
			Horizon: model.UnitDay.Span(365), Discount: must(model.AnnualDiscount(.15)),
			MarginRatio: .3, Currency: must(money.ParseCurrency("USD")),
		}, "docs"))
	p := model.Predict(history.Facts{PurchaseDays: 3, Frequency: 2, RecencyDays: 213, AgeDays: 272, RepeatMeanMinor: 2235})
	fmt.Fprint(b, "| step | |\n|---|---|\n")
	fmt.Fprintf(b, "| P(alive) | %.4f |\n", p.PAlive)
	fmt.Fprintf(b, "| orders expected within the horizon, if alive | %.4f |\n", p.OrdersIfAlive)
	fmt.Fprintf(b, "| the same, discounted | %.4f |\n", p.ValueIfAliveMinor/(.3*p.SpendMinor))
	fmt.Fprintf(b, "| spend per order | %.4f |\n", p.SpendMinor/100)
	fmt.Fprintf(b, "| predicted value | %.4f |\n", p.PAlive*p.ValueIfAliveMinor/100)
	fmt.Fprintf(b, "| predicted value for ever | %.4f |\n", p.PAlive*p.ResidualIfAliveMinor/100)
	fmt.Fprintf(b, "| median days to the next order, if alive | %.1f |\n", p.NextOrderDays)
}

func contractFigures(_ *testing.T, b *strings.Builder) {
	fmt.Fprint(b, "| cohort | α | β | S(12) |\n|---|---|---|---|\n")
	for _, cohort := range []struct {
		name      string
		survivors []float64
	}{
		{"Regular", []float64{1000, 631, 468, 382, 326, 289, 262, 241}},
		{"High End", []float64{1000, 869, 743, 653, 593, 551, 517, 491}},
	} {
		r := must(SBG(cohort.survivors, Options{}))
		fmt.Fprintf(b, "| %s | %.3f | %.3f | %.4f %% |\n", cohort.name, r.Value("alpha"), r.Value("beta"),
			100*model.SBGParams{Period: model.UnitMonth.Span(12), Alpha: r.Value("alpha"), Beta: r.Value("beta")}.Survival(12))
	}
	fmt.Fprint(b, "\n| period n | 1 | 2 | 3 | 4 | 5 |\n|---|---|---|---|---|---|\n| DERL |")
	p := model.SBGParams{Period: model.UnitMonth.Span(12), Alpha: 3.80, Beta: 15.20}
	for n := 1; n <= 5; n++ {
		fmt.Fprintf(b, " %.2f |", math.Round(100*must(p.DERL(n, .1)))/100)
	}
	fmt.Fprintln(b)
}

func opportunityFigures(t *testing.T, b *strings.Builder) {
	year := model.UnitMonth.Span(12)
	r := must(BGBB(donors(t), Options{Period: year}))
	fmt.Fprint(b, "| α | β | γ | δ | LL |\n|---|---|---|---|---|\n|")
	for _, p := range r.Parameters {
		fmt.Fprintf(b, " %.3f ± %.3f |", p.Value, p.StandardError)
	}
	fmt.Fprintf(b, " %.1f |\n\n", r.LogLikelihood)
	description := model.DescribeBGBB()
	m := must(description.Purchases(model.Inputs{Values: r.Values(), Unit: model.UnitMonth, Period: year}))
	fmt.Fprint(b, "| years given in of six, the last | P(alive) in the seventh | donations in the ten years after |\n|---|---|---|\n")
	for _, at := range []struct{ x, last int }{{0, 0}, {2, 4}, {4, 5}, {6, 6}} {
		s := must(model.NewSummary(at.x, model.UnitMonth.Span(float64(12*at.last)), model.UnitMonth.Span(12*6.5)))
		fmt.Fprintf(b, "| %d, %d | %.2f | %.2f |\n", at.x, at.last, m.PAlive(s), m.ExpectedOrders(s, model.UnitMonth.Span(120)))
	}
}
