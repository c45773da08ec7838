package stream

// OutputTopics are the topics that a publisher writes.
type OutputTopics struct {
	Changes    string // each change, keyed by customer
	Current    string // compacted: each customer's latest value
	DeadLetter string // input records that could not be used, and why
	Progress   string // compacted: how far each lane has published; the publishers' own
}

// OutputTopicsOf are a namespace's output topics.
func OutputTopicsOf(namespace string) OutputTopics {
	return OutputTopics{
		Changes:    namespace + ".changes",
		Current:    namespace + ".current",
		DeadLetter: namespace + ".deadletter",
		Progress:   namespace + ".progress",
	}
}
