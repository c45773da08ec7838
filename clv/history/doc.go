// Package history is the history of a customer: events folded into a ledger of recent
// orders and sums of older ones, and the facts that models read.
//
//	Event ──Fold──► ledger (orders, refunds, cancels of the last 2L) ──┐
//	  │               │ seal: whole days behind 2L                      ├─Sum──► Facts (x, t_x, T, m)
//	  └─► Refusal     └──► Sealed (sums, months, order hashes) ─────────┘
//
// A History is a function of the set of events folded into it, not of their order
// or repetition, provided that no event arrives more than the lateness L behind its
// customer's latest. Redelivery, reordering and replay are therefore harmless; property
// tests check this.
//
// A refund or a cancel whose order is not known waits for it (Waiting), and is given up when
// its day is sealed.
//
// It refuses events that would break the property above (TooLate, see late.go). It knows neither
// models nor the passing of time.
package history
