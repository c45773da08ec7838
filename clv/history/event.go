package history

import (
	"fmt"

	"github.com/clvstream/clvstream/clv/money"
)

// Kind says what happened to a customer.
type Kind uint8

// The kinds of event that a history is made of.
const (
	OrderPlaced      Kind = iota + 1 // an order, or a newer telling of one
	OrderRefunded                    // part of an order's money, or all of it, went back
	OrderCancelled                   // the order does not stand any more
	ChurnConfirmed                   // the customer is known to have left
	ChurnReverted                    // the customer is known not to have left after all
	ChurnPredicted                   // another system's probability that the customer has left
	CustomerAcquired                 // what it cost to win the customer
	// TimePassed is no event: it is the cause of what comes true while nothing
	// happens.
	TimePassed
	// Those behind it follow in the order in which they were added: the numbers are stored.
	RefundReverted // a refund failed or was won back: its money did not go back after all
	CustomerErased // all that is known of the customer is to be forgotten
)

// lastKind is the last of them.
const lastKind = CustomerErased

var kindNames = [...]string{
	OrderPlaced:      "order.placed",
	OrderRefunded:    "order.refunded",
	OrderCancelled:   "order.cancelled",
	ChurnConfirmed:   "churn.confirmed",
	ChurnReverted:    "churn.reverted",
	ChurnPredicted:   "churn.predicted",
	CustomerAcquired: "customer.acquired",
	TimePassed:       "time.passed",
	RefundReverted:   "refund.reverted",
	CustomerErased:   "customer.erased",
}

// String is the kind's name on the wire, such as "order.placed".
func (k Kind) String() string {
	if k < OrderPlaced || k > lastKind {
		return "unknown"
	}
	return kindNames[k]
}

// ParseKind is the inverse of Kind.String for events; ok is false for any other
// name.
func ParseKind(name string) (k Kind, ok bool) {
	for k := OrderPlaced; k <= lastKind; k++ {
		if kindNames[k] == name && k != TimePassed {
			return k, true
		}
	}
	return 0, false
}

// Kinds are the kinds of events, in the order of their numbers.
func Kinds() (all []Kind) {
	for k := OrderPlaced; k <= lastKind; k++ {
		if k != TimePassed {
			all = append(all, k)
		}
	}
	return all
}

// OfOrder says whether events of the kind are about one order.
func (k Kind) OfOrder() bool {
	return k >= OrderPlaced && k <= OrderCancelled || k == RefundReverted
}

// Event is one thing that happened to one customer, checked and in the
// business's currency. Fields that a kind does not use are zero.
type Event struct {
	Kind       Kind
	ID         string // event id; breaks ties between tellings of equal time
	CustomerID string
	AtMicros   int64 // when it happened, microseconds since 1970-01-01 UTC

	// Of order.* and refund.reverted: which of two tellings of one thing is newer.
	UpdatedMicros int64 // when it was told, microseconds since 1970-01-01 UTC; 0: not given
	Version       int64 // when Versioned; ≥ 0, higher is newer
	Versioned     bool

	OrderID     string  // order.* and refund.reverted
	RefundID    string  // order.refunded and refund.reverted
	AmountMinor int64   // order.placed: gross; order.refunded: what went back; customer.acquired: the cost; ≥ 0
	Own         Own     // the same of an order or a refund that is not in the business's currency
	MarginMinor int64   // order.placed, when MarginKnown; may be negative
	MarginKnown bool    // the event carried a margin or a cost
	Channel     string  // order.placed and customer.acquired; may be empty
	Probability float64 // churn.predicted: that the customer has left, in [0, 1]

	Place Place // where its record stands; zero where that is not known
}

// Own is an amount as it was told, in a currency that is not the business's. The zero Own
// is none.
type Own struct {
	Currency money.Currency
	Minor    int64 // ≥ 0
}

// String is the amount for tests and differences, such as "100 JPY".
func (o *Own) String() string {
	if o == nil {
		return "none"
	}
	return fmt.Sprintf("%d %s", o.Minor, o.Currency)
}

// kept is a copy of an event's own amount for the ledger; nil: there is none.
func (o *Own) kept() *Own {
	if o.Currency == (money.Currency{}) {
		return nil
	}
	kept := *o // a variable of its own: the event's would move to the heap with every order
	return &kept
}
