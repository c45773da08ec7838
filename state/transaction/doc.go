// Package transaction is the one way in which several writers change the same key
// of Redis without losing an update: WATCH, reads, MULTI, writes, EXEC, on a
// connection of its own.
//
//	Begin           ──►  WATCH key, reads, MULTI                     one write
//	                ◄──  what was read; MULTI is accepted, or nothing is written
//	Commit          ──►  writes, EXEC                                one write
//	CommitAndBegin  ──►  writes, EXEC, WATCH next, reads, MULTI      one write
//	                ◄──  committed, ErrBeaten, or an error; the next one is begun
//	Release         ──►  DISCARD or UNWATCH, if anything is left to end
//
// Commit answers nil when all writes were applied together, ErrBeaten when the key
// changed since WATCH and nothing was applied, and any other error when nothing was
// applied or, after a lost connection, nobody knows. ErrPartial says that only some
// of the writes were applied, which Redis can not undo.
//
// MULTI goes out with the reads, so its answer is known before any write is sent:
// where a server refuses it (a right that was taken away, a proxy), the writes
// would otherwise be applied one by one. After MULTI a connection queues what it is
// sent, so nothing can be read any more. Who has to read again begins again, which
// discards what was begun. Who knows from the start that what is read first decides
// what is read next uses Watch, Read and, for the last reads, Ready.
//
// It refuses to commit what was not begun, and gives no connection back to the pool
// that still watches or queues: one that can not be freed of it is closed. It knows
// nothing of customers, shards or keys, and never sends anything twice.
package transaction
