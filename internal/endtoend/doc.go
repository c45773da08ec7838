// Package endtoend compares the whole path with a peer, on fresh servers, and tests that
// the comparison works. It only has tests, because it starts servers of the testbed.
//
//	Apache Kafka, warmed by the peer ──► peer ─► clvstream ─► another revision ──┐
//	                                      ▲  each from an empty state            │
//	                                      └────────────── -repeats ──────────────┘──► table, JSON
//
// scripts/bench-e2e (make bench-e2e) runs TestCompare with flags of its own; internal/bench
// measures. docs/benchmarks.md says how.
package endtoend
