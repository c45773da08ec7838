package verify

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/clvstream/clvstream/clv/money"
)

// Report is what was found. Counts are of what the snapshots cover.
type Report struct {
	Verified bool `json:"verified"` // nothing is off

	Records         int64 `json:"records"`          // input records: events and what became dead letters
	Events          int64 `json:"events"`           // taken into histories, repeated ones included
	DeadLetters     int64 `json:"dead_letters"`     // published or waiting
	Customers       int64 `json:"customers"`        // recomputed from the log
	Erased          int64 `json:"erased"`           // customers of whom a marker is left, as the log has it
	PurchaseDays    int64 `json:"purchase_days"`    // of all customers, recomputed
	RepeatPurchases int64 `json:"repeat_purchases"` // Σx, recomputed
	RevenueMinor    int64 `json:"revenue_minor"`    // net of refunds, recomputed; minor units of the business currency
	Changes         int64 `json:"changes"`          // published, each once
	DueChanges      int64 `json:"due_changes"`      // of these, changes that time caused and no event
	Pending         int64 `json:"pending"`          // changes that wait in outboxes
	Rerouted        int64 `json:"rerouted"`         // events without a customer, sent to the customer of their order

	Lost        int64 `json:"lost"`         // changes that were counted but are neither published nor waiting
	Duplicated  int64 `json:"duplicated"`   // changes published again
	OutOfOrder  int64 `json:"out_of_order"` // changes published after a later one of their customer
	VersionGaps int64 `json:"version_gaps"` // places where a customer's versions leap
	Unannounced int64 `json:"unannounced"`  // events, or instants, that moved enough without a change
	Unfounded   int64 `json:"unfounded"`    // changes without an event, or an instant, that justifies them
	Overdue     int64 `json:"overdue"`      // customers whose due time was passed over, or would be

	LettersLost       int64 `json:"dead_letters_lost"`       // records that should be dead letters and are not
	LettersDuplicated int64 `json:"dead_letters_duplicated"` // published again
	LettersUnfounded  int64 `json:"dead_letters_unfounded"`  // that should not be, or with another reason or other bytes

	StaleCurrent       int64 `json:"stale_current"`       // customers whose current value is not their last change
	DifferingCustomers int64 `json:"differing_customers"` // customers whose state is not what the log gives
	Unlocated          int64 `json:"unlocated"`           // events without a customer that are not what their orders make of them
	Statistics         int64 `json:"statistics"`          // figures of the base that are not what its customers come to
	Unreadable         int64 `json:"unreadable"`          // records of our own topics that cannot be read

	Differences []Difference `json:"differences"` // the first of all of the above

	ModelVersions map[string]int64 `json:"model_versions"`      // customers by the model version of their stored value
	OtherModel    int64            `json:"other_model"`         // of these, customers under another model than the one in force, or another cut of the tiers: their values were not compared
	Capped        int64            `json:"capped"`              // customers beyond the ledger limit, compared on money as far as it can be known
	Replayed      int64            `json:"replayed"`            // customers whose changes were checked event by event
	AnyOrder      int64            `json:"any_order"`           // customers of several partitions, each of whose changes some order of their events gives
	ChainOnly     int64            `json:"chain_only"`          // customers whose changes were checked for being whole and in order alone
	RefusedThen   int64            `json:"refused_then"`        // records that were dead letters under other settings than now
	AcceptedThen  int64            `json:"accepted_then"`       // records that were taken under other settings, and would be refused now
	Moving        int64            `json:"moving"`              // shards that were too busy to compare their statistics
	Truncated     []string         `json:"truncated,omitempty"` // input partitions whose log no longer begins at 0

	Seconds float64 `json:"seconds"`

	currency       money.Currency // of the revenue
	maxDifferences int
}

// Difference is one thing that is off. It holds ids of customers and orders: it
// is for the operator's eyes and not for logs.
type Difference struct {
	Customer string `json:"customer,omitempty"`
	Record   string `json:"record,omitempty"` // topic/partition/offset
	Field    string `json:"field"`
	Want     string `json:"want"`
	Got      string `json:"got"`
}

// String is the difference on one line.
func (d Difference) String() string {
	var about []string
	if d.Customer != "" {
		about = append(about, fmt.Sprintf("customer %q", d.Customer))
	}
	if d.Record != "" {
		about = append(about, d.Record)
	}
	if len(about) == 0 {
		return fmt.Sprintf("%s: want %s, got %s", d.Field, d.Want, d.Got)
	}
	return fmt.Sprintf("%s: %s: want %s, got %s", strings.Join(about, ", "), d.Field, d.Want, d.Got)
}

