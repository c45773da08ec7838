// Package history is what is remembered of a customer: events folded into a ledger
// of recent orders and sums of what came before, and the facts that models read.
//
//	Event ──Fold──► ledger (orders, refunds, cancels of the last 2L) ──┐
//	  │               │ seal: whole days behind 2L                      ├─Sum──► Facts (x, t_x, T, m)
//	  └─► Refusal     └──► Sealed (sums, months, order hashes) ─────────┘
//
// A History is a function of the set of events folded into it, not of their order
// or repetition, provided that no event arrives more than the lateness L behind its
// customer's latest. Redelivery, reordering and replay are therefore harmless; the
// tests hold it as a property.
//
// It refuses events that would break that property (TooLate). It knows neither
// models nor time that passes.
package history
