// Package clv is a customer as a whole: what is stored, how an event or a due time
// changes it, and what is announced.
//
//	            ┌──────────────────── Customer.Advance ─────────────────────┐
//	Event ──►   history ──► model ──► estimate ──► standing ──► announce ──► Change
//	instant ──► (ledger,    (x, t_x,  (CLV and     (stage,      (announce,
//	            sums)        T, m)     its parts)   tier, due)   suppress, postpone)
//
// Each step is a package of its own below this one. All use money and calendar;
// statistics has the figures of the base, fit estimates the parameters of models, and
// catalog lists the models. This package joins them: the Customer, readings as of other
// instants (Customer.At, Path) and what-if.
//
// Everything in clv is a pure function of its arguments: it has no clock, no context,
// no log, no goroutine and no I/O, and time is always a parameter. It does not know
// that Kafka or Redis exist.
package clv
