package export

import (
	"time"

	"github.com/clvstream/clvstream/stream/change"
)

// SchemaVersion is that of the document. Fields may be added under it.
const SchemaVersion = 1

// Document is all that is held of a customer.
type Document struct {
	Schema     int       `json:"schema"`
	CustomerID string    `json:"customer_id"`
	Namespace  string    `json:"namespace"`
	ExportedAt time.Time `json:"exported_at"`
	Currency   string    `json:"currency"` // of all amounts without one of their own
	TimeZone   string    `json:"time_zone"`
	Held       bool      `json:"held"` // something is stored: a customer, or that they were erased

	Erasure *Erasure      `json:"erasure,omitempty"` // of the past, or of all
	Now     change.Values `json:"now,omitempty"`     // the value as of the export, as `get --json` has it
	Stored  *Stored       `json:"stored,omitempty"`  // as it stands in Redis
	Outbox  []Waiting     `json:"outbox"`            // what waits to be published
	Letters []Letter      `json:"dead_letters"`      // that may be of the customer, if they were looked for
	// LettersSought says that they were.
	LettersSought bool `json:"dead_letters_sought"`
}

// Erasure is what is kept of an erasure.
type Erasure struct {
	ErasedAt string `json:"erased_at"`
	Anew     bool   `json:"anew"` // later events have begun a new customer
	Version  uint64 `json:"version"`
}

// Stored is what is stored of a customer.
type Stored struct {
	Bytes       int          `json:"bytes"`
	LatestEvent string       `json:"latest_event"`
	FirstOrder  *FirstOrder  `json:"first_order,omitempty"`
	Ledger      []Order      `json:"ledger"`  // the orders of late, one by one
	Waiting     []Event      `json:"waiting"` // that wait for their order
	Sealed      Sealed       `json:"sealed"`  // the sums of what came before
	Churn       *Churn       `json:"churn,omitempty"`
	Acquisition *Acquisition `json:"acquisition,omitempty"`
	Value       Value        `json:"value"`
	Refreshed   *Refreshed   `json:"refreshed,omitempty"` // what the statistics count in place of the value
	Standing    Standing     `json:"standing"`            // where the customer stands
	Settled     Standing     `json:"settled"`             // where they stood after their latest event
	Entries     []Entry      `json:"stage_entries"`       // of stages that were left again
	Announced   Announced    `json:"announced"`           // what was told last
	NextDue     string       `json:"next_due,omitempty"`
	Cut         uint64       `json:"tiers_cut"`            // by which borders they are placed; 0: those of the configuration
	Later       string       `json:"extensions,omitempty"` // bytes that a later version has stored, in hexadecimal
}

// FirstOrder is the earliest order.
type FirstOrder struct {
	OccurredAt string `json:"occurred_at"`
	Channel    string `json:"channel"`
}

// Money is an amount, its margin and, of another currency, what it is in that.
type Money struct {
	Amount string `json:"amount"`
	Margin string `json:"margin"`
	Own    *Own   `json:"own,omitempty"`
	Back   string `json:"refunded_in_sums,omitempty"` // of its own currency, minor units
}

// Own is an amount as it was told.
type Own struct {
	Amount   string `json:"amount"`
	Currency string `json:"currency"`
}

// Order is an entry of the ledger.
type Order struct {
	OrderID      string   `json:"order_id"`
	Placed       bool     `json:"placed"` // the order itself is known
	Told         *Told    `json:"told,omitempty"`
	Day          string   `json:"day"`
	Worth        Money    `json:"worth"`
	SealedBefore bool     `json:"sealed_before"` // its sums are in the sealed ones
	Fell         bool     `json:"fell"`          // of these, and does not stand
	Cancelled    bool     `json:"cancelled"`
	CancelDay    string   `json:"cancel_day,omitempty"`
	Cancel       *Telling `json:"cancel,omitempty"`
	Refunds      []Refund `json:"refunds"`
}

// Told is what is known of the tellings of an order or a refund.
type Told struct {
	OccurredAt      string  `json:"occurred_at"`
	FirstOccurredAt string  `json:"first_occurred_at"`
	Day             string  `json:"day"`
	FirstDay        string  `json:"first_day"`
	Newest          Telling `json:"newest"`
	Dated           bool    `json:"dated"` // the newest has a version or an updated_at
}

// Telling is one telling.
type Telling struct {
	At      string `json:"at"`
	Version string `json:"version,omitempty"`
	EventID string `json:"event_id,omitempty"`
}

// Refund is a refund of an order.
type Refund struct {
	RefundID  string   `json:"refund_id"`
	Known     bool     `json:"known"` // the refund itself is, and not only a revert of it
	Told      *Told    `json:"told,omitempty"`
	Amount    string   `json:"amount"`
	Own       *Own     `json:"own,omitempty"`
	Counted   bool     `json:"counted_in_sums"`
	Reverted  bool     `json:"reverted"`
	RevertDay string   `json:"revert_day,omitempty"`
	Revert    *Telling `json:"revert,omitempty"`
}

