// Package verify checks on a running system that its state and its published changes
// are exactly what the input log implies.
//
//	input log ──► decode naively ──► recompute naively ─┐
//	Redis ──────► snapshots, each with its positions ───┼─► compare ──► Report
//	clv.changes, clv.current, clv.deadletter, outboxes ─┘
//
// It shares as little code as possible with what it checks. It reads events with
// encoding/json and math/big, and recomputes a customer from the whole set of events,
// without state in between. From clv it takes only tables and formulas: currencies,
// conversion and margin rates, and the model's Predict. From state it takes the readers.
//
// The system may be running. A snapshot of customers has the position up to which each
// input partition was applied. Exactly the events before those positions count, and only
// the changes that they caused. Later events and changes are ignored.
//
// Which events were too late depends on how partitions were interleaved, which no log
// records. So too_late is taken from the dead letters, and checked against the log:
// customers whose events come from a single partition are replayed in order of arrival;
// for others the refusal must be possible. All other refusals must be exactly those of
// the naive decoder.
//
// Changes caused by time have no position in the input. Such a change belongs to a
// customer's snapshot if its version does; if its version is later, the state must have
// reached that version when it is read again. The order of such a change and of events
// follows from the changes that events caused or, if those do not determine it, from
// which order fits: see replay. Stages, tiers and the times of entry are recomputed
// independently, in standing.go, tiers.go and place.go.
//
// Every field of a change is compared:
//
//	with the rest of the change   content.go: what follows from other fields of it
//	with the event that caused it  sequence.go: the cause
//	with what was recomputed       fields.go, and reason.go for the reason
//
// The last needs the order of a customer's events, and so a single partition. Where there
// are several, each change must follow from some order: anyorder.go. The other two are done
// for all customers. Tolerances: half a minor unit for money, a billionth
// for other figures, the rounding of the amounts for their ratios; a best moment may be a
// day that is one hundredth worse than the best. What cannot be decided passes: whether
// the stage before was active, which a valuation without a change may have set; the
// model's name for a customer without a prediction; a missing first_channel, which
// programs of the version before do not store; and, if the order of events is unknown, a
// reason that another event of the same kind would give.
//
// A customer who was erased has lives, up to each erasure and since the last: erasure.go splits
// their events, and each life is compared as a customer of its own, with versions that begin
// anew. Where events came in several partitions, what is stored says up to when nothing is taken,
// and dead letters say what was not: which events a past life had is left out there.
//
// What the statistics count of silent customers in place of their stored values is
// recomputed likewise, as of its day: refreshed.go. That the statistics are what the
// customers count is compared by a scan: statistics.go.
//
// Memory: about 560 bytes for each event with its change, until its shard is done, and
// one shard's customers at a time. 1.5 million events fit into 2 GiB.
package verify
