// Package shop is a shop that does not exist: customers who arrive, buy at
// their own rate, spend around their own mean, ask for money back, and one day
// silently leave. Every rate is drawn from a stated distribution, so that what
// is fitted to its orders can be compared with the truth.
//
//	Config ──► Run.Events ──► Disorder.Deliver ──► topic or file
//	(truth)    (time order)   (late, twice)
//
// A shop is deterministic: each draw is a function of (seed, customer, order
// number, purpose) alone. Another seed is another shop; more customers leave
// the first ones as they were; refunds and churn events change no order.
//
// It knows no clock: events carry the simulated time, and whoever consumes them
// paces. Memory is O(customers), one next order each, plus what follows from
// orders of the last weeks.
//
// It refuses parameters for which a distribution does not exist and spans that
// are empty; it never draws from a substitute.
package shop
