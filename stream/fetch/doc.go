// Package fetch reads partitions of input topics from their leaders: committed
// records only, from the offsets that the caller names.
//
//	leaders ──► one loop a broker ──► request ──► exchange ──► settle ──► Reader ──► Batch
//	            (all its partitions whose last answer is used up)          (a partition)
//
// It speaks Kafka's fetch protocol through kafka-go's transport, because that
// library's own reader can not begin at an offset of the caller's, skips a gap of
// retention silently, and hands out aborted records and transaction markers. Trouble
// that passes is retried and counted with a RetryReason. What an operator must decide
// about ends a Reader with an error that says what to do: an offset that the log does
// not hold, a topic that was created again, a batch that stays damaged, a missing
// right. Nothing is skipped.
package fetch
