// Package progress stores how far a publisher's lane has published.
//
// A lane is a partition of the progress topic. Shard s belongs to lane s modulo the
// number of lanes. Each transaction of a lane also writes a record for each shard of
// which it publishes something:
//
//	key    the shard, in decimal
//	value  JSON: {"orders/0@<topic id in hex>": 41, …, "due@<customer>": 1700000000000000}
//	        input partition ─► highest offset whose change or dead letter is published
//	        "due@" + customer ─► instant of the last due time that is published, µs
//	        input partition + "@applied" ─► highest offset that the shard had applied,
//	        and that announced nothing, when a due time was published
//
// The topic is compacted: the last record of a shard counts. Progress is in offsets of the
// input, so that outbox entries are recognised when a Redis that was restored from an
// older copy computes them again. Due times have no offset. A shard fires them in order of
// their instants and, within one instant, of customer ids, so the last one implies all
// before it.
// What is due follows from all that was applied, also from events that announced nothing:
// so with a due time goes how far the shard had come in those.
//
// Reading refuses records that are not progress: another program writes to the topic.
package progress
