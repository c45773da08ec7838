package report

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/clv/model"
)

func number64(t *testing.T, text string) float64 {
	t.Helper()
	v, err := strconv.ParseFloat(strings.ReplaceAll(text, ",", ""), 64)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// The matrices' numbers are the live path's, and the analysts'.
func TestMatricesAreTheModel(t *testing.T) {
	for name, file := range models(t) {
		s := must(newSubject(input(t, file, cdnow(t), "1997-09-30", "1998-06-30")))
		live, analyst := must(file.Build()), must(file.Purchases())
		m := s.newMatrix()
		if m.ageDays != 272 || m.frequencies[len(m.frequencies)-1] != 29 {
			t.Fatalf("%s: %+v", name, m)
		}
		alive, orders := must(s.aliveMatrix()), must(s.ordersMatrix())
		cells := 0
		for row, recency := range m.recencyDays {
			for column, x := range m.frequencies {
				shown := [2]string{alive.Rows[row][column+2], orders.Rows[row][column+2]}
				if !m.holds(row, column) {
					if shown != [2]string{} {
						t.Errorf("%s: a customer with x = %d and t_x = %d days cannot be, and is shown with %v", name, x, recency, shown)
					}
					continue
				}
				cells++
				p := live.Predict(history.Facts{Orders: x + 1, PurchaseDays: x + 1, Frequency: x, RecencyDays: recency, AgeDays: m.ageDays})
				summary := must(model.NewSummary(x, model.UnitDay.Span(float64(recency)), model.UnitDay.Span(float64(m.ageDays))))
				for i, want := range [][2]float64{{p.PAlive, analyst.PAlive(summary)}, {p.PAlive * p.OrdersIfAlive, analyst.ExpectedOrders(summary, model.UnitDay.Span(365))}} {
					got := number64(t, shown[i])
					if got != number64(t, precise(want[0])) || math.Abs(got-want[1]) > 1e-5*want[1] {
						t.Errorf("%s, x = %d, t_x = %d days: shown %v, live %v, analyst %v", name, x, recency, got, want[0], want[1])
					}
				}
			}
		}
		if want := 1 + 10*11; cells != want {
			t.Errorf("%s: %d cells, want %d", name, cells, want)
		}
	}
}

func TestColumnsReachTheMostFrequent(t *testing.T) {
	for highest, want := range map[int][]int{
		0:    {0, 1, 2, 3, 4, 5},
		11:   {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11},
		12:   {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12},
		29:   {0, 1, 2, 3, 4, 5, 7, 9, 12, 16, 22, 29},
		1000: {0, 1, 2, 3, 4, 9, 19, 43, 94, 206, 454, 1000},
	} {
		if got := columns(highest); !slices.Equal(got, want) {
			t.Errorf("up to %d: %v, want %v", highest, got, want)
		}
	}
}

// The sums that come with CDNOW, and the scores of the literature's holdout.
func TestFiguresOfCDNOW(t *testing.T) {
	in := input(t, models(t)["mbgnbd"], cdnow(t), "1997-09-30", "1998-06-30")
	s := must(newSubject(in))
	if got := s.totals; got.customers != 2357 || got.repeaters != 946 || got.orders != 2457 || got.mostOrders != 29 || got.heldOrders != 1882 {
		t.Errorf("totals %+v", got)
	}
	counted, expected := s.repeats()
	if want := []float64{1411, 439, 214, 100, 62, 38, 29, 64}; !slices.Equal(counted, want) {
		t.Errorf("repeat purchases %v, want %v", counted, want)
	}
	sum := 0.0
	for n, v := range expected {
		sum += v
		if math.Abs(v-counted[n]) > 20 {
			t.Errorf("%v expected with %d repeat purchases, %v counted", v, n, counted[n])
		}
	}
	if math.Abs(sum-2357) > 1e-6 {
		t.Errorf("%v customers expected", sum)
	}
	a := s.scores.model.Orders
	for what, got := range map[string][2]float64{"MAE": {a.MAE, .76478}, "RMSE": {a.RMSE, 1.60718}, "Σ": {a.Predicted / 1576.73, 1}} {
		if math.Abs(got[0]-got[1]) > 1e-3 {
			t.Errorf("%s is %v, want %v", what, got[0], got[1])
		}
	}
	if c := s.course; len(c.counted) != 78 || c.counted[77] != 4339 || math.Abs(c.expected[77]-4052) > 1 {
		t.Errorf("the course ends with %v and %v", c.counted[77], c.expected[77])
	}
	rows := drawn(t, in, "gains").Rows
	if len(rows) != 4 || number64(t, rows[0][4]) != number64(t, precise(a.MAE)) || rows[1][1] != "2,930" {
		t.Errorf("%v", rows)
	}
}

// Without a split the course is the same, and all of it known.
func TestCourseWithoutAHoldout(t *testing.T) {
	s := must(newSubject(input(t, models(t)["bgnbd"], cdnow(t), "", "")))
	if c := s.course; len(c.counted) != 78 || c.counted[77] != 4339 || len(c.expected) != 78 {
		t.Errorf("%d weeks, %v", len(c.counted), c.counted)
	}
}

// The distribution of mean spend has the density of the Gamma-Gamma paper.
func TestSpendIsGammaGamma(t *testing.T) {
	g := model.GammaGammaParams{P: 6.25, Q: 3.74, Gamma: 15.44}
	logGamma := func(v float64) float64 { l, _ := math.Lgamma(v); return l }
	for _, x := range []int{1, 2, 7, 40} {
		for _, m := range []float64{2, 20, 35, 120} {
			px := g.P * float64(x)
			sum := float64(x) * m
			density := math.Exp(logGamma(px+g.Q)-logGamma(px)-logGamma(g.Q)+g.Q*math.Log(g.Gamma/(g.Gamma+sum))+px*math.Log(sum/(g.Gamma+sum))) / m
			const step = 1e-4
			if slope := (below(g, x, m+step) - below(g, x, m-step)) / (2 * step); math.Abs(slope-density) > 1e-6*density+1e-9 {
				t.Errorf("x = %d, m = %v: density %v, want %v", x, m, slope, density)
			}
		}
	}
	in := input(t, example(t), cdnow(t), "1997-09-30", "1998-06-30")
	counted, expected := 0.0, 0.0
	for _, row := range drawn(t, in, "spend").Rows {
		counted += number64(t, row[1])
		expected += number64(t, row[2])
	}
	if counted != 946 || math.Abs(expected-946) > 2 {
		t.Errorf("%v spenders counted, %v expected", counted, expected)
	}
}

// What a model and data of different kinds have in common is nothing, and the
// report says so.
func TestRemarks(t *testing.T) {
	orders := cdnow(t)
	for name, c := range map[string]struct {
		change func(in *Input)
		want   string
	}{
		"fits":            {func(*Input) {}, ""},
		"days for weeks":  {func(in *Input) { in.File.Unit = model.UnitDay }, "another time unit"},
		"months":          {func(in *Input) { in.File.Unit = model.UnitMonth }, "another time unit"},
		"cents":           {func(in *Input) { in.File.Spend.Values["gamma"] *= 100 }, "minor units"},
		"warned":          {func(in *Input) { in.File.Warnings = []string{"ridge"} }, "Use nbd"},
		"other customers": {func(in *Input) { in.File.FittedOn.Customers = 99 }, "fitted on 99"},
	} {
		in := input(t, example(t), orders, "1997-09-30", "1998-06-30")
		c.change(&in)
		got := strings.Join(must(newSubject(in)).remarks(), "\n")
		if !strings.Contains(got, c.want) || c.want == "" && got != "" {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

// The palette is in order of lightness, and text on it can be read: a contrast
// of 4.5 or more, as WCAG 2 asks for.
func TestShadesAreReadable(t *testing.T) {
	before := -1.0
	for i := range 101 {
		fill, ink := shade(float64(i) / 100)
		light := luminance(t, fill)
		if light <= before {
			t.Errorf("%d %%: %s is not lighter than the step before", i, fill)
		}
		before = light
		high, low := max(light, luminance(t, ink)), min(light, luminance(t, ink))
		if contrast := (high + .05) / (low + .05); contrast < 4.5 {
			t.Errorf("%d %%: %s on %s has a contrast of %.2f", i, ink, fill, contrast)
		}
	}
}

// luminance is WCAG's, of a colour #rrggbb.
func luminance(t *testing.T, hex string) float64 {
	t.Helper()
	value, err := strconv.ParseUint(hex[1:], 16, 32)
	if err != nil || len(hex) != 7 {
		t.Fatalf("%q is no colour", hex)
	}
	channel := func(v uint64) float64 {
		share := float64(v&255) / 255
		if share <= .04045 {
			return share / 12.92
		}
		return math.Pow((share+.055)/1.055, 2.4)
	}
	return .2126*channel(value>>16) + .7152*channel(value>>8) + .0722*channel(value)
}

func TestTicksAreRoundAndCover(t *testing.T) {
	for _, high := range []float64{1e-9, .3, 1, 4.9, 5, 123, 1411, 1e6, 3.7e12} {
		marks := ticks(high, 5)
		last := marks[len(marks)-1]
		if marks[0] != 0 || last < high*(1-1e-9) || len(marks) > 7 || len(marks) < 2 || last > 3*high {
			t.Errorf("up to %v: %v", high, marks)
		}
	}
}

func TestModelsOfContractsAreRefused(t *testing.T) {
	file := models(t)["nbd"]
	file.Model = "sbg"
	if err := Check(file); err == nil || !strings.Contains(err.Error(), "paretonbd") {
		t.Error(err)
	}
	if err := Write(nil, Input{File: file}); err == nil {
		t.Error("a report of sbg is written")
	}
}
