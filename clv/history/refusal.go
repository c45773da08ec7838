package history

// RefusalReason says why an event cannot be used. The list is closed: it labels
// metrics and dead letters.
type RefusalReason uint8

// The reasons, in the order of their discovery: first the bytes, then the
// fields, then the meaning, then the customer's history.
const (
	Undecodable     RefusalReason = iota + 1 // not a JSON object, not UTF-8, nested too deep, a name twice
	NullValue                                // the record has no value (a tombstone)
	TooLarge                                 // more bytes than an event may have
	MissingField                             // a field that the type needs is absent or null
	BadField                                 // a known field has the wrong JSON type or form
	UnknownType                              // no such type of event
	BadID                                    // an id is empty or too long
	BadAmount                                // negative, absurd, or not a decimal of the currency
	UnknownCurrency                          // not in ISO 4217, or no conversion rate on that day
	BadTime                                  // not RFC 3339, or before the oldest time accepted
	FutureTime                               // too far ahead of the record's own timestamp
	TooLate                                  // belongs before the line up to which the customer is sealed
	Unmatched                                // a refund or cancel that never met its order
	Unmapped                                 // of a topic that mappings name, and no rule of theirs takes it
	Erased                                   // of a customer who was erased
)

// lastReason is the last of them.
const lastReason = Erased

var refusalNames = [...]string{
	Undecodable:     "undecodable",
	NullValue:       "null_value",
	TooLarge:        "too_large",
	MissingField:    "missing_field",
	BadField:        "bad_field",
	UnknownType:     "unknown_type",
	BadID:           "bad_id",
	BadAmount:       "bad_amount",
	UnknownCurrency: "unknown_currency",
	BadTime:         "bad_time",
	FutureTime:      "future",
	TooLate:         "too_late",
	Unmatched:       "unmatched",
	Unmapped:        "unmapped",
	Erased:          "erased",
}

// RefusalReasons are all reasons, for those who label metrics with them.
func RefusalReasons() []RefusalReason {
	all := make([]RefusalReason, 0, lastReason)
	for r := Undecodable; r <= lastReason; r++ {
		all = append(all, r)
	}
	return all
}

// String is the reason's name in dead letters and metrics, such as "bad_id".
func (r RefusalReason) String() string {
	if r < Undecodable || r > lastReason {
		return "unknown"
	}
	return refusalNames[r]
}

// ParseRefusalReason is the inverse of RefusalReason.String; ok is false for any other name.
func ParseRefusalReason(name string) (r RefusalReason, ok bool) {
	for r := Undecodable; r <= lastReason; r++ {
		if refusalNames[r] == name {
			return r, true
		}
	}
	return 0, false
}

// Refusal is the answer to an event that cannot be used. It is a verdict on
// the event, not a failure of the system: the event becomes a dead letter.
type Refusal struct {
	Reason RefusalReason
	// Detail is a sentence for people. It names fields and limits, and never
	// holds what the customer's event said.
	Detail string
}

// Error is the reason and the detail.
func (r *Refusal) Error() string { return r.Reason.String() + ": " + r.Detail }
