// Package numeric is the numerics of the models. It knows no models, customers or units.
//
//	mean over p ~ Beta(a, b)      BetaQuadrature ──► MeanPower, MeanPowerIntegral
//	integral over a time          GaussLegendre ──► Decline.Laplace (discounting), ExpIntegral
//	function once, looked up often  NewSeries ──► Series.At
//	counts of a mixed Poisson     NegativeBinomial
//	(z)ₙ = Γ(z+n)/Γ(z)            LogPochhammer, PochhammerLogs; LogAddExp
//
// Each function states the range in which nothing cancels or overflows, and states or
// returns any error above rounding. Arguments are not checked: outside the range the
// result may be NaN.
package numeric
