package verify

import (
	"context"
	"fmt"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/clvstream/clvstream/clv/calendar"
	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/state"
	"github.com/clvstream/clvstream/state/layout"
	"github.com/clvstream/clvstream/stream/cluster"
)

// Events of the input that name no customer must be one of these:
//
//	rerouted   one record of the repartition topic, or of an outbox, that says the same
//	           and names a customer who has the order
//	waiting    in the index of orders, while the log has no order of that id
//	unmatched  one dead letter, if anything of more than twice the lateness later was read
//
// What a record of the repartition topic does to its customer is compared as with any other
// event.
type located struct {
	events   []inputEvent              // that name no customer
	orders   map[[2]uint64]bool        // by order and customer, hashed
	byOrder  map[uint64]calendar.Day   // by order, hashed, the latest day of an order of that id
	rerouted map[coordinate][]rerouted // by the record that told the event
	latest   calendar.Day              // of all orders and of events without a customer
}

// rerouted is an event on its way to a customer, or there.
type rerouted struct {
	name      string // of its record
	customer  string
	event     inputEvent
	published bool
}

func newLocated() located {
	return located{orders: map[[2]uint64]bool{}, byOrder: map[uint64]calendar.Day{}, rerouted: map[coordinate][]rerouted{}}
}

// note takes what an accepted event says of the index: an order, or that it names no customer.
func (l *located) note(read *decoded) {
	e := &read.event
	switch {
	case read.customer == "" && e.waits():
		l.events = append(l.events, *e)
	case e.kind == history.OrderPlaced:
		order := fnvOf(e.order)
		l.orders[[2]uint64{order, fnvOf(read.customer)}] = true
		if day, known := l.byOrder[order]; !known || e.day > day {
			l.byOrder[order] = e.day
		}
	default:
		return
	}
	l.latest = max(l.latest, e.day)
}

// takeRerouted notes a record of the repartition topic, which is filed as its customer's event
// beside that.
func (v *verification) takeRerouted(record *kgo.Record, read *decoded) {
	origin, ok := v.named(headersOf(record))
	if !ok || read.refused != 0 || string(record.Key) != read.customer {
		v.unreadable(record, fmt.Errorf("no event of customer %q with the record that told it in its headers", record.Key))
		return
	}
	v.located.rerouted[origin] = append(v.located.rerouted[origin], rerouted{recordName(record), read.customer, read.event, true})
}

// compareLocated compares the events without a customer with what became of them. What waits
// is read before the outboxes, and these before the end of the topic: what leaves one of them
// meanwhile is in the next.
func (v *verification) compareLocated(ctx context.Context) error {
	if v.config.Topics.Repartition == "" {
		return nil
	}
	applied, err := v.config.Store.Applied(ctx)
	if err != nil {
		return err
	}
	var settled []marks
	for i := range applied {
		settled = append(settled, v.marks(applied[i]))
	}
	waiting := map[waitingEvent]int{}
	pending := map[coordinate][]rerouted{}
	for shard := range v.shards {
		if err := v.readWaiting(ctx, shard, waiting); err != nil {
			return err
		}
	}
	for shard := range v.shards {
		if err := v.readPending(ctx, shard, pending); err != nil {
			return err
		}
	}
	if err := v.readRerouted(ctx); err != nil {
		return err
	}
	if err := v.extendOutput(ctx, ignoreProgress); err != nil {
		return err
	}
	for origin, some := range pending {
		if len(v.located.rerouted[origin]) == 0 { // else it was published meanwhile
			v.located.rerouted[origin] = some
		}
	}
	v.judgeLocated(lowest(settled), waiting)
	return nil
}

func (v *verification) readWaiting(ctx context.Context, shard int, waiting map[waitingEvent]int) error {
	events, err := v.config.Store.Unlocated(ctx, shard)
	for i := range events {
		e := &events[i].Event
		waiting[waitingEvent{e.Kind, e.ID, e.OrderID, e.RefundID, e.AtMicros}]++
		if home := state.Shard(e.OrderID, len(v.shards)); home != shard || e.CustomerID != "" {
			v.report.note(&v.report.DifferingCustomers, Difference{Field: "waiting for order " + e.OrderID, Want: fmt.Sprint("in shard ", home, ", of no customer"), Got: fmt.Sprintf("in shard %d, of %q", shard, e.CustomerID)})
		}
	}
	return err
}

func (v *verification) readPending(ctx context.Context, shard int, pending map[coordinate][]rerouted) error {
	return v.eachWaiting(ctx, shard, func(_ layout.Source, item *layout.Item) error {
		if item.Rerouted != nil {
			origin, of := v.pendingReroute(item.Rerouted)
			pending[origin] = append(pending[origin], of)
		}
		return nil
	})
}

func (v *verification) pendingReroute(r *layout.Rerouted) (coordinate, rerouted) {
	at := coordinate{v.sources.number(cluster.Partition{Topic: r.Origin.Input, ID: r.Origin.Partition}), r.Origin.Part, r.Origin.Offset}
	read := v.unlimited.decode(&kgo.Record{Topic: v.config.Topics.Repartition, Key: []byte(r.CustomerID), Value: r.Value})
	return at, rerouted{"an outbox", read.customer, read.event, false}
}

