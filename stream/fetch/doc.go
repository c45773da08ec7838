// Package fetch reads partitions of input topics from their leaders: committed
// records only, from the offsets that the caller names.
//
//	leaders ──► a loop per broker ──► request ──► exchange ──► settle ──► Reader ──► Batch
//	            (all its partitions whose last answer is used up)        (per partition)
//
// It uses Kafka's fetch protocol through kafka-go's transport, because that library's own
// reader cannot start at a given offset, silently skips offsets that retention removed,
// and returns aborted records and transaction markers. Transient errors are retried and
// counted with a RetryReason. An error that needs an operator ends a Reader and says what
// to do: an offset that the log does not have, a topic that was created again, a batch
// that stays corrupt, a missing permission. Nothing is skipped.
package fetch
