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
//	 sums, and a hash an order │ orders, tellings, refunds, cancels │
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
	SealedWorth  []Worth    // of each of Sealed.OrderHashes, what late refunds may take
	RefundHashes []uint64   // of known refunds that have left the ledger, ascending (see refundHash)
	Churn        Churn
	Acquisition  Acquisition
	First        FirstOrder
	Waiting      []Waiting // ascending by time; shared by copies, so a change makes a new one
	LatestMicros int64     // the customer's latest event time

	memo   memo
	erased bool // by an event that was folded, which is not stored
}

// memo is the sum of the sealed days and of the ledger's first entries. Most events
// are a new order of the latest day or a later one, which is added to it. It holds
// under the Rules it was made with, and is not stored.
type memo struct {
	entries  int // of the ledger; 0: there is no memo
	sum      Sealed
	contract Period // that the sum counts
}

// changed forgets the memo if the ledger's entry at an index is in it.
func (h *History) changed(at int) {
	if at < h.memo.entries {
		h.memo = memo{}
	}
}

// Order is one order of the ledger: its newest telling and what happened to it.
// An entry that is not Placed waits for its order (a refund or cancel came
// first), or keeps the latest refunds of a sealed one.
type Order struct {
	ID           string
	Tellings     // while not placed only its Day: that of its latest refund or cancel
	Worth        // gross; of a sealed order, what the refunds in time left of it
	Placed       bool
	SealedBefore bool // not placed because sealed
	Fell         bool // sealed, and does not stand: nothing can be taken from it
	Cancelled    bool // by Cancel, if that is newer than the order
	Cancel       Telling
	CancelDay    calendar.Day // the latest one of a cancel
	Refunds      []Refund     // ascending by (AtMicros, ID)
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
	// What refunds more than the lateness after their sealed order took: they
	// reduce money, never days.
	LateRefundMinor       int64
	LateRefundMarginMinor int64
	// ExcessMinor is by how much refunds exceed their orders. It takes nothing away.
	ExcessMinor int64
	// Early says that the ledger limit sealed whole days up to EarlyDay before
	// their time: no order, refund or cancel of those days is accepted any more.
	Early    bool
	EarlyDay calendar.Day
	Part     PartDay // of the day that it sealed in part
	// OrderHashes names the sealed orders, oldest first (see orderHash), so that
	// a late refund finds its order and a repeated order is known as such. It
	// holds the latest LedgerLimit orders.
	OrderHashes []uint64
	Contract    Contract // under rules with a contract's period
}

// Churn is the last word on churn: the event with the latest time, ties by
// event id. Kind 0 means that nothing was said.
type Churn struct {
	Kind        Kind
	AtMicros    int64
	EventID     string  // empty of what a version before stored
	Probability float64 // of having left, for ChurnPredicted
}

// Acquisition is the last word on what it cost to win the customer.
type Acquisition struct {
	Known     bool
	AtMicros  int64
	EventID   string // empty of what a version before stored
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
	Contract     Period       // of the model that values the customers, if it is one of contracts
	LaterEvents  LaterEvents  // what becomes of events of a customer who was erased
}

// LaterEvents says what becomes of events that happened after their customer's erasure.
// Those that happened before it are refused in any case.
type LaterEvents uint8

// What becomes of them.
const (
	RefuseLater LaterEvents = iota // they are refused, too: the id is never used again
	BeginAnew                      // they begin a new customer
)

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

// OrderHashBits are those of an order's hash that name it. 45 bits tell a thousand orders
// of a customer apart: two are taken for one by a chance of one in 70 million. The others
// are for what is stored beside it.
const OrderHashBits = 1<<48 - 8

// orderHash names a sealed order in 6 bytes. The lowest bit says whether the
// order stood.
func orderHash(id string, stood bool) uint64 {
	h := HashID(id) & OrderHashBits
	if stood {
		h |= 1
	}
	return h
}

// refundHash names a refund that is settled in 6 bytes.
func refundHash(orderID, id string) uint64 { return HashID(orderID+"\x00"+id) & OrderHashBits }

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
	clone.SealedWorth = slices.Clone(h.SealedWorth)
	clone.RefundHashes = slices.Clone(h.RefundHashes)
	clone.Waiting = slices.Clone(h.Waiting)
	clone.Orders = slices.Clone(h.Orders)
	for i := range clone.Orders {
		clone.Orders[i].Refunds = slices.Clone(clone.Orders[i].Refunds)
	}
	return clone
}
