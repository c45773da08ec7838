package eventtest

import (
	"fmt"
	"strconv"
	"testing"

	"github.com/clvstream/clvstream/clv/history"
)

// Day0 is day 20,000, so that no day of a test is near 1970.
const Day0 = 20_000

// Order is an order placed on a day, counted from Day0, for a gross amount.
func Order(day int, id string, amountMinor int64) history.Event {
	return Event(history.OrderPlaced, day, history.Event{OrderID: id, AmountMinor: amountMinor})
}

// Refund is money of an order that goes back on a day.
func Refund(day int, orderID, id string, amountMinor int64) history.Event {
	return Event(history.OrderRefunded, day, history.Event{OrderID: orderID, RefundID: id, AmountMinor: amountMinor})
}

// Cancel is an order cancelled on a day.
func Cancel(day int, orderID string) history.Event {
	return Event(history.OrderCancelled, day, history.Event{OrderID: orderID})
}

// Revert is the word of a day that a refund did not go back after all.
func Revert(day int, orderID, id string) history.Event {
	return Event(history.RefundReverted, day, history.Event{OrderID: orderID, RefundID: id})
}

// Updated is an event that was told on a day.
func Updated(e history.Event, day int) history.Event {
	e.UpdatedMicros = (Day0 + int64(day)) * DayMicros
	e.ID += " updated " + strconv.Itoa(day)
	return e
}

// Versioned is an event with a version.
func Versioned(e history.Event, version int64) history.Event {
	e.Version, e.Versioned = version, true
	e.ID += " version " + strconv.FormatInt(version, 10)
	return e
}

// Churn is a word on churn on a day.
func Churn(kind history.Kind, day int) history.Event { return Event(kind, day, history.Event{}) }

// Event completes an event of a kind on a day.
func Event(kind history.Kind, day int, e history.Event) history.Event {
	e.Kind, e.CustomerID, e.AtMicros = kind, "c", (Day0+int64(day))*DayMicros
	e.ID = fmt.Sprintf("%s %d %s %s", kind, day, e.OrderID, e.RefundID)
	return e
}

// TenDays are rules with a lateness of 10 days.
func TenDays(t testing.TB) *history.Rules {
	rules := NewRules(t, "UTC", 10)
	return &rules
}

// Fold folds events that must not be refused.
func Fold(t testing.TB, rules *history.Rules, events ...history.Event) *history.History {
	t.Helper()
	h := &history.History{}
	for i := range events {
		if _, refused := h.Fold(&events[i], rules); refused != nil {
			t.Fatalf("fold %s: %v", events[i].ID, refused)
		}
	}
	return h
}
