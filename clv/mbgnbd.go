package clv

// MBGNBDParams is the MBG/NBD model (Batislam, Denizel and Filiztekin 2007,
// "Empirical validation and comparison of models for customer base analysis"):
// BG/NBD with one more toss, after the first purchase of all, so that a
// customer who bought once fades like the others.
type MBGNBDParams struct {
	Unit     TimeUnit // what α counts in
	R, Alpha float64  // buying: shape, and rate in units of time; both > 0
	A, B     float64  // leaving: both > 0
}

func (p *MBGNBDParams) coin() coinParams {
	return coinParams{unit: p.Unit, r: p.R, alpha: p.Alpha, a: p.A, b: p.B, extraTosses: 1}
}

// NewMBGNBD joins the purchase model to a spend model under the given terms;
// version identifies them all. A *RangeError says which number is not allowed.
func NewMBGNBD(purchases MBGNBDParams, spend GammaGammaParams, terms Terms, version string) (*CoinModel, error) {
	return newCoinModel("mbgnbd", version, purchases.coin(), spend, terms)
}
