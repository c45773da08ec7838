package announce

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
	ReasonDecay                          // silence moved the value past a level, or by as much as is watched for
	ReasonDormant                        // silence brought the customer into another stage
	ReasonTier                           // time brought the customer into another tier
	ReasonModel                          // another model or other borders came into force
	ReasonErased                         // the customer was erased: what was announced of them is to be forgotten
)

var reasonNames = [...]string{
	ReasonFirst:        "first",
	ReasonPurchase:     "purchase",
	ReasonRefund:       "refund",
	ReasonCancel:       "cancel",
	ReasonChurn:        "churn",
	ReasonReactivation: "reactivation",
	ReasonCorrection:   "correction",
	ReasonDecay:        "decay",
	ReasonDormant:      "dormant",
	ReasonTier:         "tier",
	ReasonModel:        "model",
	ReasonErased:       "erased",
}

// String is the reason's name on the wire.
func (r Reason) String() string {
	if r == 0 || int(r) >= len(reasonNames) {
		return "unknown"
	}
	return reasonNames[r]
}

// ParseReason is the inverse of Reason.String; ok is false for any other name.
func ParseReason(name string) (r Reason, ok bool) {
	for r := ReasonFirst; int(r) < len(reasonNames); r++ {
		if reasonNames[r] == name {
			return r, true
		}
	}
	return 0, false
}
