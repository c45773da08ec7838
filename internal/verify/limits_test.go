package verify_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/internal/testbed"
)

// Dead letters are judged by the limits that were set when they were made: raising one, and
// sending them again, leaves a system that is verified; so does lowering it. What is lost
// shows all the same.
func TestLimitsMayChange(t *testing.T) {
	s := newSystem(t, testbed.EmbeddedPair(t))
	day := time.Now().AddDate(0, -2, 0).UnixMicro()
	order := func(customer string, i int, amountMinor int64) *history.Event {
		id := fmt.Sprintf("%s-%d", customer, i)
		return &history.Event{Kind: history.OrderPlaced, ID: id, OrderID: id, CustomerID: customer, AtMicros: day + int64(i)*1_000_000, AmountMinor: amountMinor}
	}
	through := func(maxAmountMinor int64, events ...*history.Event) {
		t.Helper()
		s.rules.MaxAmountMinor = maxAmountMinor
		for _, e := range events {
			s.send(t, s.record(e, true))
		}
		consumed, published := s.consume(t), s.publish(t)
		s.settle(t)
		consumed()
		published()
	}
	check := func(what string, maxAmountMinor, letters, refusedThen, acceptedThen int64) {
		t.Helper()
		s.rules.MaxAmountMinor = maxAmountMinor
		r := s.verify(t)
		if !r.Verified || r.DeadLetters != letters || r.RefusedThen != refusedThen || r.AcceptedThen != acceptedThen {
			t.Errorf("%s: %v", what, r)
		}
	}
	through(1_000, order("a", 1, 500), order("a", 2, 5_000), order("b", 1, 5_000))
	check("as it was", 1_000, 2, 0, 0)
	check("the limit was raised", 10_000, 2, 2, 0)
	through(10_000, order("a", 2, 5_000), order("b", 1, 5_000), order("c", 1, 7_000)) // sent again
	check("they were sent again", 10_000, 2, 2, 0)
	check("the limit was lowered again", 1_000, 2, 0, 3)
	check("in between", 6_000, 2, 2, 1)
}
