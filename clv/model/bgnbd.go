package model

import "github.com/clvstream/clvstream/clv/formula"

// BGNBDParams is the BG/NBD model (Fader, Hardie and Lee 2005, "Counting Your
// Customers the Easy Way"): buying at rate λ ~ Gamma(r, α), with mean r/α per
// unit of time; leaving after any repeat purchase with probability
// p ~ Beta(a, b), with mean a/(a+b). A customer who bought once is alive for
// certain: prefer MBG/NBD where that matters.
type BGNBDParams struct {
	Unit     TimeUnit // what α counts in
	R, Alpha float64  // buying: shape, and rate in units of time; both > 0
	A, B     float64  // leaving: both > 0
}

const bgnbdName = "bgnbd"

// DescribeBGNBD describes the model.
func DescribeBGNBD() Description {
	params := func(in Inputs) BGNBDParams {
		return BGNBDParams{Unit: in.Unit, R: in.Values["r"], Alpha: in.Values["alpha"], A: in.Values["a"], B: in.Values["b"]}
	}
	return Description{
		Name: bgnbdName, Title: "BG/NBD", Kind: KindPurchases, Attrition: true, Nested: nbdName,
		Parameters: betaGeometricParameters,
		Build: func(in Inputs) (Model, error) {
			return NewBGNBD(params(in), in.Spend, in.Assumptions, in.Version)
		},
		Purchases: func(in Inputs) (Purchases, error) { return params(in).Purchases() },
		Explain:   func(c *Case) Explanation { return c.explainBetaGeometric(0) },
		Implied: func(in Inputs, style formula.Style) []string {
			return impliedBetaGeometric(in, style, "after a repeat purchase; a customer with one purchase never drops out")
		},
	}
}

// Purchases is the model for analysts, with a formula for every question. A
// *RangeError says which parameter is not allowed.
func (p BGNBDParams) Purchases() (Purchases, error) { return p.betaGeometric().checked() }

func (p BGNBDParams) betaGeometric() *betaGeometric {
	return &betaGeometric{unit: p.Unit, gammaPoisson: gammaPoisson{p.R, p.Alpha}, a: p.A, b: p.B}
}

// NewBGNBD joins the purchase model to a spend model under the given assumptions,
// ready to value customers; version identifies them all. A *RangeError says which
// number is not allowed.
func NewBGNBD(purchases BGNBDParams, spend GammaGammaParams, under Assumptions, version string) (*Fitted, error) {
	return purchases.betaGeometric().fitted(bgnbdName, spend, under, version)
}
