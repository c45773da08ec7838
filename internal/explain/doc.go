// Package explain tells a customer's value step by step, from orders to money,
// with the formulas and the numbers put in, so that whoever pays for a campaign
// can follow and an analyst can check.
//
//	history or x, t_x, T, m ──► facts, prediction, estimate ──► the model's own steps ──► text │ JSON
//	                            (the live path's functions)     (Description.Explain)
//	                                                            + what is known of churn
//	                                                            + what was earned, and the sum
//
// It knows no model by name and computes no value of its own: every result is what
// the functions of the live path returned, to the last bit, and an intermediate
// figure is what the model answers an analyst. What is rounded is the text; JSON is
// exact.
//
// It refuses what is no customer: a recency beyond the age, a negative count, an
// amount that is not finite.
package explain
