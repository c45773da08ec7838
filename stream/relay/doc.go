// Package relay publishes what waits in the outboxes of one lane's shards, exactly
// once.
//
//	open                                          loop
//	fence ─► end what hangs ─► read progress ─► read outboxes ─► gather ─► transaction ─► trim ─► …
//	                                            (within a budget) │
//	                                                              ├ published already, as progress says: skip
//	                                                              ├ change ─► Config.Change ─► records, and the current value
//	                                                              └ dead letter ─► its record
//
// A transaction holds the changes, the current values, the dead letters and the new
// progress. Whatever is uncertain after an error (was it committed?) is settled by
// beginning again: fencing aborts what is open and refuses an owner of before, and
// progress says what is published.
//
// The package does not know what a change looks like: Config.Change renders it. It
// refuses nothing that the state has put into an outbox; a dead letter that is larger
// than its topic takes is cut.
package relay
