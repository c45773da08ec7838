package model

import (
	"math"

	"github.com/clvstream/clvstream/clv/history"
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
