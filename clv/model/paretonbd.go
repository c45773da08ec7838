package model

import (
	"fmt"
	"math"
	"slices"

	"github.com/clvstream/clvstream/clv/formula"
	"github.com/clvstream/clvstream/clv/numeric"
)

// ParetoNBDParams is the Pareto/NBD model (Schmittlein, Morrison and Colombo
// 1987, "Counting Your Customers: Who Are They and What Will They Do Next?"):
// buying at rate λ ~ Gamma(r, α), with mean r/α per unit of time, until leaving
// at any time at rate μ ~ Gamma(s, β), with mean s/β per unit of time.
type ParetoNBDParams struct {
	Unit     TimeUnit // what α and β count in
	R, Alpha float64  // buying: shape, and rate in units of time; both > 0
	S, Beta  float64  // leaving: shape, and rate in units of time; both > 0
}

const paretonbdName = "paretonbd"

var paretoParameters = slices.Concat(gammaRate, []Parameter{
	fitted("s", PureNumber, "dropout: how similar customers are in rate",
		"nobody leaves", "everybody leaves at the same rate, s ÷ β"),
	fitted("beta", InTimeUnits, "dropout: s ÷ β is the mean rate",
		"most customers leave at once", "everybody leaves at the same rate, s ÷ β"),
})

// DescribeParetoNBD describes the model.
func DescribeParetoNBD() Description {
	params := func(in Inputs) ParetoNBDParams {
		return ParetoNBDParams{Unit: in.Unit, R: in.Values["r"], Alpha: in.Values["alpha"], S: in.Values["s"], Beta: in.Values["beta"]}
	}
	return Description{
		Name: paretonbdName, Title: "Pareto/NBD", Kind: KindPurchases, Attrition: true, Nested: nbdName,
		Parameters: paretoParameters,
		Build: func(in Inputs) (Model, error) {
			return NewParetoNBD(params(in), in.Spend, in.Assumptions, in.Version)
		},
		Purchases: func(in Inputs) (Purchases, error) { return params(in).Purchases() },
		Explain:   (*Case).explainPareto,
		Implied: func(in Inputs, style formula.Style) []string {
			s, beta, unit := in.Values["s"], in.Values["beta"], in.Unit.String()
			return []string{impliedPace(in, style),
				fmt.Sprintf("Customers drop out at a rate of %s a %s on average (s/β): half of them have after %s.",
					style.Number(s/beta), unit, style.Count(beta*math.Expm1(math.Ln2/s), unit))}
		},
	}
}

func (c *Case) explainPareto() Explanation {
	p, n := c.Values, formula.Number
	x, recency, age, horizon := float64(c.Facts.Frequency), c.in(c.Summary.Recency()), c.in(c.Summary.Age()), c.in(c.Horizon)
	alive := formula.Step{
		Title: "Is the customer alive?",
		Words: c.silence() + " Dropout is not observed, only silence. The model weighs two explanations of the silence: " +
			"chance, or dropout at some time since the last purchase. The integral is the odds of dropout.",
		Formulas: []formula.Formula{{
			Symbol: "P(alive)", Value: c.Prediction.PAlive,
			General: "1 ÷ (1 + ∫ from t_x to T of ((α+T)/(α+u))^(r+x) · ((β+T)/(β+u))^s · s/(β+u) du)",
			Numbers: fmt.Sprintf("1 ÷ (1 + ∫ from %s to %s of (%s/(%s+u))^%s · (%s/(%s+u))^%s · %s/(%s+u) du)", n(recency), n(age),
				n(p["alpha"]+age), n(p["alpha"]), n(p["r"]+x), n(p["beta"]+age), n(p["beta"]), n(p["s"]), n(p["s"]), n(p["beta"])),
		}},
	}
	orders := c.ordersAtPace("pace · (β+T)/(s−1) · (1 − ((β+T)/(β+T+t))^(s−1))",
		fmt.Sprintf("%s · (%s+%s)/(%s−1) · (1 − (%s/%s)^(%s−1))",
			n(c.pace().Value), n(p["beta"]), n(age), n(p["s"]), n(p["beta"]+age), n(p["beta"]+age+horizon), n(p["s"])))
	return c.explainPurchases(alive, orders, discountedPace)
}

