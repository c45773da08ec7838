package shop

import (
	"math"
	"math/rand/v2"
	"testing"
)

// moments are the mean and the standard error of it.
func moments(n int, draw func(i int) float64) (mean, standardError float64) {
	sum, squares := 0.0, 0.0
	for i := range n {
		x := draw(i)
		sum += x
		squares += x * x
	}
	mean = sum / float64(n)
	variance := squares/float64(n) - mean*mean
	return mean, math.Sqrt(variance / float64(n))
}

func TestGammaHasItsMoments(t *testing.T) {
	for _, p := range []struct{ shape, rate float64 }{{.05, 1}, {.243, 4.414}, {1, 2}, {3.74, 15.44}, {250, .5}} {
		rnd := rand.New(rand.NewPCG(1, 2))
		var squares float64
		mean, se := moments(200_000, func(int) float64 {
			x := gamma(rnd, p.shape, p.rate)
			squares += (x - p.shape/p.rate) * (x - p.shape/p.rate)
			return x
		})
		within(t, "mean of gamma", mean, p.shape/p.rate, se)
		// the variance of a squared deviation is σ⁴·(2 + 6/shape)
		variance := p.shape / p.rate / p.rate
		within(t, "variance of gamma", squares/200_000, variance, variance*math.Sqrt((2+6/p.shape)/200_000))
	}
}

func TestBetaHasItsMean(t *testing.T) {
	for _, p := range []struct{ a, b float64 }{{.793, 2.426}, {.891, 1.614}, {4, 2}, {.001, .002}, {1e-9, 3e-9}} {
		rnd := rand.New(rand.NewPCG(1, 2))
		mean, se := moments(100_000, func(int) float64 { return beta(rnd, p.a, p.b) })
		within(t, "mean of beta", mean, p.a/(p.a+p.b), se)
	}
}

func TestTraitsFollowTheirDistributions(t *testing.T) {
	c := year()
	c.Customers = 100_000
	r := c.open()
	rate, rateSE := moments(c.Customers, func(i int) float64 { return r.customers[i].ratePerDay * 7 })
	within(t, "E[λ] = r/α", rate, c.Buying.MeanRate(), rateSE)
	leave, leaveSE := moments(c.Customers, func(i int) float64 { return r.customers[i].leave })
	within(t, "E[p] = a/(a+b)", leave, c.Buying.A/(c.Buying.A+c.Buying.B), leaveSE)
	nu, nuSE := moments(c.Customers, func(i int) float64 { return r.customers[i].spendRate })
	within(t, "E[ν] = q/γ", nu, c.Spend.Q/c.Spend.Gamma, nuSE)
	firsts, firstsSE := moments(c.Customers, func(i int) float64 {
		return float64(r.customers[i].firstMicros-r.startMicros) / microsPerDay
	})
	within(t, "mean first day", firsts, c.AcquisitionDays/2, firstsSE)
	web, webSE := moments(c.Customers, func(i int) float64 {
		if r.customers[i].channel == 0 {
			return 1
		}
		return 0
	})
	within(t, "share of web", web, .5, webSE)
}

func TestSpendFollowsGammaGamma(t *testing.T) {
	c := year()
	c.Customers = 100_000
	r := c.open()
	mean, se := moments(c.Customers, func(i int) float64 {
		return float64(r.amountMinor(uint32(i), &r.customers[i], 0)) / 100
	})
	within(t, "E[z] = pγ/(q−1)", mean, c.Spend.Mean(), se)
	// orders of one customer share ν: their covariance is p²·Var(1/ν)
	q, g := c.Spend.Q, c.Spend.Gamma
	wantCovariance := c.Spend.P * c.Spend.P * g * g / ((q - 1) * (q - 1) * (q - 2))
	covariance, seCovariance := moments(c.Customers, func(i int) float64 {
		first := float64(r.amountMinor(uint32(i), &r.customers[i], 0))/100 - c.Spend.Mean()
		second := float64(r.amountMinor(uint32(i), &r.customers[i], 1))/100 - c.Spend.Mean()
		return first * second
	})
	within(t, "covariance of a customer's orders", covariance, wantCovariance, seCovariance)
}

// repeats simulates each customer alone to t weeks after the first order.
func repeats(t *testing.T, model string, weeks float64) (mean, se float64, zeros float64, customers int) {
	t.Helper()
	c := year()
	buying, err := CDNOW(model)
	if err != nil {
		t.Fatal(err)
	}
	c.Buying, c.Customers, c.AcquisitionDays, c.End = buying, 100_000, 1e-6, start.AddDate(10, 0, 0)
	r := c.open()
	mean, se = moments(c.Customers, func(i int) float64 {
		cu := &r.customers[i]
		until := cu.firstMicros + int64(weeks*7*microsPerDay)
		n := uint32(0)
		for at := cu.firstMicros; ; n++ {
			if at, _ = r.next(uint32(i), cu, n, at); at > until {
				break
			}
		}
		if n == 0 {
			zeros++
		}
		return float64(n)
	})
	return mean, se, zeros / float64(c.Customers), c.Customers
}

func TestRepeatOrdersFollowTheModel(t *testing.T) {
	const weeks = 39.0
	share := func(p float64, n int) float64 { return math.Sqrt(p * (1 - p) / float64(n)) }

	t.Run(NBD, func(t *testing.T) {
		mean, se, zeros, n := repeats(t, NBD, weeks)
		within(t, "E[X(39)] = r·t/α", mean, .385*weeks/12.072, se)
		want := math.Pow(12.072/(12.072+weeks), .385)
		within(t, "P(X(39)=0)", zeros, want, share(want, n))
	})
	t.Run(BGNBD, func(t *testing.T) {
		// P(X(39)=0) as published for these parameters; E[X(39)] by eq. 9 of
		// Fader, Hardie & Lee (2005), evaluated by hypergeometric series below.
		mean, se, zeros, n := repeats(t, BGNBD, weeks)
		within(t, "P(X(39)=0)", zeros, .573786352096, share(.573786352096, n))
		within(t, "E[X(39)]", mean, bgExpected(.243, 4.414, .793, 2.426, weeks), se)
	})
	t.Run(MBGNBD, func(t *testing.T) {
		// No repeat: left at once, or stayed and did not order (p and λ are
		// independent).
		_, _, zeros, n := repeats(t, MBGNBD, weeks)
		left := .891 / (.891 + 1.614)
		want := left + (1-left)*math.Pow(6.183/(6.183+weeks), .525)
		within(t, "P(X(39)=0)", zeros, want, share(want, n))
	})
	t.Run(ParetoNBD, func(t *testing.T) {
		// E[X(t)] = r·β/(α·(s−1))·(1 − (β/(β+t))^(s−1)), Schmittlein,
		// Morrison & Colombo (1987), eq. 17.
		mean, se, _, _ := repeats(t, ParetoNBD, weeks)
		const r, alpha, s, beta = .553, 10.578, .606, 11.669
		want := r * beta / (alpha * (s - 1)) * (1 - math.Pow(beta/(beta+weeks), s-1))
		within(t, "E[X(39)]", mean, want, se)
	})
}

// bgExpected is E[X(t)] of BG/NBD, eq. 9 of Fader, Hardie & Lee (2005).
func bgExpected(r, alpha, a, b, t float64) float64 {
	z, term, sum := t/(alpha+t), 1.0, 1.0
	for k := 0.0; k < 5000; k++ {
		term *= (r + k) * (b + k) / ((a + b - 1 + k) * (k + 1)) * z
		sum += term
	}
	return (a + b - 1) / (a - 1) * (1 - math.Pow(alpha/(alpha+t), r)*sum)
}
