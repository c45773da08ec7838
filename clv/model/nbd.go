package model

import (
	"math"

	"github.com/clvstream/clvstream/clv/formula"
	"github.com/clvstream/clvstream/clv/numeric"
)

// NBDParams is the NBD model (Ehrenberg 1959, "The Pattern of Consumer
// Purchases"): buying at rate λ ~ Gamma(r, α), with mean r/α per unit of time,
// and nobody ever leaves. It is what the other models become on data without
// visible dropout.
type NBDParams struct {
	Unit     TimeUnit // what α counts in
	R, Alpha float64  // shape, and rate in units of time; both > 0
}

const nbdName = "nbd"

// DescribeNBD describes the model.
func DescribeNBD() Description {
	params := func(in Inputs) NBDParams {
		return NBDParams{Unit: in.Unit, R: in.Values["r"], Alpha: in.Values["alpha"]}
	}
	return Description{
		Name: nbdName, Title: "NBD", Kind: KindPurchases,
		Parameters: gammaRate,
		Build: func(in Inputs) (Model, error) {
			return NewNBD(params(in), in.Spend, in.Assumptions, in.Version)
		},
		Purchases: func(in Inputs) (Purchases, error) { return params(in).Purchases() },
		Explain:   (*Case).explainNBD,
		Implied: func(in Inputs, style formula.Style) []string {
			return []string{impliedPace(in, style), "There is no dropout: silence is chance."}
		},
	}
}

func (c *Case) explainNBD() Explanation {
	alive := formula.Step{
		Title:    "Is the customer alive?",
		Words:    c.silence() + " The NBD model has no dropout, so every customer is alive.",
		Formulas: []formula.Formula{{Symbol: "P(alive)", General: "1", Value: c.Prediction.PAlive}},
	}
	pace := c.pace()
	orders := c.paceStep("The pace combines the customer's own purchases with those of the population, and there is no dropout.",
		pace, "t · pace", formula.Times(formula.Number(c.in(c.Horizon)), formula.Number(pace.Value)))
	return c.explainPurchases(alive, orders, discountedPace)
}

// Purchases is the model for analysts, with a formula for every question. A
// *RangeError says which parameter is not allowed.
func (p NBDParams) Purchases() (Purchases, error) { return p.nbd() }

func (p NBDParams) nbd() (*nbd, error) {
	if p.Unit.Days() == 0 {
		return nil, errNoUnit(p.Unit)
	}
	if err := check(gammaRate, p.R, p.Alpha); err != nil {
		return nil, err
	}
	return &nbd{p.Unit, gammaPoisson{p.R, p.Alpha}}, nil
}

// NewNBD joins the purchase model to a spend model under the given assumptions,
// ready to value customers; version identifies them all. A *RangeError says which
// number is not allowed.
func NewNBD(purchases NBDParams, spend GammaGammaParams, under Assumptions, version string) (*Fitted, error) {
	n, err := purchases.nbd()
	if err != nil {
		return nil, err
	}
	return newFitted(nbdName, version, n.unit, spend, under, func(d discounting) purchaseTables {
		return &nbdTables{nbd: *n, perRate: d.discountedPerRate(), discounting: d}
	})
}

type nbd struct {
	unit TimeUnit
	gammaPoisson
}

// LogLikelihood is of the times of the purchases, like the other models'.
func (n *nbd) LogLikelihood(s Summary) float64 {
	x, _, age := s.in(n.unit)
	return numeric.LogPochhammer(n.r, s.frequency) - n.r*math.Log1p(age/n.alpha) - x*math.Log(n.alpha+age)
}

// PAlive is 1: nobody leaves.
func (n *nbd) PAlive(Summary) float64 { return 1 }

// rate is E[λ | x, T].
func (n *nbd) rate(x, age float64) float64 { return (n.r + x) / (n.alpha + age) }

// ExpectedOrders is t(r+x) ÷ (α+T).
func (n *nbd) ExpectedOrders(s Summary, t Span) float64 {
	x, _, age := s.in(n.unit)
	return n.rate(x, age) * t.In(n.unit)
}

// NoOrder is ((α+T)/(α+T+t))^(r+x).
func (n *nbd) NoOrder(s Summary, t Span) float64 {
	x, _, age := s.in(n.unit)
	return math.Exp(-(n.r + x) * math.Log1p(t.In(n.unit)/(n.alpha+age)))
}

// MedianWait is (α+T)(2^(1/(r+x)) − 1).
func (n *nbd) MedianWait(s Summary) Span {
	x, _, age := s.in(n.unit)
	return n.unit.Span((n.alpha + age) * medianWaitFactor(n.r+x))
}

// DiscountedOrders is (1 − e^(−δt))/δ · (r+x)/(α+T).
func (n *nbd) DiscountedOrders(s Summary, horizon Span, d Discount) float64 {
	x, _, age := s.in(n.unit)
	f := discounting{horizon: horizon.In(n.unit), discount: d.Per(n.unit)}
	return n.rate(x, age) * f.discountedPerRate()
}

// ResidualOrders is (r+x)/(α+T)/δ, exactly.
func (n *nbd) ResidualOrders(s Summary, d Discount) (orders, errBound float64, err error) {
	if d.perDay == 0 {
		return 0, 0, ErrNoDiscount
	}
	x, _, age := s.in(n.unit)
	return n.rate(x, age) / d.Per(n.unit), 0, nil
}

// MeanOrders is tr/α.
func (n *nbd) MeanOrders(t Span) float64 { return n.r / n.alpha * t.In(n.unit) }

// OrdersPMF is the negative binomial distribution.
func (n *nbd) OrdersPMF(k int, t Span) float64 {
	if k < 0 {
		return 0
	}
	return numeric.NegativeBinomial{R: n.r, Alpha: n.alpha}.PMF(k, t.In(n.unit))
}

// nbdTables is the NBD model for one horizon and discount: it needs no table.
type nbdTables struct {
	nbd
	discounting
	perRate float64 // discounted purchases within the horizon at rate 1
}

func (n *nbdTables) pAlive(_, _, _ float64) float64 { return 1 }

func (n *nbdTables) expect(x, _, age float64) expected {
	rate := n.rate(x, age)
	e := expected{
		orders:     rate * n.horizon,
		discounted: rate * n.perRate,
		wait:       (n.alpha + age) * medianWaitFactor(n.r+x),
	}
	if n.discount > 0 {
		e.residual = rate / n.discount
	}
	return e
}
