// Package explain shows a customer's value step by step, from orders to money, with
// formulas and their numbers, so that a marketer can follow it and an analyst can check
// it.
//
//	history or x, t_x, T, m ──► facts, prediction, estimate ──► the model's own steps ──► text │ JSON
//	                            (the live path's functions)     (Description.Explain)
//	                                                            + churn events
//	                                                            + historic value, and the sum
//
// It knows no model by name and computes no value of its own. Every result is bit for
// bit that of the live path's functions; intermediate figures come from the model's own
// description. Text is rounded, JSON is exact.
//
// It refuses impossible customers: a recency above the age, a negative count, an amount
// that is not finite.
package explain
