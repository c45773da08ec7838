// Package model is the models that value customers. Beside its formulas, each has a
// Description: its name, the meaning of its parameters, how it is built, and how it
// explains a value.
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
// A purchase model is evaluated in two ways, from the same formulas: Purchases exactly, for
// analysts, and purchaseTables from Chebyshev series, for the live path. Formulas are
// written so that nothing cancels or overflows; the numerics are in clv/numeric.
//
// A model refuses parameters outside its range with a *RangeError. A prediction is
// finite for all facts, and allocates nothing. Nothing here is fitted: clv/fit does
// that, and clv/catalog lists the models.
package model
