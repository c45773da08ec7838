// Package model is the models that value customers, and their numerics.
//
//	Facts ──► Model.Predict ──► Prediction (P(alive), orders, discounted value)
//	            │
//	            ├ Historic, Simple, MarginChurn, RetentionDCF   practitioners' formulas
//	            ├ Fitted: BGNBD, MBGNBD, ParetoNBD, NBD         purchases × GammaGamma spend
//	            └ Contract: SBG                                 renewals of a contract
//
// Each model is a file, with its parameters, their ranges and its source. Formulas
// are written so that nothing cancels or overflows; what they cost too much for a
// live path is tabulated (cointosstables.go, paretotables.go).
//
// A model refuses parameters outside its range with a *RangeError. A prediction is
// finite for all facts.
package model
