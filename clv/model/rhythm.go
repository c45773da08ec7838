package model

import (
	"github.com/clvstream/clvstream/clv/history"
	"math"
)

// OwnRhythm is the rhythm that practitioners' models give a customer: orders at
// random with the customer's own mean interval t_x/x, so that a silence of s is
// ended with probability 1 − exp(−s·x/t_x). Who has ordered on one day only has
// none.
type OwnRhythm struct{}

// SilenceDays is −ln(1−q)·t_x/x.
func (OwnRhythm) SilenceDays(f history.Facts, quantile float64) float64 {
	if f.Frequency <= 0 || f.RecencyDays <= 0 {
		return 0
	}
	return -math.Log1p(-quantile) * float64(f.RecencyDays) / float64(f.Frequency)
}

// SilenceQuantile is 1 − exp(−s·x/t_x).
func (OwnRhythm) SilenceQuantile(f history.Facts, days float64) float64 {
	if f.Frequency <= 0 || f.RecencyDays <= 0 {
		return 0
	}
	return -math.Expm1(-days * float64(f.Frequency) / float64(f.RecencyDays))
}

// gammaRhythm is the wait after a purchase at t_x of a customer who stays, with
// λ ~ Gamma(r+x, α+t_x) given what is known then:
// P(wait > s) = ((α+t_x)/(α+t_x+s))^(r+x). Every model of this house that mixes
// Poisson purchases over a gamma has it.
type gammaRhythm struct{ r, alpha float64 }

// silence is (α+t_x)((1−q)^(−1/(r+x)) − 1), in the model's unit.
func (g gammaRhythm) silence(x, recency, quantile float64) float64 {
	if wait := (g.alpha + recency) * math.Expm1(-math.Log1p(-quantile)/(g.r+x)); wait < math.MaxInt32 {
		return wait
	}
	return math.MaxInt32
}

// quantile is 1 − ((α+t_x)/(α+t_x+s))^(r+x), with s in the model's unit.
func (g gammaRhythm) quantile(x, recency, silence float64) float64 {
	return -math.Expm1(-(g.r + x) * math.Log1p(silence/(g.alpha+recency)))
}
