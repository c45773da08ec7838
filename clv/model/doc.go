// Package model is the models that value customers. Each is described beside its
// formulas: a Description says what it is called, what its parameters mean, how it
// is built, and how it explains itself.
//
//	Inputs ──► Description.Build ──► Model
//	(values,                          │
//	 spend,             Facts ──► Predict ──► Prediction ──► Description.Explain ──► steps
//	 Assumptions)   (x, t_x, T, m)            (P(alive), orders, discounted value)
//
//	Historic, Simple, MarginChurn, RetentionDCF   chosen parameters, a formula each
//	Fitted: BG/NBD, MBG/NBD, Pareto/NBD, NBD      purchases × GammaGamma spend
//	Contract: sBG                                 renewals of a contract
//
// A purchase model exists twice, from the same formulas: Purchases answers an
// analyst exactly, and purchaseTables answers the live path from Chebyshev series.
// Formulas are written so that nothing cancels or overflows; the numerics are
// clv/numeric.
//
// A model refuses parameters outside its range with a *RangeError. A prediction is
// finite for all facts, and allocates nothing. Nothing here is fitted: clv/fit does
// that, and clv/catalog lists the models.
package model
