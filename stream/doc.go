// Package stream is everything that is Kafka: a Consumer brings records from the
// input topics into the state, and a Publisher what the state has decided out to the
// world.
//
//	Consumer, a task a partition                      Publisher, a lane a part of the shards
//	fetch ─► event ─► align ─► commit ─► [ state ] ─► relay ─► changes, audiences, dead letters,
//	                                       ▲    │       ▲       current values and progress:
//	                                       └ due┘    hanging    one transaction
//
//	cluster   how to reach Kafka, topics, bounds, reading within bounds
//	fetch     records of partitions, from their leaders
//	event     records as events, and back
//	relay     outboxes to Kafka, exactly once
//	progress  how far a lane has published
//	hanging   transactions that the cluster left open
//	due       due times, and customers whom another model values
//	deadletter  records that could not be used
//
// Here they are put together. A member of the input group runs a task for each
// partition that it is assigned, in partition order, from where the state says that
// it has come. A member of the publishers' group runs a lane for each partition of
// the progress topic that it is assigned: a relay, and beside it the firing of due
// times. Changes are rendered here as well, and sent on to audiences.
//
// The package does not know how the state is stored, and decides nothing about
// customers. It refuses what would lose or repeat events: an offset that the log does
// not hold, a topic that was created again, a changed number of lanes, records that
// can not be read. A record that is read but is no event becomes a dead letter.
// What an error of the state means, state.Judge says: a task or a lane waits and tries
// again, gives its partition up, or ends the process.
//
// Input is read with segmentio/kafka-go, output written with franz-go, topics and
// offsets asked with its kadm: docs/decisions/0001-kafka-clients.md says why.
package stream
