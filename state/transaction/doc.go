// Package transaction is the optimistic transaction by which several writers change the
// same Redis key without losing an update: WATCH, reads, MULTI, writes, EXEC, on a
// connection of its own.
//
//	Begin           ──►  WATCH key, reads, MULTI                     one write
//	                ◄──  what was read; MULTI is accepted, or nothing is written
//	Commit          ──►  writes, EXEC                                one write
//	CommitAndBegin  ──►  writes, EXEC, WATCH next, reads, MULTI      one write
//	                ◄──  committed, ErrBeaten, or an error; the next has begun
//	Release         ──►  DISCARD or UNWATCH, if anything is left to end
//
// Commit returns nil if all writes were applied together, and ErrBeaten if the key changed
// since WATCH and nothing was applied. ErrPartial means that only some of the writes were
// applied, which Redis cannot undo. After any other error nothing was applied or, if the
// connection was lost, the outcome is unknown.
//
// MULTI is sent with the reads, so its answer is known before any write is sent. If a
// server refuses MULTI (a missing permission, a proxy), the writes would otherwise be
// applied one by one. After MULTI a connection queues all commands, so nothing more can be
// read. A caller that has to read again begins again, which discards the transaction. A
// caller whose first reads decide the next ones uses Watch, Read and, for the last reads,
// Ready.
//
// It refuses to commit without Begin. It never returns a connection to the pool that still
// watches or queues: if it cannot reset the connection, it closes it. It knows no
// customers, shards or keys, and never sends anything twice.
package transaction
