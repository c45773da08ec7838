// Package stream is everything that is Kafka: it brings records from the input
// topics into the state, and what the state has decided out to the world.
//
//	           Consumer                                        Publisher
//	fetch ──► decode ──► align ──► commit ─► [state] ─► relay ──► gather ──► render ──► transaction
//	(Fetcher)            (lane)                         (fence, read progress)          (trim)
//
// A consumer runs one lane per assigned input partition, in partition order, from
// where the state says it has come. A publisher runs one relay per lane of the
// progress topic: it fences whoever had the lane, reads how far it has published,
// and publishes what waits in its shards' outboxes in transactions.
//
// It does not know how the state is stored, and decides nothing about customers.
// It refuses what would lose or repeat events: an offset that the log does not
// hold, a topic that was recreated, a changed number of lanes, records that can
// not be read. A record that is read but is no event becomes a dead letter.
//
// Input is read with segmentio/kafka-go, output written with franz-go, topics and
// offsets asked with its kadm: docs/decisions/0001-kafka-clients.md says why.
package stream