// readRerouted reads the repartition topic to its end.
func (v *verification) readRerouted(ctx context.Context) error {
	ends, err := v.input.Ends(ctx, v.config.Topics.Repartition)
	if err != nil {
		return fmt.Errorf("read rerouted events: %w", err)
	}
	take := func(from cluster.Partition, records []*kgo.Record) error { return v.takeInput(ctx, from, records) }
	if err := v.input.ReadTo(ctx, ends, take, ignoreProgress); err != nil {
		return fmt.Errorf("read rerouted events: %w", err)
	}
	return nil
}

// outcome is what became of an event that may have been told several times.
type outcome struct{ rerouted, letters int }

func (v *verification) judgeLocated(settled marks, waiting map[waitingEvent]int) {
	outcomes := map[waitingEvent]*outcome{}
	origins := map[coordinate]*inputEvent{}
	for i := range v.located.events {
		e := &v.located.events[i]
		origins[e.coordinate] = e
		v.report.Records++
		o := outcomes[e.waiting()]
		if o == nil {
			o = &outcome{}
			outcomes[e.waiting()] = o
		}
		if l := v.letters[e.coordinate]; l != nil {
			v.report.DeadLetters++
			o.letters++
			v.judgeUnmatched(e, l)
		}
		o.rerouted += len(v.located.rerouted[e.coordinate])
	}
	v.compareReroutes(origins)
	for _, e := range origins {
		is, waits := e.waiting(), waiting[e.waiting()]
		o := outcomes[is]
		switch {
		case waits > 1:
			v.unlocated(e, "waiting once", fmt.Sprint(waits, " times"))
		case o.rerouted+o.letters+waits == 0 && settled.cover(e.coordinate):
			v.unlocated(e, "rerouted, waiting or a dead letter", "none of these")
		case waits == 1 && o.rerouted == 0 && v.orderIsKnown(e, settled):
			v.unlocated(e, "rerouted: its order is in the log", "waiting")
		}
	}
	for is := range waiting {
		if outcomes[is] != nil {
			continue
		}
		v.report.note(&v.report.DifferingCustomers, Difference{Field: "waiting for order " + is.order, Want: "an event of the log", Got: "one that it does not have"})
	}
}

func (v *verification) unlocated(e *inputEvent, want, got string) {
	v.report.note(&v.report.Unlocated, Difference{Record: v.sources.format(e.coordinate), Field: fmt.Sprintf("event without a customer, %s of order %q", e.kind, e.order), Want: want, Got: got})
}

// judgeUnmatched holds a dead letter of an event without a customer against the log.
func (v *verification) judgeUnmatched(e *inputEvent, l *letter) {
	l.rewritten = true
	v.fitsRecord(l, e.coordinate, e.checksum)
	switch {
	case byLimit(l.reason) && (e.refusedNow == 0 || e.refusedNow == l.reason):
	case l.reason != history.Unmatched:
		v.letterUnfounded(e.coordinate, "", "dead letter's reason", history.Unmatched.String(), l.reason.String())
	case e.day+2*v.config.Valuation.Rules.LatenessDays >= v.located.latest:
		v.letterUnfounded(e.coordinate, "", "dead letter", "none: its order may still come", l.reason.String())
	}
}

// orderIsKnown says whether the log has the order of an event, and the index must have it: it
// was read with everything before it, and is not of more than twice the lateness ago.
func (v *verification) orderIsKnown(e *inputEvent, settled marks) bool {
	day, known := v.located.byOrder[fnvOf(e.order)]
	return known && settled.cover(e.coordinate) && v.settledInput(settled) && day >= v.located.latest-2*v.config.Valuation.Rules.LatenessDays
}

// settledInput says whether all shards have applied all that was read of the input.
func (v *verification) settledInput(settled marks) bool {
	for source, high := range v.readUpTo {
		if high > 0 && !settled.cover(coordinate{source: int32(source), offset: high - 1}) {
			return false
		}
	}
	return true
}

// compareReroutes holds each rerouted event against the one that was told, and its customer
// against the orders.
func (v *verification) compareReroutes(origins map[coordinate]*inputEvent) {
	for at, all := range v.located.rerouted {
		told := origins[at]
		for i, r := range all {
			switch {
			case told == nil:
				v.misrouted(at, "an event that names no customer", "none")
			case i > 0:
				v.misrouted(at, "rerouted once", "again as "+r.name)
			case !told.sameAs(&r.event):
				v.misrouted(at, "the event as it was told", "another, "+r.name)
			case !v.hasOrder(r.customer, told.order):
				v.misrouted(at, "to a customer with its order", fmt.Sprintf("to %q", r.customer))
			}
		}
		if told != nil && len(all) > 0 && v.letters[at] != nil {
			v.misrouted(at, "rerouted or a dead letter", "both")
		}
		v.report.Rerouted += int64(len(all))
	}
}

func (v *verification) misrouted(at coordinate, want, got string) {
	v.report.note(&v.report.Unlocated, Difference{Record: v.sources.format(at), Field: "rerouted event", Want: want, Got: got})
}

func (v *verification) hasOrder(customer, order string) bool {
	return v.located.orders[[2]uint64{fnvOf(order), fnvOf(customer)}]
}

// sameAs says whether two events say the same of what they are of.
func (e *inputEvent) sameAs(other *inputEvent) bool {
	same := e.waiting() == other.waiting() && e.amountMinor == other.amountMinor && e.version == other.version && e.toldMicros == other.toldMicros
	if e.own == nil || other.own == nil {
		return same && e.own == other.own
	}
	return same && *e.own == *other.own
}
