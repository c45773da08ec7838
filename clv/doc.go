// Package clv knows customers: what they ordered, what that says about them,
// and what they are worth.
//
// It is the innermost room of the house. Everything in it is a pure function of
// its arguments: it has no clock, no context, no log, no goroutine and no I/O,
// and time is always a parameter. It does not know that Kafka or Redis exist.
//
//	Event ──► History.Fold ──► History ──► Facts ──► Model.Predict ──► Estimate ──► Decide ──► Change
//	          (what happened)  (ledger,    (x, t_x,   (P(alive),       (CLV and     (announce
//	                            sealed)     T, m)      orders, value)   its parts)   or hold)
//
// A History is a function of the set of events folded into it, not of their
// order or repetition, provided that no event arrives more than the lateness
// behind its customer's latest. That is what makes redelivery, reordering and
// replay harmless, and the tests hold it as a property.
//
// It refuses events that would break that property (see Refusal) and never
// guesses: money is int64 minor units of the business currency until it enters
// a model, days are whole days of the business's time zone, and every other
// quantity carries its unit in its name.
package clv
