// Package clv knows customers: what is stored of one, how an event or an instant
// takes them further, and what is announced of it.
//
//	            ┌──────────────────── Customer.Advance ─────────────────────┐
//	Event ──►   history ──► model ──► estimate ──► standing ──► announce ──► Change
//	instant ──► (ledger,    (x, t_x,  (CLV and     (stage,      (announce,
//	            sums)        T, m)     its parts)   tier, due)   suppress, postpone)
//
// Each step is a package of its own below this one; money and calendar are what all
// of them count in, statistics is what a Customer adds to the figures of the base,
// fit is where models get their parameters from, catalog lists the models. Here is what joins them: the
// Customer, readings as of other instants (Customer.At, Path) and what-if.
//
// Everything in clv is a pure function of its arguments: it has no clock, no context,
// no log, no goroutine and no I/O, and time is always a parameter. It does not know
// that Kafka or Redis exist.
package clv
