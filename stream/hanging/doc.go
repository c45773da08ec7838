// Package hanging ends transactions of a publisher's lane that the cluster left open.
//
// A transaction hangs when it is open in a partition although its coordinator has
// completed it. Apache Kafka 4.3.1 can cause this when a broker is killed and restarts.
// Before it has registered again, the broker uses its old metadata, loads the transaction
// that was ending, and starts to send its markers. Registration leaves its partitions
// without leaders for a moment, and the sender of markers treats a partition without a
// leader as deleted:
//
//	coordinator  PrepareCommit ── killed ── loaded ── no leader: left out ── CompleteCommit
//	changes/0    data ───────────────────────────────────────────── open, for ever
//
// Readers of committed records block there, and the next transaction of the lane in that
// partition would end both together. So the lane's owner searches for hanging
// transactions before it publishes, and commits or aborts each as its coordinator did:
//
//	find ──► judge: commit or abort? ─────────────► write markers
//	         1. the coordinator committed it            (as the transaction's epoch)
//	         2. another partition has its marker: tail.go
//	         3. its entries have left the outbox: commit; else abort: trimmed.go
//
// It leaves open transactions of other transactional ids alone. If it cannot decide, it
// refuses to continue, and names the missing permission.
package hanging
