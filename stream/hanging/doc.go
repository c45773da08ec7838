// Package hanging ends transactions of a publisher's lane that the cluster left open.
//
// A transaction hangs when a partition holds it open and its coordinator is done
// with it. Apache Kafka 4.3.1 leaves one behind when a broker is killed and comes
// back: until it has registered anew it leads by what it last knew, loads the
// transaction that was being ended and begins to send its markers. Registering
// takes its partitions' leaders away for a moment, and the sender of markers
// takes a partition without a leader for deleted:
//
//	coordinator  PrepareCommit ── killed ── loaded ── no leader: left out ── CompleteCommit
//	changes/0    data ───────────────────────────────────────────── open, for ever
//
// Readers of committed records stand still there, and the next transaction of the
// lane that writes to the partition would end both as one. So the lane's owner looks
// for what hangs before it publishes, and ends it as it was decided:
//
//	find ──► judge: commit or abort? ─────────────► write markers
//	         1. the coordinator committed it            (as the transaction's epoch)
//	         2. another partition has its marker: tail.go
//	         3. its entries have left the outbox: commit; else abort: trimmed.go
//
// It leaves alone what another transactional id has open: that is alive. It refuses
// to go on while it can not tell, and says which right is missing.
package hanging
