package model

import (
	"math"

	"github.com/clvstream/clvstream/clv/numeric"
)

// SBGParams is the shifted-beta-geometric model of contracts (Fader and Hardie
// 2007, "How to Project Customer Retention"): at the end of every period a
// customer leaves with probability θ ~ Beta(α, β), with mean α/(α+β), and the
// retention of those who remain rises with time.
type SBGParams struct {
	Period      Span    // length of a contract period, above 0
	Alpha, Beta float64 // leaving: both > 0
}

const sbgName = "sbg"

var sbgParameters = []Parameter{
	fitted("alpha", PureNumber, "churn: α ÷ (α+β) is the mean probability at the end of the first period",
		"nobody leaves", "everybody leaves with the same probability, α ÷ (α+β), at the end of a period"),
	fitted("beta", PureNumber, "churn: see alpha",
		"everybody leaves at the end of the first period", "everybody leaves with the same probability, α ÷ (α+β), at the end of a period"),
}

// DescribeSBG describes the model.
func DescribeSBG() Description {
	return Description{
		Name: sbgName, Title: "sBG", Kind: KindContract, Periodic: true, Attrition: true,
		Parameters: sbgParameters,
		Build: func(in Inputs) (Model, error) {
			return NewSBG(SBGParams{Period: in.Period, Alpha: in.Values["alpha"], Beta: in.Values["beta"]}, in.Assumptions, in.Version)
		},
		Explain: (*Case).explainContract,
	}
}

func (p SBGParams) check() error {
	if p.Period.days == 0 {
		return &RangeError{What: "contract period in days", Value: 0, Allowed: "above 0"}
	}
	return check(sbgParameters, p.Alpha, p.Beta)
}

// Survival is S(n), the share of a cohort that has renewed n ≥ 0 times:
// B(α, β+n) ÷ B(α, β).
func (p SBGParams) Survival(n int) float64 {
	return math.Exp(numeric.LogPochhammer(p.Beta, n) - numeric.LogPochhammer(p.Alpha+p.Beta, n))
}

// Retention is rₙ, the share of those in their n-th period (n ≥ 1) who renew:
// (β+n−1) ÷ (α+β+n−1).
func (p SBGParams) Retention(n int) float64 {
	before := p.Beta + float64(n-1)
	return before / (p.Alpha + before)
}

// LogLikelihood of one customer who renewed n ≥ 0 times and then left.
func (p SBGParams) LogLikelihood(n int) float64 {
	survived := numeric.LogPochhammer(p.Beta, n) - numeric.LogPochhammer(p.Alpha+p.Beta, n)
	return survived + math.Log(p.Alpha/(p.Alpha+p.Beta+float64(n)))
}

// LogLikelihoodAlive of one customer who renewed n ≥ 0 times and is still there.
func (p SBGParams) LogLikelihoodAlive(n int) float64 {
	return numeric.LogPochhammer(p.Beta, n) - numeric.LogPochhammer(p.Alpha+p.Beta, n)
}

// DEL is the discounted expected lifetime of a new customer, in periods, the
// first paid at once: ₂F₁(1, β; α+β; 1/(1+d)) for a discount of d ≥ 0 a period
// (Fader and Hardie 2010, "Customer-Base Valuation in a Contractual Setting").
// Without a discount it is infinite for α ≤ 1: then ErrNoDiscount.
func (p SBGParams) DEL(discountPerPeriod float64) (float64, error) {
	return p.lifetime(p.Beta, discountPerPeriod)
}

// DERL is the discounted expected residual lifetime of a customer in their n-th
// period (n ≥ 1), in periods, the first being the renewal just ahead:
// (β+n−1)/(α+β+n−1)·₂F₁(1, β+n; α+β+n; 1/(1+d)).
func (p SBGParams) DERL(n int, discountPerPeriod float64) (float64, error) {
	periods, err := p.lifetime(p.Beta+float64(n), discountPerPeriod)
	return p.Retention(n) * periods, err
}

// lifetime is ₂F₁(1, b; α+b; 1/(1+d)), as the mean over θ ~ Beta(α, b) of the
// geometric series (1+d)/(d+θ).
func (p SBGParams) lifetime(b, d float64) (float64, error) {
	switch {
	case !(d >= 0 && d <= maxParameter):
		return 0, &RangeError{What: "discount per period", Value: d, Allowed: "0 to 1e9 (0.10 is 10 % a period)"}
	case d > 0:
		d = math.Max(d, minParameter)
		rule := numeric.NewBetaQuadrature(p.Alpha, b, 1, 1/d)
		return (1 + d) / d * rule.MeanPower(1, 1/d), nil
	case p.Alpha > 1:
		return (p.Alpha + b - 1) / (p.Alpha - 1), nil
	default:
		return 0, ErrNoDiscount
	}
}
