// Package standing determines a customer's stage, tier and watched levels at an instant,
// and when the next of them will change without an event.
//
//	Estimate ──Basis.Standing──► Standing (stage, tier, level of P(alive), floor)
//	    │
//	    └──Basis.Outlook──► NextChange (the next due time), Silence (and its expected loss)
//
// A Standing depends on the history and the instant alone, except the tier: hysteresis
// and hold make it depend on the tier before.
package standing
