package model

// MBGNBDParams is the MBG/NBD model (Batislam, Denizel and Filiztekin 2007,
// "Empirical validation and comparison of models for customer base analysis"):
// BG/NBD with one more toss, after the first purchase of all, so that a
// customer who bought once fades like the others.
type MBGNBDParams struct {
	Unit     TimeUnit // what α counts in
	R, Alpha float64  // buying: shape, and rate in units of time; both > 0
	A, B     float64  // leaving: both > 0
}

// Purchases is the model for analysts, with a formula for every question. A
// *RangeError says which parameter is not allowed.
func (p MBGNBDParams) Purchases() (Purchases, error) {
	c := p.coin()
	if err := c.check(); err != nil {
		return nil, err
	}
	return c, nil
}

func (p MBGNBDParams) coin() *coin {
	return &coin{unit: p.Unit, r: p.R, alpha: p.Alpha, a: p.A, b: p.B, extraTosses: 1}
}

// NewMBGNBD joins the purchase model to a spend model under the given terms, ready
// to value customers; version identifies them all. A *RangeError says which
// number is not allowed.
func NewMBGNBD(purchases MBGNBDParams, spend GammaGammaParams, terms Terms, version string) (*Fitted, error) {
	c := purchases.coin()
	if err := c.check(); err != nil {
		return nil, err
	}
	return newFitted("mbgnbd", version, c.unit, spend, terms, func(f future) tabulated {
		return newCoinTables(*c, f)
	})
}
