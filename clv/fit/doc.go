// Package fit estimates the parameters of the models in clv from what customers
// did: maximum likelihood, exact derivatives, standard errors, and warnings
// where the figures look right and are not.
//
//	Summary, weight ──Add──► Sample ──► BGNBD │ MBGNBD │ ParetoNBD │ NBD ──► Result
//	(x, t_x, T)              (equal rows     likelihood, gradient,   (parameters, errors,
//	                          merged)        Hessian ──► Newton       LL, AIC, BIC, warnings)
//	x, m         ──Add──► SpendSample ──► GammaGamma ──┤
//	survivors    ──────────────────────► SBG ──────────┘
//
// Parameters are found as their logarithms, so that none leaves its range, by
// Newton's method within a trust region from several starts. Memory is bounded
// by the number of distinct rows, whatever the number of customers.
//
// It refuses samples from which nothing can be estimated (ErrTooFew) and never
// returns NaN. It starts no goroutine: a caller with processors to spare lends
// them through Options.
package fit