// note counts a difference and keeps it if it is among the first.
func (r *Report) note(count *int64, d Difference) {
	*count++
	if len(r.Differences) < r.maxDifferences {
		r.Differences = append(r.Differences, d)
	}
}

// count counts a change that is published or waits.
func (r *Report) count(c *change) {
	switch {
	case c.partition == waiting:
		r.Pending++
	case c.due:
		r.DueChanges++
		r.Changes++
	default:
		r.Changes++
	}
}

// faults are the counts that must be 0, by their names.
func (r *Report) faults() []namedCount {
	return []namedCount{
		{"differing customers", r.DifferingCustomers},
		{"lost", r.Lost}, {"duplicated", r.Duplicated}, {"out of order", r.OutOfOrder}, {"version gaps", r.VersionGaps},
		{"unannounced", r.Unannounced}, {"unfounded", r.Unfounded}, {"overdue", r.Overdue},
		{"dead letters lost", r.LettersLost}, {"dead letters duplicated", r.LettersDuplicated}, {"dead letters unfounded", r.LettersUnfounded},
		{"stale current values", r.StaleCurrent}, {"events without a customer", r.Unlocated}, {"statistics", r.Statistics}, {"unreadable records", r.Unreadable},
	}
}

type namedCount struct {
	name  string
	count int64
}

func (r *Report) conclude() {
	r.Verified = !slices.ContainsFunc(r.faults(), func(f namedCount) bool { return f.count != 0 })
}

// String is the report in lines for people. The last one is the verdict.
func (r Report) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d records: %d events, %d dead letters\n", r.Records, r.Events, r.DeadLetters)
	fmt.Fprintf(&b, "%d customers: %d purchase days, %d repeat purchases, revenue %s %s\n",
		r.Customers, r.PurchaseDays, r.RepeatPurchases, money.FormatMinor(r.RevenueMinor, r.currency.Exponent()), r.currency)
	fmt.Fprintf(&b, "%d changes published, %d of them caused by time, %d waiting\n", r.Changes, r.DueChanges, r.Pending)
	fmt.Fprintf(&b, "changes of %d customers recomputed one by one, of %d in some order of their partitions' events, of %d checked to be complete and in order\n", r.Replayed, r.AnyOrder, r.ChainOnly)
	if r.Erased > 0 {
		fmt.Fprintf(&b, "%d customers were erased\n", r.Erased)
	}
	if r.Capped > 0 {
		fmt.Fprintf(&b, "%d customers are beyond the ledger limit: only their amounts were compared\n", r.Capped)
	}
	if r.OtherModel > 0 {
		fmt.Fprintf(&b, "%d customers were valued by another model or placed by another cut of the tiers: only their histories were compared (customers by model: %s)\n", r.OtherModel, r.byModel())
	}
	if r.RefusedThen+r.AcceptedThen > 0 {
		fmt.Fprintf(&b, "%d records were dead letters under the settings of then and would be accepted now, %d were accepted then and would be refused\n", r.RefusedThen, r.AcceptedThen)
	}
	if r.Moving > 0 {
		fmt.Fprintf(&b, "%d shards changed too often to compare their statistics\n", r.Moving)
	}
	if len(r.Truncated) > 0 {
		fmt.Fprintf(&b, "the log no longer begins at offset 0 in %s: earlier records cannot be compared\n", strings.Join(r.Truncated, ", "))
	}
	for _, d := range r.Differences {
		fmt.Fprintf(&b, "- %s\n", d)
	}
	if r.Verified {
		b.WriteString("verified")
		return b.String()
	}
	var found []string
	for _, f := range r.faults() {
		if f.count != 0 {
			found = append(found, fmt.Sprintf("%s %d", f.name, f.count))
		}
	}
	fmt.Fprintf(&b, "NOT verified: %s", strings.Join(found, ", "))
	return b.String()
}

func (r *Report) byModel() string {
	var parts []string
	for _, version := range slices.Sorted(maps.Keys(r.ModelVersions)) {
		parts = append(parts, fmt.Sprintf("%s %d", version, r.ModelVersions[version]))
	}
	return strings.Join(parts, ", ")
}
