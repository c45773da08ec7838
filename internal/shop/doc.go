// Package shop simulates a shop. Its customers arrive, buy at their own rate, spend
// around their own mean, ask for refunds, and drop out unobserved. All rates are drawn
// from known distributions, so that parameters fitted to the orders can be compared with
// the true ones.
//
//	Config ──► Run.Events ──► Disorder.Deliver ──► topic or file
//	(truth)    (time order)   (late, twice)
//
// A shop is deterministic: each draw depends on (seed, customer, order number, purpose)
// alone. Adding customers does not change the first ones, and refunds and churn events
// do not change orders.
//
// It uses no clock: events have simulated times, and the caller paces them. Memory is
// O(customers), with one next order each, plus the pending consequences of the orders of
// the last weeks.
//
// It refuses parameters without a valid distribution, and empty time spans.
package shop
