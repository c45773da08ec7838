package model

import "github.com/clvstream/clvstream/clv/formula"

// MBGNBDParams is the MBG/NBD model (Batislam, Denizel and Filiztekin 2007,
// "Empirical validation and comparison of models for customer base analysis"):
// BG/NBD in which a customer may leave after the first purchase of all as well, so
// that one who bought once fades like the others.
type MBGNBDParams struct {
	Unit     TimeUnit // what α counts in
	R, Alpha float64  // buying: shape, and rate in units of time; both > 0
	A, B     float64  // leaving: both > 0
}

const mbgnbdName = "mbgnbd"

// DescribeMBGNBD describes the model.
func DescribeMBGNBD() Description {
	params := func(in Inputs) MBGNBDParams {
		return MBGNBDParams{Unit: in.Unit, R: in.Values["r"], Alpha: in.Values["alpha"], A: in.Values["a"], B: in.Values["b"]}
	}
	return Description{
		Name: mbgnbdName, Title: "MBG/NBD", Kind: KindPurchases, Attrition: true, Nested: nbdName,
		Parameters: betaGeometricParameters,
		Build: func(in Inputs) (Model, error) {
			return NewMBGNBD(params(in), in.Spend, in.Assumptions, in.Version)
		},
		Purchases: func(in Inputs) (Purchases, error) { return params(in).Purchases() },
		Explain:   func(c *Case) Explanation { return c.explainBetaGeometric(1) },
		Implied: func(in Inputs, style formula.Style) []string {
			return impliedBetaGeometric(in, style, "after any purchase, the first included")
		},
	}
}

// Purchases is the model for analysts, with a formula for every question. A
// *RangeError says which parameter is not allowed.
func (p MBGNBDParams) Purchases() (Purchases, error) { return p.betaGeometric().checked() }

func (p MBGNBDParams) betaGeometric() *betaGeometric {
	return &betaGeometric{unit: p.Unit, gammaPoisson: gammaPoisson{p.R, p.Alpha}, a: p.A, b: p.B, firstChance: 1}
}

// NewMBGNBD joins the purchase model to a spend model under the given assumptions,
// ready to value customers; version identifies them all. A *RangeError says which
// number is not allowed.
func NewMBGNBD(purchases MBGNBDParams, spend GammaGammaParams, under Assumptions, version string) (*Fitted, error) {
	return purchases.betaGeometric().fitted(mbgnbdName, spend, under, version)
}
