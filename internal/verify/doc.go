// Package verify proves on a running system that its state and what it has
// published are what its input says they must be.
//
//	input log ──► decode naively ──► recompute naively ─┐
//	Redis ──────► snapshots, each with its positions ───┼─► compare ──► Report
//	clv.changes, clv.current, clv.deadletter, outboxes ─┘
//
// It shares as little as it can with what it checks: events are read by
// encoding/json and math/big, and a customer is recomputed from the whole set
// of events with nothing remembered in between. Of the core it takes what is a
// table or a formula and not a memory: currencies, conversion and margin rates,
// and the model's Predict. Of the state it takes the reading side.
//
// The system may be busy meanwhile. A snapshot of customers says how far each
// input partition was applied to them; exactly the events before those
// positions count for them, and only changes that such events caused. What goes
// on after its snapshot does not matter to a customer.
//
// Which events were too late depends on how partitions interleaved, and no log
// tells that. So too_late is taken from the dead letters, and each is held
// against what the log does tell: customers whose events come from a single
// partition are replayed in their order of arrival, of others the refusal must
// be possible. All other refusals must be exactly those of the naive decoder.
//
// Changes that time caused name no place in the input. One belongs to a customer's
// snapshot if its version does, and beyond it the state must have come to it when
// it is looked at again. Which events came before it follows from the changes that
// events caused and, where those leave it open, from what fits: see replay. Where a
// customer stood at an instant is said a second time, in standing.go and tiers.go, and
// since when, in place.go.
//
// Every field of a change is compared:
//
//	with the rest of the change   content.go: what follows from other fields of it
//	with the event that caused it  sequence.go: the cause
//	with what was recomputed       fields.go, and reason.go for the reason
//
// The last needs the order of a customer's events, and so a single partition; the
// others are done for all. Money may be off by half a minor unit and other figures by
// a billionth, as they are computed otherwise; a ratio of amounts by as much as they
// were rounded; a best moment may be a day that is a hundredth worse than the best.
// What can not be told apart passes: that a customer was active before, which a
// valuation without a change may have found; the model that is named of a customer of
// whom nothing is predicted; a first_channel that is not said, as programs of a version
// before do not store it; and, where the order of events is not known, a reason that
// another event of the kind has.
//
// Memory: some 560 bytes for each event with the change that it caused, less
// what belongs to shards that are done, and one shard's customers at a time. One
// and a half million events fit into 2 GiB.
package verify
