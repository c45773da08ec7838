package model

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

// Purchases is the model for analysts, with a formula for every question. A
// *RangeError says which parameter is not allowed.
func (p BGNBDParams) Purchases() (Purchases, error) {
	c := p.coin()
	if err := c.check(); err != nil {
		return nil, err
	}
	return c, nil
}

func (p BGNBDParams) coin() *coin {
	return &coin{unit: p.Unit, r: p.R, alpha: p.Alpha, a: p.A, b: p.B}
}

// NewBGNBD joins the purchase model to a spend model under the given terms, ready
// to value customers; version identifies them all. A *RangeError says which
// number is not allowed.
func NewBGNBD(purchases BGNBDParams, spend GammaGammaParams, terms Terms, version string) (*Fitted, error) {
	c := purchases.coin()
	if err := c.check(); err != nil {
		return nil, err
	}
	return newFitted("bgnbd", version, c.unit, spend, terms, func(f future) tabulated {
		return newCoinTables(*c, f)
	})
}
