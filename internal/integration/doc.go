// Package integration tests clvstream as a whole against servers that fail: changes
// are published exactly once while processes and servers are killed, frozen,
// disconnected, or restored from an older copy.
//
//	shop, CDNOW, bad input ──► Kafka ──► consumers ──► Redis ──► publishers ──► Kafka
//	                             ▲           ▲          ▲            ▲            │
//	                             └───────────┴── faults ┴────────────┘            ▼
//	                                                                           verify
//
// The same tests run on three pairs of servers: in the process, Apache Kafka with
// Redis, and Apache Kafka with a Redis Cluster. Each ends with a run of package verify
// that finds no difference. The package only has tests, and none of single parts.
package integration
