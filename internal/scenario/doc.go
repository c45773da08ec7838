// Package scenario reads and runs scenario files: events in, values and changes out, with
// the right figures worked out by hand and the reason in words. A test holds the rules of
// docs/guarantees.md by them, and a user who reports a fault can send one.
//
//	FILE.yaml ──Parse──► File ─┬─► Fold: clv.Customer.Advance, event by event ──────┐
//	(settings, steps,          ├─► Shuffled: the same in other orders of arrival ───┼─► Differences
//	 wanted values, why)       ├─► Naive: the code by which verify recomputes ──────┤   by line
//	                           └─► the whole system, in virtual time (tests only) ──┘
//
// They share the steps and nothing else. Fold tells each change; Naive knows values only;
// the whole system is the consumer and the publisher on an embedded broker and store, with
// restarts, pauses and partitions as the steps say.
//
// Events are JSON as producers send them, also where a file writes them in one line. So a
// field that the decoder learns later needs no change here.
//
// It refuses a file with a key or word that it does not know, without a reason in words, or
// with a step that cannot be carried out, and names the line and what to write instead. The
// page docs/scenarios.md describes the format.
package scenario
