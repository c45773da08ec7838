// Package announce decides which changes are announced.
//
//	Move (before, after, last announced) ──Policy.Decide──► Decision (outcome, reason)
//
// decide.go alone decides whether and with which reason a change is announced. The state
// of a customer is exact, whatever is announced.
package announce