// Purchases is the model for analysts, with a formula for every question. A
// *RangeError says which parameter is not allowed.
func (p ParetoNBDParams) Purchases() (Purchases, error) { return p.pareto() }

func (p ParetoNBDParams) pareto() (*pareto, error) {
	if p.Unit.Days() == 0 {
		return nil, errNoUnit(p.Unit)
	}
	if err := check(paretoParameters, p.R, p.Alpha, p.S, p.Beta); err != nil {
		return nil, err
	}
	return &pareto{p.Unit, gammaPoisson{p.R, p.Alpha}, p.S, p.Beta}, nil
}

// NewParetoNBD joins the purchase model to a spend model under the given assumptions,
// ready to value customers; version identifies them all. A *RangeError says
// which number is not allowed.
func NewParetoNBD(purchases ParetoNBDParams, spend GammaGammaParams, under Assumptions, version string) (*Fitted, error) {
	m, err := purchases.pareto()
	if err != nil {
		return nil, err
	}
	return newFitted(paretonbdName, version, m.unit, spend, under, func(d discounting) purchaseTables {
		return newParetoTables(*m, d)
	})
}

type pareto struct {
	unit TimeUnit
	gammaPoisson
	s, beta float64
}

// leaves is the probability that a customer of x purchases, known to be alive
// at y, leaves before the next purchase:
//
//	s ∫ ((α+y)/(α+u))^(r+x) ((β+y)/(β+u))^s du/(β+u), u from y to ∞.
//
// It is s/(r+s+x)·₂F₁(1, r+x; r+s+x+1; (α−β)/(α+y)), taken as a mean over
// Beta(1, r+s+x) in whichever of two forms has no difference in it.
func (m *pareto) leaves(x, y float64) float64 {
	total := m.r + m.s + x
	order, kappa, scale := m.r+x, (m.beta-m.alpha)/(m.alpha+y), 1.0
	if m.alpha > m.beta {
		order, kappa, scale = m.s+1, (m.alpha-m.beta)/(m.beta+y), (m.alpha+y)/(m.beta+y)
	}
	rule := numeric.NewBetaQuadrature(1, total, order, order*kappa)
	return math.Min(1, m.s/total*scale*rule.MeanPower(order, kappa))
}

// logStill is ln of the probability that a customer alive at y, who has bought
// x times, neither buys nor leaves until later.
func (m *pareto) logStill(x, y, later float64) float64 {
	return -(m.r+x)*math.Log1p((later-y)/(m.alpha+y)) - m.s*math.Log1p((later-y)/(m.beta+y))
}

// pAliveFrom is P(alive): with A = leaves(x, ·) and E = logStill from t_x to T,
// 1 ÷ (1 + e^(−E) A(t_x) − A(T)).
func pAliveFrom(leavesThen, leavesNow, logStill float64) float64 {
	return math.Min(1, 1/(1-leavesNow+leavesThen*math.Exp(-logStill)))
}

func (m *pareto) pAlive(x, recency, age float64) float64 {
	return pAliveFrom(m.leaves(x, recency), m.leaves(x, age), m.logStill(x, recency, age))
}

// LogLikelihood joins the alive and the lost term by their odds, 1 ÷ PAlive − 1.
func (m *pareto) LogLikelihood(s Summary) float64 {
	x, recency, age := s.in(m.unit)
	alive := numeric.LogPochhammer(m.r, s.frequency) -
		m.r*math.Log1p(age/m.alpha) - x*math.Log(m.alpha+age) - m.s*math.Log1p(age/m.beta)
	lost := math.Log(m.leaves(x, recency)) - m.logStill(x, recency, age)
	return alive + numeric.LogAddExp(math.Log1p(-m.leaves(x, age)), lost)
}

// PAlive is equation 11 of Fader and Hardie (2005), "A Note on Deriving the
// Pareto/NBD Model and Related Expressions", without its difference of two
// large terms.
func (m *pareto) PAlive(s Summary) float64 { return m.pAlive(s.in(m.unit)) }

// orders is E[Y(t)] given alive at T:
// (r+x)(β+T) ÷ ((α+T)(s−1)) · (1 − ((β+T)/(β+T+t))^(s−1)), whatever s.
func (m *pareto) orders(x, age, t float64) float64 {
	perUnit := (m.r + x) / (m.alpha + age)
	return perUnit * (m.beta + age) * numeric.ExpIntegral(m.s-1, math.Log1p(t/(m.beta+age)))
}

