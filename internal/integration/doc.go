// Package integration tests the whole of clvstream against servers that fail:
// orders in on Kafka, values in Redis, changes out exactly once, whatever is
// killed, frozen, taken away or brought back in time meanwhile.
//
//	shop, CDNOW, bad input ──► Kafka ──► consumers ──► Redis ──► publishers ──► Kafka
//	                             ▲           ▲          ▲            ▲            │
//	                             └───────────┴── faults ┴────────────┘            ▼
//	                                                                           verify
//
// The same tests run on three pairs of servers: in the process, Apache Kafka with
// Redis, and Apache Kafka with a Redis Cluster. Each ends with package verify
// finding nothing. It holds no code of its own, and no tests of single parts.
package integration
