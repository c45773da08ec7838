// Package cluster is what all of stream shares of a Kafka cluster: how to reach it,
// the topics that it should have, where its partitions begin and end, and waiting
// until it answers.
//
//	            ┌─► Transport, Dialer   kafka-go: fetching, the consumers' group
//	Access ─────┤
//	(brokers,   └─► Options, Connect    franz-go: producing, the publishers' group,
//	 TLS, SASL)      │                  administration
//	                 ├─► PartitionBounds   start, last stable offset, high watermark
//	                 ├─► CheckTopics, CreateTopics
//	                 └─► Log               records of partitions up to an offset
//
// It knows no event, no customer and no state. It refuses addresses and credentials
// that no client could use before anything is dialled, and says of a topic that is
// missing or hidden which right or command is needed.
package cluster
