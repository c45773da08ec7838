package clv

import (
	"fmt"
	"math"
	"testing"
)

// The parameters published for CDNOW, weeks: BG/NBD in Fader, Hardie and Lee
// (2005), MBG/NBD in Batislam, Denizel and Filiztekin (2007), Gamma-Gamma in
// Fader and Hardie (2013).
var (
	cdnowBG    = BGNBDParams{Unit: UnitWeek, R: .243, Alpha: 4.414, A: .793, B: 2.426}
	cdnowMBG   = MBGNBDParams{Unit: UnitWeek, R: .525, Alpha: 6.183, A: .891, B: 1.614}
	cdnowSpend = GammaGammaParams{P: 6.25, Q: 3.74, Gamma: 15.44}
)

// near fails unless got is want within a relative tolerance, absolute below 1e-300.
func near(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if math.Abs(want) < 1e-300 {
		if !(math.Abs(got) < 1e-300) {
			t.Errorf("%s = %.15g, want below 1e-300", what, got)
		}
		return
	}
	if !(math.Abs(got-want) <= tolerance*math.Abs(want)) {
		t.Errorf("%s = %.15g, want %.15g (relative difference %.2g)", what, got, want, got/want-1)
	}
}

// Derived by direct summation in 12 digits for the published parameters.
func TestCoinModelsPointValues(t *testing.T) {
	bg, mbg := cdnowBG.coin(), cdnowMBG.coin()
	for _, row := range []struct {
		x, recency, age                float64
		bgAlive, bgY39, mbgAlive, mbgY float64
	}{
		{2, 30.43, 38.86, .726578570081, 1.22602817477, .706202265118, 1.26296062327},
		{0, 0, 38.86, 1, .195098052011, .389735080919, .154012746675},
		{26, 216. / 7, 31, .968851562852, 20.7483536943, .965498054768, 19.4493510345},
		{1000, 10, 100, 0, 0, 0, 0},
	} {
		name := fmt.Sprintf("(%v, %v, %v) ", row.x, row.recency, row.age)
		y39 := func(c *coinParams) float64 {
			l := c.living(row.x, row.age)
			rule := l.rule(39)
			return c.pAlive(row.x, row.recency, row.age) * rule.orders(l.shape, 39/l.rate)
		}
		near(t, name+"BG P(alive)", bg.pAlive(row.x, row.recency, row.age), row.bgAlive, 1e-11)
		near(t, name+"MBG P(alive)", mbg.pAlive(row.x, row.recency, row.age), row.mbgAlive, 1e-11)
		near(t, name+"BG E[Y(39)]", y39(&bg), row.bgY39, 1e-11)
		near(t, name+"MBG E[Y(39)]", y39(&mbg), row.mbgY, 1e-11)
	}
}

func cdnowTerms() Terms {
	d, _ := AnnualDiscount(.1)
	dollars, _ := ParseCurrency("USD")
	return Terms{Horizon: UnitDay.Span(365), Discount: d, MarginRatio: .3, Currency: dollars}
}

func TestTablesAgreeWithIntegrals(t *testing.T) {
	m, err := NewMBGNBD(cdnowMBG, cdnowSpend, cdnowTerms(), "v")
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range []float64{0, 1, 2, 7, 29, 64, 200, 1000} {
		if !m.row(int(x)).usable {
			t.Errorf("x = %v has no table", x)
		}
		for _, age := range []float64{0, 1. / 7, 3, 39, 104, 1000, 5000} {
			l := m.coin.living(x, age)
			slow, fast := m.integrals(&l), m.expect(x, age)
			near(t, "orders", fast.orders, slow.orders, 1e-11)
			near(t, "discounted", fast.discounted, slow.discounted, 1e-11)
			near(t, "residual", fast.residual, slow.residual, 1e-11)
		}
	}
}

func BenchmarkPredict(b *testing.B) {
	m, _ := NewMBGNBD(cdnowMBG, cdnowSpend, cdnowTerms(), "v")
	f := Facts{Orders: 3, PurchaseDays: 3, Frequency: 2, RecencyDays: 213, AgeDays: 272, RepeatMeanMinor: 2235}
	b.ReportAllocs()
	var s float64
	for b.Loop() {
		f.AgeDays ^= 1
		s += m.Predict(f).ValueIfAliveMinor
	}
}

func BenchmarkNewRow(b *testing.B) {
	m, _ := NewMBGNBD(cdnowMBG, cdnowSpend, cdnowTerms(), "v")
	for b.Loop() {
		m.newRow(2)
	}
}
func BenchmarkDirect(b *testing.B) {
	m, _ := NewMBGNBD(cdnowMBG, cdnowSpend, cdnowTerms(), "v")
	for b.Loop() {
		l := m.coin.living(2, 39)
		m.integrals(&l)
	}
}
