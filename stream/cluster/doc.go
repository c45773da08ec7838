// Package cluster is the access to a Kafka cluster that all of stream shares: connecting,
// the topics it should have, the bounds of partitions, reading within bounds, and waiting
// until the cluster answers.
//
//	            ┌─► Transport, Dialer   kafka-go: fetching, the consumers' group
//	Access ─────┤
//	(brokers,   └─► Options, Connect    franz-go: producing, the publishers' group,
//	 TLS, SASL)      │                  administration
//	                 ├─► PartitionBounds   start, last stable offset, high watermark
//	                 ├─► CheckTopics, CreateTopics
//	                 └─► Log               records of partitions up to an offset
//
// It knows no events, customers or state. It refuses unusable addresses and credentials
// before it connects. For a topic that is missing or not visible, it names the
// permission or command that is needed.
package cluster
