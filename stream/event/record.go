package event

// CanonicalHeader marks a record that holds an event of docs/events.md as it is, also in a
// topic that a mapping names: one that is sent back. Its value does not matter.
const CanonicalHeader = "clv-canonical"

// IsCanonical says whether a record is marked by CanonicalHeader.
func (r *Record) IsCanonical() bool {
	for i := range r.Headers {
		if string(r.Headers[i].Key) == CanonicalHeader {
			return true
		}
	}
	return false
}

// Header is one header of a record. Compare keys as string(h.Key) == "name",
// which costs no allocation.
type Header struct {
	Key   []byte
	Value []byte // nil: null
}

// Record is one committed record as it stood in the log. Its bytes are shared
// with the other records of its batch, and are there as long as that is.
type Record struct {
	// Offset is the record's place in its partition.
	Offset int64
	// TimestampMillis is what the producer said, or when the broker appended it
	// where the topic is set so; milliseconds since 1970.
	TimestampMillis int64
	// Key and Value are nil when null, and empty but not nil when empty.
	Key, Value []byte
	// Headers are in the order of the producer.
	Headers []Header
}
