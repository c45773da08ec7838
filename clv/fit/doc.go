// Package fit estimates the parameters of the models in clv/model: maximum likelihood
// with exact derivatives, standard errors, and warnings about fits that should not be
// trusted.
//
//	Summary, weight ──Add──► Sample ──► a purchase model's ──► Result
//	(x, t_x, T)              (equal rows  likelihood, gradient,  (parameters, errors,
//	                          merged)     Hessian ──► Newton      LL, AIC, BIC, warnings)
//	x, m         ──Add──► SpendSample ──► GammaGamma ──┤
//	survivors    ──────────────────────► SBG ──────────┘
//
// Each model's likelihood is in a file of its own. The logarithms of the parameters are
// optimised, so that none leaves its range, by Newton's method with a trust region from
// several starts. Memory is bounded by the number of distinct rows, not of customers.
// Holdout compares predictions with what happened after a split.
//
// It refuses samples from which nothing can be estimated (ErrTooFew) and never
// returns NaN. It starts no goroutine: a caller may provide parallelism through Options.
package fit
