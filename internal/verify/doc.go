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
// customer stood at an instant is said a second time, in standing.go and tiers.go.
//
// Memory: some 360 bytes for each event with the change that it caused, less
// what belongs to shards that are done, and one shard's customers at a time. Two
// million events fit into 2 GiB.
package verify
