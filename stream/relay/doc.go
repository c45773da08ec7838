// Package relay publishes the entries in the outboxes of one lane's shards, exactly once.
//
//	open                                          loop
//	fence ─► end hanging   ─► read progress ─► read outboxes ─► gather ─► transaction ─► trim ─► …
//	                                            (within a budget) │
//	                                                              ├ published already, as progress says: skip
//	                                                              ├ change ─► Config.Change ─► records, and the current value
//	                                                              └ dead letter ─► its record
//
// A transaction contains the changes, the current values, the dead letters and the new
// progress. After an error it may be unknown whether a transaction was committed. Then the
// relay restarts: fencing aborts an open transaction and excludes a former owner, and
// progress says what is published.
//
// The package does not know the format of a change: Config.Change renders it. It publishes
// every entry of an outbox; a dead letter that is too large for its topic is cut.
package relay
