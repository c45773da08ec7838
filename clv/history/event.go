package history

// Kind says what happened to a customer.
type Kind uint8

// The kinds of event that a history is made of.
const (
	OrderPlaced      Kind = iota + 1 // an order, or a newer version of one
	OrderRefunded                    // part of an order's money, or all of it, went back
	OrderCancelled                   // the order does not stand any more
	ChurnConfirmed                   // the customer is known to have left
	ChurnReverted                    // the customer is known not to have left after all
	ChurnPredicted                   // another system's probability that the customer has left
	CustomerAcquired                 // what it cost to win the customer
	// TimePassed is no event: it is the cause of what comes true while nothing
	// happens.
	TimePassed
)

var kindNames = [...]string{
	OrderPlaced:      "order.placed",
	OrderRefunded:    "order.refunded",
	OrderCancelled:   "order.cancelled",
	ChurnConfirmed:   "churn.confirmed",
	ChurnReverted:    "churn.reverted",
	ChurnPredicted:   "churn.predicted",
	CustomerAcquired: "customer.acquired",
	TimePassed:       "time.passed",
}

// String is the kind's name on the wire, such as "order.placed".
func (k Kind) String() string {
	if k < OrderPlaced || k > TimePassed {
		return "unknown"
	}
	return kindNames[k]
}

// ParseKind is the inverse of Kind.String for events; ok is false for any other
// name.
func ParseKind(name string) (k Kind, ok bool) {
	for k := OrderPlaced; k <= CustomerAcquired; k++ {
		if kindNames[k] == name {
			return k, true
		}
	}
	return 0, false
}

// Event is one thing that happened to one customer, checked and in the
// business's currency. Fields that a kind does not use are zero.
type Event struct {
	Kind       Kind
	ID         string // event id; breaks ties between versions of equal time
	CustomerID string
	AtMicros   int64 // when it happened, microseconds since 1970-01-01 UTC

	OrderID     string  // order.*
	RefundID    string  // order.refunded
	AmountMinor int64   // order.placed: gross; order.refunded: what went back; customer.acquired: the cost; ≥ 0
	MarginMinor int64   // order.placed, when MarginKnown; may be negative
	MarginKnown bool    // the event carried a margin or a cost
	Channel     string  // order.placed and customer.acquired; may be empty
	Probability float64 // churn.predicted: that the customer has left, in [0, 1]
}
