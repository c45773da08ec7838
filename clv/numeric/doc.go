// Package numeric is the numerics that models are computed with. It knows no
// model, no customer and no unit.
//
//	mean over p ~ Beta(a, b)      BetaQuadrature ──► MeanPower, MeanPowerIntegral
//	integral over a time          GaussLegendre ──► Decline.Laplace (discounting), ExpIntegral
//	function once, looked up often  NewSeries ──► Series.At
//	counts of a mixed Poisson     NegativeBinomial
//	(z)ₙ = Γ(z+n)/Γ(z)            LogPochhammer, PochhammerLogs; LogAddExp
//
// Each is written so that nothing cancels or overflows within the range that it
// states, and each error that is more than rounding is stated or returned.
// Arguments are not checked: outside the range the result may be NaN.
package numeric
