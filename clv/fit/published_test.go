package fit

import (
	"math"
	"testing"

	"github.com/clvstream/clvstream/clv/model"
)

// near fails unless got is want within a relative tolerance.
func near(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tolerance*math.Abs(want)) {
		t.Errorf("%s = %.10g, want %.10g (relative difference %.2g)", what, got, want, got/want-1)
	}
}

func check(t *testing.T, r Result, err error, logLikelihood float64, values, errors []float64) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	if math.Abs(r.LogLikelihood-logLikelihood) > 1e-4 {
		t.Errorf("%s: LL = %.6f, want %.6f", r.Model, r.LogLikelihood, logLikelihood)
	}
	for i, p := range r.Parameters {
		near(t, r.Model+" "+p.Name, p.Value, values[i], 1e-4)
		if errors != nil {
			near(t, r.Model+" standard error of "+p.Name, p.StandardError, errors[i], 2e-4)
		}
	}
	if len(r.Warnings) > 0 {
		t.Errorf("%s warns of %v", r.Model, r.Warnings)
	}
}

// The CDNOW sample to 1997-09-30. Published: BG/NBD in Fader, Hardie and Lee
// (2005), which has Pareto/NBD too; MBG/NBD in Batislam, Denizel and Filiztekin
// (2007); Gamma-Gamma in Fader and Hardie (2013); standard errors as published
// for the same data. The further digits and NBD were derived independently.
func TestCDNOWSample(t *testing.T) {
	c := summarise(t, readCDNOW(t, "CDNOW_sample.txt"))
	r, err := BGNBD(c.Sample, Options{})
	check(t, r, err, -9582.429207, []float64{.2425945, 4.4136018, .7929220, 2.4259068}, []float64{.012557, .378221, .185719, .705345})
	near(t, "AIC", r.AIC, 2*4+2*9582.429207, 1e-8)
	near(t, "BIC", r.BIC, 4*math.Log(2357)+2*9582.429207, 1e-8)
	if r.Customers != 2357 || r.Repeaters != 946 || r.Unit != model.UnitWeek {
		t.Errorf("fitted on %d customers, %d repeaters, by the %s", r.Customers, r.Repeaters, r.Unit)
	}
	r, err = MBGNBD(c.Sample, Options{})
	check(t, r, err, -9582.135716, []float64{.5248432, 6.1830860, .8913593, 1.6140021}, nil)
	r, err = ParetoNBD(c.Sample, Options{})
	check(t, r, err, -9594.976179, []float64{.5532771, 10.5776837, .6062402, 11.6687402}, []float64{.0476264, .8427222, .1872594, 6.2105448})
	r, err = NBD(c.Sample, Options{})
	check(t, r, err, -9763.657615, []float64{.3847661, 12.0720232}, nil)
	r, err = GammaGamma(c.spend, Options{})
	check(t, r, err, -4055.917695, []float64{6.2495733, 3.7442249, 15.4435186}, nil)
	if r.Customers != 946 {
		t.Errorf("spend was fitted on %d customers", r.Customers)
	}
}

// donors are 11,104 people who first gave to a charity in 1995, by in how many of the
// six years after that they gave again (x), and in which last (t_x): the data of
// Fader, Hardie and Shang (2010).
func donors(tb testing.TB) *Sample {
	tb.Helper()
	s := NewSample(model.UnitMonth)
	for _, row := range [][3]float64{
		{0, 0, 3464}, {1, 1, 1091}, {1, 2, 277}, {1, 3, 129}, {1, 4, 78}, {1, 5, 119}, {1, 6, 129}, {2, 2, 613}, {2, 3, 255}, {2, 4, 155}, {2, 5, 173},
		{2, 6, 234}, {3, 3, 322}, {3, 4, 181}, {3, 5, 225}, {3, 6, 357}, {4, 4, 240}, {4, 5, 284}, {4, 6, 512}, {5, 5, 335}, {5, 6, 728}, {6, 6, 1203},
	} {
		const years = 6
		one, err := model.NewSummary(int(row[0]), model.UnitMonth.Span(12*row[1]), model.UnitMonth.Span(12*years))
		if err != nil {
			tb.Fatal(err)
		}
		if err := s.Add(one, row[2]); err != nil {
			tb.Fatal(err)
		}
	}
	return s
}

// The fit that the paper prints, to its digits.
func TestDonorsOfFaderHardieShang(t *testing.T) {
	r, err := BGBB(donors(t), Options{Period: model.UnitMonth.Span(12)})
	if err != nil {
		t.Fatal(err)
	}
	if math.Abs(r.LogLikelihood - -33225.6) > .05 || r.Customers != 11_104 || r.Repeaters != 11_104-3_464 || len(r.Warnings) > 0 {
		t.Errorf("%+v", r)
	}
	for i, want := range []float64{1.204, .750, .657, 2.783} {
		if p := r.Parameters[i]; math.Abs(p.Value-want) > .0005 || p.StandardError <= 0 {
			t.Errorf("%s is %.5f ± %.5f, published %.3f", p.Name, p.Value, p.StandardError, want)
		}
	}
}

// The two cohorts of Fader and Hardie (2007), the first seven renewals of 1,000
// customers: parameters to the printed digits, and S(12) projected from them.
func TestFaderHardieCohorts(t *testing.T) {
	for _, row := range []struct {
		name             string
		survivors        []float64
		alpha, beta, s12 float64
	}{
		{"Regular", []float64{1000, 631, 468, 382, 326, 289, 262, 241}, .704, 1.182, .170037},
		{"High End", []float64{1000, 869, 743, 653, 593, 551, 517, 491}, .668, 3.806, .377999},
	} {
		r, err := SBG(row.survivors, Options{})
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range []struct{ got, want float64 }{{r.Value("alpha"), row.alpha}, {r.Value("beta"), row.beta}} {
			if math.Abs(p.got-p.want) > .0005 {
				t.Errorf("%s: got %v, want %v", row.name, p.got, p.want)
			}
		}
		near(t, row.name+" S(12)", model.SBGParams{Period: model.UnitMonth.Span(12), Alpha: r.Value("alpha"), Beta: r.Value("beta")}.Survival(12), row.s12, 5e-6)
	}
}
