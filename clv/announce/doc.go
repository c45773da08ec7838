// Package announce decides what subscribers hear.
//
//	Move (before, after, what they know) ──Policy.Decide──► Decision (outcome, reason)
//
// Whether, why and with which reason a change is announced is in decide.go alone.
// The state of a customer is exact, whatever is announced.
package announce