// ExpectedOrders is equation 41 of Fader and Hardie's note.
func (m *pareto) ExpectedOrders(s Summary, t Span) float64 {
	x, recency, age := s.in(m.unit)
	return m.pAlive(x, recency, age) * m.orders(x, age, t.In(m.unit))
}

// NoOrder counts those gone at T, those who leave before the next purchase, and
// those who stay and do not buy.
func (m *pareto) NoOrder(s Summary, t Span) float64 {
	x, recency, age := s.in(m.unit)
	later := age + t.In(m.unit)
	still := math.Exp(m.logStill(x, age, later))
	ordered := 1 - still - (m.leaves(x, age) - still*m.leaves(x, later))
	return 1 - m.pAlive(x, recency, age)*math.Max(0, ordered)
}

// MedianWait is (α+T)(2^(1/(r+x)) − 1).
func (m *pareto) MedianWait(s Summary) Span {
	x, _, age := s.in(m.unit)
	return m.unit.Span((m.alpha + age) * medianWaitFactor(m.r+x))
}

// staying is the share of customers alive at T who are still there at
// κ = t/(β+T): (1+κ)^−s.
func (m *pareto) staying() numeric.Decline {
	return numeric.Decline{
		H:     func(kappa float64) float64 { return math.Exp(-m.s * math.Log1p(kappa)) },
		Slope: m.s,
	}
}

// DiscountedOrders integrates the rate of purchases to come.
func (m *pareto) DiscountedOrders(s Summary, horizon Span, d Discount) float64 {
	x, recency, age := s.in(m.unit)
	f := discounting{horizon: horizon.In(m.unit), discount: d.Per(m.unit)}
	value, _ := f.discounted(m.beta+age, m.staying())
	return m.pAlive(x, recency, age) * (m.r + x) / (m.alpha + age) * (m.beta + age) * value
}

// ResidualOrders is DERT of Fader, Hardie and Lee (2005), "RFM and CLV".
func (m *pareto) ResidualOrders(s Summary, d Discount) (orders, errBound float64, err error) {
	if d.perDay == 0 {
		return 0, 0, ErrNoDiscount
	}
	x, recency, age := s.in(m.unit)
	value, errBound := discounting{discount: d.Per(m.unit)}.residual(m.beta+age, m.staying())
	scale := m.pAlive(x, recency, age) * (m.r + x) / (m.alpha + age) * (m.beta + age)
	return scale * value, scale * (errBound + numeric.BetaQuadratureError*value), nil
}

// MeanOrders is rβ ÷ (α(s−1)) · (1 − (β/(β+t))^(s−1)).
func (m *pareto) MeanOrders(t Span) float64 { return m.orders(0, 0, t.In(m.unit)) }

// OrdersPMF is n purchases and still there, or n purchases before leaving at u:
// the mean over u of the negative binomial, as in Fader and Hardie (2006),
// "Deriving an Expression for P(X(t)=x) Under the Pareto/NBD Model".
func (m *pareto) OrdersPMF(n int, t Span) float64 {
	if n < 0 {
		return 0
	}
	length := t.In(m.unit)
	buying := numeric.NegativeBinomial{R: m.r, Alpha: m.alpha}
	stays := math.Exp(-m.s * math.Log1p(length/m.beta))
	return buying.PMF(n, length)*stays + m.goneAfter(n, length)
}

// goneAfter is the probability of n purchases and then leaving within length.
// Over the time of leaving u the integrand bends near α, β and nα/r; panels that
// double from well before them to well after resolve it.
func (m *pareto) goneAfter(n int, length float64) float64 {
	buying := numeric.NegativeBinomial{R: m.r, Alpha: m.alpha}
	leavingAt := func(u float64) float64 {
		return m.s / (m.beta + u) * math.Exp(-m.s*math.Log1p(u/m.beta)) * buying.PMF(n, u)
	}
	sum, low := 0.0, 0.0
	high := math.Min(m.alpha/(m.r+float64(n)+1), m.beta/(m.s+1)) / 16
	for low < length {
		high = math.Min(high, length)
		sum += numeric.GaussLegendre(leavingAt, low, high)
		low, high = high, 2*high
	}
	return sum
}
