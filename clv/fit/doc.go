// Package fit estimates the parameters of the models in clv/model from what
// customers did: maximum likelihood, exact derivatives, standard errors, and
// warnings where the figures look right and are not.
//
//	Summary, weight ──Add──► Sample ──► a purchase model's ──► Result
//	(x, t_x, T)              (equal rows  likelihood, gradient,  (parameters, errors,
//	                          merged)     Hessian ──► Newton      LL, AIC, BIC, warnings)
//	x, m         ──Add──► SpendSample ──► GammaGamma ──┤
//	survivors    ──────────────────────► SBG ──────────┘
//
// Each model's likelihood is a file. Parameters are found as their logarithms, so
// that none leaves its range, by Newton's method within a trust region from several
// starts. Memory is bounded by the number of distinct rows, whatever the number of
// customers. Holdout holds predictions to what happened after a split.
//
// It refuses samples from which nothing can be estimated (ErrTooFew) and never
// returns NaN. It starts no goroutine: a caller with processors to spare lends
// them through Options.
package fit
