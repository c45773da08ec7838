// Package standing says where a customer stands at an instant, and when they will
// stand otherwise if nothing happens.
//
//	Estimate ──Basis.Standing──► Standing (stage, tier, level of P(alive), floor)
//	    │
//	    └──Basis.Outlook──► NextChange (the next due time), Silence (and what it costs)
//
// Everything in a Standing follows from the history and the instant but the tier,
// which hysteresis and the hold make depend on the one before.
package standing