// Event is an event that waits for its order.
type Event struct {
	Type       string `json:"type"`
	EventID    string `json:"event_id"`
	CustomerID string `json:"customer_id,omitempty"`
	OrderID    string `json:"order_id"`
	RefundID   string `json:"refund_id,omitempty"`
	OccurredAt string `json:"occurred_at"`
	UpdatedAt  string `json:"updated_at,omitempty"`
	Version    string `json:"version,omitempty"`
	Day        string `json:"day"`
	Amount     string `json:"amount"`
	Margin     string `json:"margin,omitempty"`
	Own        *Own   `json:"own,omitempty"`
	Record     Place  `json:"record"`
}

// Place is where a record stands.
type Place struct {
	Topic     string `json:"topic"`
	Partition int32  `json:"partition"`
	Offset    int64  `json:"offset"`
	Part      int32  `json:"part"` // of a mapped record that is several events
}

// Sealed are the sums of what is not kept one by one any more.
type Sealed struct {
	Days              int           `json:"purchase_days"`
	Orders            int           `json:"orders"`
	FirstDay          string        `json:"first_day,omitempty"`
	LastDay           string        `json:"last_day,omitempty"`
	LastOrderAt       string        `json:"last_order_at,omitempty"`
	FirstDayAmount    string        `json:"first_day_amount"`
	Amount            string        `json:"amount"`
	Margin            string        `json:"margin"`
	LateRefunds       string        `json:"late_refunds"`
	LateRefundsMargin string        `json:"late_refunds_margin"`
	Excess            string        `json:"excess_refunds"`
	EarlyDay          string        `json:"early_to,omitempty"` // sealed by the ledger limit, up to this day
	Part              *PartDay      `json:"part_day,omitempty"`
	Contract          *Contract     `json:"contract,omitempty"`
	Months            []Month       `json:"months"`
	Named             []SealedOrder `json:"orders_by_hash"`
	Refunds           []string      `json:"refunds_by_hash"`
}

// PartDay is a day that the ledger limit has sealed in part.
type PartDay struct {
	Day    string `json:"day"`
	Before string `json:"day_before"`
	Until  string `json:"until"`
}

// Contract is how far the sealed days have brought a contract.
type Contract struct {
	Months   int    `json:"period_months"`
	Period   int    `json:"period_days"`
	Days     int    `json:"purchase_days"`
	Renewals int    `json:"renewals"`
	Before   string `json:"renewal_before"`
	Last     string `json:"last_renewal"`
	Guessed  bool   `json:"guessed"`
}

// Month is what the sealed orders of a month come to.
type Month struct {
	Month  string `json:"month"`
	Orders int    `json:"orders"`
	Amount string `json:"amount"`
	Margin string `json:"margin"`
}

// SealedOrder is an order that is known by a hash of its id.
type SealedOrder struct {
	Hash  string `json:"hash"`
	Worth Money  `json:"worth"`
}

// Churn is the last word on churn.
type Churn struct {
	Type        string  `json:"type"`
	EventID     string  `json:"event_id"`
	OccurredAt  string  `json:"occurred_at"`
	Probability float64 `json:"probability"`
}

// Acquisition is what it cost to win the customer.
type Acquisition struct {
	EventID    string `json:"event_id"`
	OccurredAt string `json:"occurred_at"`
	Cost       string `json:"cost"`
	Channel    string `json:"channel"`
}

// Value is the last estimate.
type Value struct {
	AsOf           string   `json:"as_of"`
	Status         string   `json:"status"`
	Historic       string   `json:"historic"`
	Predicted      string   `json:"predicted"`
	CLV            string   `json:"clv"`
	PAlive         *float64 `json:"p_alive"`
	ExpectedOrders float64  `json:"expected_orders"`
	Digest         string   `json:"digest"` // tells whether another estimate differs
	Model          string   `json:"model_version"`
}

// Refreshed is what the statistics count of a silent customer.
type Refreshed struct {
	Day          string `json:"day"`
	Predicted    string `json:"predicted"`
	AlivePercent *uint8 `json:"p_alive_percent"`
	ByOther      bool   `json:"by_another_model"`
}

// Standing is where a customer stands.
type Standing struct {
	Stage       string `json:"stage"`
	StageSince  string `json:"stage_since"`
	Tier        string `json:"tier"` // none, or its name
	TierNumber  uint8  `json:"tier_number"`
	TierSince   string `json:"tier_since"`
	AliveLevels uint8  `json:"p_alive_levels_below"`
	Worthwhile  bool   `json:"worthwhile"`
	Approaching bool   `json:"approaching"`
}

// Entry says how often a stage was entered in a month.
type Entry struct {
	Month string `json:"month"`
	Stage string `json:"stage"`
	Count int    `json:"count"`
}

// Announced is what was told last.
type Announced struct {
	Version  uint64   `json:"version"`
	CLV      string   `json:"clv"`
	AsOf     string   `json:"as_of"`
	Pending  string   `json:"pending,omitempty"` // the reason of a change that waits for its time
	Rose     bool     `json:"rose"`
	Standing Standing `json:"standing"`
}

// Waiting is what waits in an outbox: a change, as it will be published, or a dead letter.
type Waiting struct {
	Change change.Values `json:"change,omitempty"`
	Letter *Letter       `json:"dead_letter,omitempty"`
}

// Letter is a dead letter that is, or may be, of the customer.
type Letter struct {
	Reason string `json:"reason"`
	Detail string `json:"detail"`
	Record Place  `json:"record"`           // that was refused
	At     *Place `json:"letter,omitempty"` // where it stands itself
}
