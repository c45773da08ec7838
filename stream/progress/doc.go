// Package progress is how far a publisher's lane has published.
//
// A lane is a partition of the progress topic, and shard s belongs to lane s modulo
// their number. Each transaction of a lane writes, beside what it publishes, a record
// for each shard of which it published something:
//
//	key    the shard, in decimal
//	value  JSON: {"orders/0@<topic id in hex>": 41, …, "due@<customer>": 1700000000000000}
//	        input partition ─► highest offset whose change or dead letter is published
//	        "due@" + customer ─► instant of the last due time that is published, µs
//
// The topic is compacted: the last record of a shard counts. It speaks in coordinates
// of the input, so that outbox entries are recognised which a Redis that was restored
// from an older copy computed again. Due times have no offset. A shard fires them in
// the order of their instants, and of the customers' ids within one: so the last one
// names all before it.
//
// Reading refuses records that are no progress: something else writes to the topic.
package progress
