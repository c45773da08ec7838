package model

import "math"

// GammaGammaParams is the Gamma-Gamma model of spend per purchase (Fader and
// Hardie 2013, "The Gamma-Gamma Model of Monetary Value"): amounts of one
// customer are Gamma(p, ν), and ν varies as Gamma(q, γ). It assumes that spend
// does not depend on how often one buys.
type GammaGammaParams struct {
	P     float64 // shape of one customer's amounts, > 0
	Q     float64 // shape of the variation between customers, > 1: below, the mean is infinite
	Gamma float64 // rate of that variation, > 0, major units of money
}

var gammaGammaParameters = []Parameter{
	fitted("p", PureNumber, "spend: how similar the orders of one customer are",
		"the amounts of one customer differ without limit", "each customer always spends the same amount"),
	fitted("q", PureNumber, "spend: how similar customers are in mean spend",
		"the mean spend is infinite", "all customers spend the same on average"),
	fitted("gamma", InMajorUnits, "spend: pγ ÷ (q−1) is the mean",
		"customers spend nearly nothing", "all customers spend the same on average"),
}

// DescribeGammaGamma describes the model, which is a part of every purchase
// model's file.
func DescribeGammaGamma() Description {
	return Description{Name: "gammagamma", Title: "Gamma-Gamma", Kind: KindSpend, Parameters: gammaGammaParameters}
}

// GammaGamma are the parameters by name, as the model takes them.
func (v Values) GammaGamma() GammaGammaParams {
	return GammaGammaParams{P: v["p"], Q: v["q"], Gamma: v["gamma"]}
}

func (g GammaGammaParams) check() error {
	if err := check(gammaGammaParameters, g.P, g.Q, g.Gamma); err != nil {
		return err
	}
	if g.Q <= 1 {
		return &RangeError{What: "q", Value: g.Q, Allowed: "above 1: otherwise the mean spend of the population is infinite"}
	}
	return nil
}

// PopulationMean is the mean spend per purchase of a customer not yet seen,
// pγ ÷ (q − 1), major units.
func (g GammaGammaParams) PopulationMean() float64 { return g.Expected(0, 0) }

// Expected is E[M | x, m], the mean spend per purchase of a customer with x
// repeat purchase days of mean amount m ≥ 0 (major units):
// p(γ + xm) ÷ (px + q − 1), equation 5 of the paper.
func (g GammaGammaParams) Expected(x int, m float64) float64 {
	return g.expected(float64(x), m)
}

func (g *GammaGammaParams) expected(x, m float64) float64 {
	return g.P * (g.Gamma + x*math.Max(0, m)) / (g.P*x + g.Q - 1)
}

// OwnWeight is how much a customer's own mean counts after x repeat purchase days,
// [0, 1), the rest being the population's: px ÷ (px + q − 1).
func (g GammaGammaParams) OwnWeight(x float64) float64 {
	return g.P * x / (g.P*x + g.Q - 1)
}
