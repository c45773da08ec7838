package clv

import "math"

// Reason says why a change is announced.
type Reason uint8

// The reasons for a change. What the zero value stands for is not announced.
const (
	ReasonFirst        Reason = iota + 1 // the customer's first value
	ReasonPurchase                       // an order
	ReasonRefund                         // money went back
	ReasonCancel                         // an order was cancelled
	ReasonChurn                          // what is known of churn changed
	ReasonReactivation                   // a churned customer is active again
	ReasonCorrection                     // a newer version of something already known
)

var reasonNames = [...]string{
	ReasonFirst:        "first",
	ReasonPurchase:     "purchase",
	ReasonRefund:       "refund",
	ReasonCancel:       "cancel",
	ReasonChurn:        "churn",
	ReasonReactivation: "reactivation",
	ReasonCorrection:   "correction",
}

// String is the reason's name on the wire.
func (r Reason) String() string {
	if r == 0 || int(r) >= len(reasonNames) {
		return "unknown"
	}
	return reasonNames[r]
}

// Policy says which changes of value are worth announcing. The zero Policy
// announces each. A customer's first value and changes of status always are.
type Policy struct {
	AbsoluteMinor float64 // hold back while CLV moved less than this since it was last announced, minor units
	Relative      float64 // hold back while CLV moved less than this share of the announced value, e.g. 0.05
}

// Holds says whether a move of CLV from the last announced value is too small
// to announce.
func (p Policy) Holds(announcedMinor, currentMinor float64) bool {
	moved := math.Abs(currentMinor - announcedMinor)
	return moved < p.AbsoluteMinor || moved < p.Relative*math.Abs(announcedMinor)
}
