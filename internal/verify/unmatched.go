package verify

import (
	"context"
	"fmt"
	"slices"

	"github.com/clvstream/clvstream/clv/calendar"
	"github.com/clvstream/clvstream/clv/history"
)

// waits says whether an event is one that waits for its order, or for its refund.
func (e *inputEvent) waits() bool {
	return e.kind == history.OrderRefunded || e.kind == history.OrderCancelled || e.kind == history.RefundReverted
}

// met says whether what an event is of is known, of a time at which the event counts for it,
// and on which day the event is given up otherwise: not before its refund.
func (o *order) met(e *inputEvent, latenessDays calendar.Day) (met bool, until calendar.Day) {
	counts, until := e.day, e.day
	if e.kind != history.OrderCancelled {
		r := o.refunds[e.refund]
		if r.winner == nil || e.kind == history.RefundReverted && e.day+latenessDays < r.first {
			return false, until
		}
		counts, until = r.day, max(until, r.day)
	}
	return o.winner != nil && counts+latenessDays >= o.first, until
}

// waitingEvent is what tells events apart: one that comes again is the same.
type waitingEvent struct {
	kind              history.Kind
	id, order, refund string
	atMicros          int64
}

func (e *inputEvent) waiting() waitingEvent {
	return waitingEvent{e.kind, e.id, e.order, e.refund, e.atMicros}
}

// compareUnmatched checks that each refund or cancel without an order of its own waits, or is
// one dead letter once its day is sealed; and that no other one does.
func (v *verification) compareUnmatched(c *subject, want *recomputed, d *differences) {
	rules := &v.config.Valuation.Rules
	line := want.latestDay - 2*rules.LatenessDays
	letters, stored := map[waitingEvent]int{}, map[waitingEvent]int{}
	for _, e := range c.givenUp {
		letters[e.waiting()]++
	}
	for i := range c.stored.History.Waiting {
		e := &c.stored.History.Waiting[i].Event
		stored[waitingEvent{e.Kind, e.ID, e.OrderID, e.RefundID, e.AtMicros}]++
	}
	seen := map[waitingEvent]bool{}
	for _, e := range c.applied {
		waits := e.waiting()
		if seen[waits] || !e.waits() {
			continue
		}
		seen[waits] = true
		wantLetters, wantWaiting := 0, 0
		switch met, until := want.orders[e.order].met(e, rules.LatenessDays); {
		case !met && until < line:
			wantLetters = 1
		case !met:
			wantWaiting = 1
		}
		switch got := letters[waits]; {
		case got < wantLetters:
			v.letterLost(e.coordinate, c.id, history.Unmatched)
		case got == 1 && wantWaiting == 1:
			c.recheck = append(c.recheck, e) // given up since the snapshot, perhaps
		case got > wantLetters:
			v.letterUnfounded(e.coordinate, c.id, "dead letters", fmt.Sprint(wantLetters, " unmatched"), fmt.Sprint(got))
		}
		if wantWaiting == 1 && letters[waits] == 0 {
			v.waiting[e.coordinate] = true
		}
		d.integer(fmt.Sprintf("waiting, %s of order %q", e.kind, e.order), int64(wantWaiting), int64(stored[waits]))
		delete(stored, waits)
	}
	for waits := range stored {
		d.differ(fmt.Sprintf("waiting, %s of order %q", waits.kind, waits.order), "none: the log has no such event", "one")
	}
}

// compareGivenUp reads a customer again of whom something waited in the snapshot that is a dead
// letter by now: it must not wait any more.
func (v *verification) compareGivenUp(ctx context.Context, shard int, c *subject) error {
	if len(c.recheck) == 0 {
		return nil
	}
	now, err := v.config.Store.Customers(ctx, shard, []string{c.id})
	if err != nil {
		return err
	}
	customer := now.Customers[c.id]
	for _, e := range c.recheck {
		waits := customer != nil && slices.ContainsFunc(customer.History.Waiting, func(w history.Waiting) bool {
			return w.Event.OrderID == e.order && w.Event.RefundID == e.refund && w.Event.AtMicros == e.atMicros && w.Event.ID == e.id
		})
		if waits {
			v.letterUnfounded(e.coordinate, c.id, "dead letters", "0 unmatched", "1")
		}
	}
	return nil
}
