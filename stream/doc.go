// Package stream is the Kafka side of clvstream: a Consumer applies records of the input
// topics to the state, and a Publisher publishes changes from the state's outboxes.
//
//	Consumer, a task per partition                    Publisher, a lane per group of shards
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
//	due       firing due times, and revaluing customers after a model activation
//	deadletter  records that could not be used
//
// This package puts them together. A member of the input group runs a task for each
// assigned partition, in partition order, from the watermark in the state. A member of
// the publisher group runs a lane for each assigned partition of the progress topic: a
// relay, and beside it the firing of due times. The package also renders changes, for
// the changes topic and for audiences.
//
// It does not know how the state is stored, and decides nothing about customers. It
// refuses what would lose or repeat events: an offset that the log does not have, a topic
// that was created again, a changed number of lanes, records that cannot be read. A
// record that can be read but is not an event becomes a dead letter. state.Judge decides
// what an error of the state means: a task or lane retries after a pause, gives up its
// partition, or ends the process.
//
// Input is read with segmentio/kafka-go, output is written with franz-go, and topics and
// offsets are managed with its kadm: docs/decisions/0001-kafka-clients.md says why.
package stream
