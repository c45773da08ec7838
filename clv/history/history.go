package history

import (
	"hash/fnv"
	"slices"

	"github.com/clvstream/clvstream/clv/calendar"
	"github.com/clvstream/clvstream/clv/money"
)

// History is what is remembered of a customer: the ledger of recent orders, the
// sums of what came before, and the last word on churn and acquisition. Its
// content depends on the set of events folded in, not on their order.
//
//	          sealed                      ledger
//	───────────────────────────┬──────────────────┬─────────────────┬─► day
//	 sums, and a hash an order │ orders, versions, refunds, cancels │
//	                     latest − 2L         latest − L          latest
//	                           │  only refunds    │   orders, cancels and
//	                           │  reach back here │   refunds are accepted
//
// Orders are accepted up to the lateness L behind the latest event. They stay in
// the ledger for 2L, because a refund that is itself L late may count against an
// order L before it.
type History struct {
	Orders       []Order // the ledger, ascending by (Day, ID)
	Sealed       Sealed
	SealedMonths []MonthSum // the sealed days' sums by month, ascending
	Churn        Churn
	Acquisition  Acquisition
	First        FirstOrder
	LatestMicros int64 // the customer's latest event time

	memo memo
}

// memo is the sum of the sealed days and of the ledger's first entries. Most events
// are a new order of the latest day or a later one, which is added to it. It holds
// under the Rules it was made with, and is not stored.
type memo struct {
	entries int // of the ledger; 0: there is no memo
	sum     Sealed
}

// changed forgets the memo if the ledger's entry at an index is in it.
func (h *History) changed(at int) {
	if at < h.memo.entries {
		h.memo = memo{}
	}
}

// Order is one order of the ledger: its winning version and what happened to it.
// An entry that is not Placed waits for its order (a refund or cancel came
// first), or keeps the latest refunds of a sealed one.
type Order struct {
	ID           string
	Day          calendar.Day // of the winning version; while not placed, of its latest refund or cancel
	Placed       bool         // a version of the order is known
	SealedBefore bool         // not placed because sealed; the sealed order stands
	AtMicros     int64        // time of the winning (latest) version
	VersionHash  uint64       // of the winning version's event id: breaks ties of equal time
	FirstDay     calendar.Day // of the earliest version: lateness counts from here
	AmountMinor  int64        // gross
	MarginMinor  int64        // of the gross amount
	Cancelled    bool
	CancelDay    calendar.Day // of the latest cancel
	Refunds      []Refund
}

// Refund is money that went back, ascending by (ID, AtMicros, AmountMinor). An
// id that occurs again at another time is kept and told apart in counting.
type Refund struct {
	ID          string
	AtMicros    int64
	Day         calendar.Day
	AmountMinor int64
	MarginMinor int64 // of it, by the margins when it came: what it takes if it counts as late
	Counted     bool  // by the sealed sums of its order, as one within the lateness of it
}

// Sealed is what is left of the days before the ledger.
type Sealed struct {
	Days            int          // purchase days that stood
	Orders          int          // orders that stood
	FirstDay        calendar.Day // of those days; meaningful when Days > 0
	LastDay         calendar.Day // likewise
	LastOrderMicros int64        // latest standing order's time
	FirstDayMinor   int64        // net amount of the first day
	AmountMinor     int64        // net amount of all sealed days, the first included
	MarginMinor     int64        // net margin of all sealed days
	// Refunds more than the lateness after their sealed order: they reduce
	// money, never days.
	LateRefundMinor       int64
	LateRefundMarginMinor int64
	// Early says that the ledger limit sealed whole days up to EarlyDay before
	// their time: no order, refund or cancel of those days is accepted any more.
	Early    bool
	EarlyDay calendar.Day
	// OrderHashes names the sealed orders, oldest first (see orderHash), so that
	// a late refund finds its order and a repeated order is known as such. It
	// holds the latest LedgerLimit orders.
	OrderHashes []uint64
}

// Churn is the last word on churn: the event with the latest time, ties by
// event id. Kind 0 means that nothing was said.
type Churn struct {
	Kind        Kind
	AtMicros    int64
	EventHash   uint64
	Probability float64 // of having left, for ChurnPredicted
}

// Acquisition is the last word on what it cost to win the customer.
type Acquisition struct {
	Known     bool
	AtMicros  int64
	EventHash uint64
	CostMinor int64
	Channel   string
}

// Status says how a customer stands.
type Status uint8

// The statuses. Prospect is a customer without a standing order.
const (
	Prospect Status = iota
	Active
	Churned
)

var statusNames = [...]string{Prospect: "prospect", Active: "active", Churned: "churned"}

// String is the status's name on the wire.
func (s Status) String() string {
	if int(s) < len(statusNames) {
		return statusNames[s]
	}
	return "unknown"
}

// Rules are the settings that decide what a history becomes. Changing them
// changes the meaning of stored histories.
type Rules struct {
	Calendar     calendar.Calendar
	Margins      money.Margins
	LatenessDays calendar.Day // L: how far behind its customer's latest event one may arrive
	LedgerLimit  int          // orders and refunds in a customer's ledger before days are sealed early
}

// The defaults of Rules. 90 days cover a quarterly restatement and the usual
// returns window; 1,024 entries keep a state below what one Redis write should
// carry, and are five orders a day for as long as the ledger reaches.
const (
	DefaultLatenessDays = 90
	DefaultLedgerLimit  = 1024
)

// HashID is 64-bit FNV-1a: stable across versions and machines, as stored
// hashes must be.
func HashID(id string) uint64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(id))
	return h.Sum64()
}

// orderHash names a sealed order in 8 bytes. The lowest bit says whether the
// order stood.
func orderHash(id string, stood bool) uint64 {
	h := HashID(id) &^ 1
	if stood {
		h |= 1
	}
	return h
}

// Exists says whether anything was ever folded in.
func (h *History) Exists() bool {
	return len(h.Orders) > 0 || h.LatestMicros != 0 || h.Churn.Kind != 0 || h.Acquisition.Known
}

// Clone shares nothing with the history.
func (h *History) Clone() History {
	clone := *h
	clone.memo = memo{}
	clone.Sealed.OrderHashes = slices.Clone(h.Sealed.OrderHashes)
	clone.SealedMonths = slices.Clone(h.SealedMonths)
	clone.Orders = slices.Clone(h.Orders)
	for i := range clone.Orders {
		clone.Orders[i].Refunds = slices.Clone(clone.Orders[i].Refunds)
	}
	return clone
}
