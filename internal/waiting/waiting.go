// Package waiting lists the refunds, reverts and cancels that wait for their order: what clvstream
// knows, and nobody's value does.
//
//	customers, index of orders in Redis ──► List ──► Event, the oldest first ──► text │ JSON
//
// It reads all customers, in snapshots, and what names no customer, and changes nothing. Each event that is listed either
// meets its order later or becomes a dead letter with the reason unmatched.
package waiting

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/clv/money"
	"github.com/clvstream/clvstream/state"
)

// Event is one that waits.
type Event struct {
	CustomerID string    `json:"customer_id,omitempty"` // absent: it is to be found through the order
	Type       string    `json:"type"`
	EventID    string    `json:"event_id"`
	OrderID    string    `json:"order_id"`
	RefundID   string    `json:"refund_id,omitempty"`
	OccurredAt time.Time `json:"occurred_at"`
	Amount     string    `json:"amount,omitempty"` // of a refund, in major units of the business's currency
	Topic      string    `json:"topic"`
	Partition  int32     `json:"partition"`
	Offset     int64     `json:"offset"`
}

// List reads what waits, the oldest first.
func List(ctx context.Context, store *state.Store, currency money.Currency) ([]Event, error) {
	all := []Event{}
	for shard := range store.Shards() {
		err := store.Scan(ctx, shard, func(page state.Snapshot) error {
			for id, c := range page.Customers {
				for i := range c.History.Waiting {
					all = append(all, eventOf(id, &c.History.Waiting[i].Event, currency))
				}
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
		unlocated, err := store.Unlocated(ctx, shard)
		if err != nil {
			return nil, err
		}
		for i := range unlocated {
			all = append(all, eventOf("", &unlocated[i].Event, currency))
		}
	}
	slices.SortFunc(all, func(a, b Event) int {
		return cmp.Or(a.OccurredAt.Compare(b.OccurredAt), cmp.Compare(a.CustomerID, b.CustomerID), cmp.Compare(a.EventID, b.EventID))
	})
	return all, nil
}

func eventOf(customer string, e *history.Event, currency money.Currency) Event {
	is := Event{
		CustomerID: customer, Type: e.Kind.String(), EventID: e.ID, OrderID: e.OrderID, RefundID: e.RefundID,
		OccurredAt: time.UnixMicro(e.AtMicros).UTC(), Topic: e.Place.Input, Partition: e.Place.Partition, Offset: e.Place.Offset,
	}
	if e.Kind == history.OrderRefunded {
		is.Amount = money.FormatMinor(e.AmountMinor, currency.Exponent())
	}
	return is
}
