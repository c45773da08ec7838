package state

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/redis/go-redis/v9"

	"github.com/clvstream/clvstream/clv/calendar"
	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/state/layout"
)

// The index of orders says whose an order is, for events that name no customer. An order is
// in the shard of its id, which is not its customer's; an event without a customer goes there
// too, and waits there if its order has not come.
//
//	order ──► shard of the customer: history
//	     └──► shard of the order id: orders:k, and what waits for it ──► out, rerouted
//	refund without a customer ──► shard of the order id ─┬─ known ──► out, rerouted
//	                                                     └─ not: unlocated
//
// What is rerouted is published to the repartition topic, keyed by its customer, and comes
// back as an event like any other.
//
// Orders are kept by generations of twice the lateness, of which there are two: those of the
// last 2L are known, those of before 4L are not.

// mostUnlocated bounds what waits in one shard. Beyond, the oldest are given up.
const mostUnlocated = 1024

// orderIndex is what src says of a shard's index of orders.
type orderIndex struct {
	latestMicros int64  // the latest event time of what the index was told; 0: nothing
	waiting      int    // events that wait for their order
	commit       string // that changed what waits last
}

func (x orderIndex) String() string {
	return fmt.Sprintf("%d %d %s", x.latestMicros, x.waiting, x.commit)
}

func parseOrderIndex(stored string) (x orderIndex, err error) {
	if stored == "" {
		return orderIndex{}, nil
	}
	fields := strings.Split(stored, " ")
	if len(fields) > 3 {
		return orderIndex{}, fmt.Errorf("index of orders %q is %w", stored, layout.ErrNewer)
	}
	if len(fields) == 3 {
		x.commit = fields[2]
		if x.latestMicros, err = strconv.ParseInt(fields[0], 10, 64); err == nil {
			x.waiting, err = strconv.Atoi(fields[1])
		}
	}
	if len(fields) < 3 || err != nil || x.waiting < 0 {
		return orderIndex{}, fmt.Errorf("%w: index of orders %q: want \"latest waiting commit\"", layout.ErrDamaged, stored)
	}
	return x, nil
}

// unlocated is what a process knows of the events that wait in a shard, as of a commit.
type unlocated struct {
	commit string
	events []history.Waiting // ascending in time
}

// generation numbers spans of twice the lateness.
func generation(day calendar.Day, rules *history.Rules) int {
	span := 2 * max(1, int(rules.LatenessDays))
	if day < 0 {
		return (int(day)+1)/span - 1
	}
	return int(day) / span
}

func (k *keys) generation(number int) string { return k.orders + strconv.Itoa(number) }

// concernsOrders says whether a piece of work is for the index of orders, and not for a customer.
func (w *Work) concernsOrders() bool {
	return w.IndexOnly || w.Event != nil && w.Event.CustomerID == ""
}

// orderReads are questions to the index: whose some orders are, and what waits.
type orderReads struct {
	ids         []string // of orders to be found
	generations [2]int   // to find them in
	unlocated   bool     // what waits is asked for

	found   [2]*redis.SliceCmd
	waiting *redis.SliceCmd
}

// ask queues the questions.
func (r *orderReads) ask(ctx context.Context, pipe redis.Pipeliner, k *keys) {
	if len(r.ids) > 0 {
		for i, number := range r.generations {
			r.found[i] = pipe.HMGet(ctx, k.generation(number), r.ids...)
		}
	}
	if r.unlocated {
		r.waiting = pipe.MGet(ctx, k.unlocated) // absent, GET would be an error
	}
}

// indexing is what a transaction does to its shard's index of orders.
type indexing struct {
	rules  *history.Rules
	before orderIndex
	after  orderIndex
	owners map[string]string // customer by order, as far as it was read or told in this batch
	placed map[int][]any     // fields and values to set, by generation
	events []history.Waiting // that wait; shared until changed
	moved  bool              // events is its own, and differs from before
}

// readOrders reads what the work asks of the index of orders, and answers nil where it asks
// nothing.
func (c *chain) readOrders(ctx context.Context, o *opened, rules *history.Rules) (*indexing, error) {
	x, reads := c.asked(o, rules)
	if x == nil {
		return nil, nil
	}
	known := o.shard.unlocated.commit == o.orders.commit
	reads.unlocated = o.orders.waiting > 0 && !known
	if len(reads.ids) > 0 || reads.unlocated {
		o.orderReads = reads
		if err := c.readMore(ctx, o); err != nil {
			return nil, err
		}
		o.orderReads = nil
		if err := x.take(reads, o); err != nil {
			return nil, err
		}
	}
	if o.orders.waiting > 0 {
		x.events = o.shard.unlocated.events
	}
	return x, nil
}

// asked is what the shard's work asks of the index. The latest event time is that after the
// work, so that what is looked up and what is kept agree.
func (c *chain) asked(o *opened, rules *history.Rules) (*indexing, *orderReads) {
	var x *indexing
	var reads *orderReads
	for _, i := range c.claim.grouped[o.shard.index] {
		work := &c.batch.Work[i]
		if work.Offset < c.claim.marks[o.shard.index] || work.Refused != nil || !work.concernsOrders() {
			continue
		}
		if x == nil {
			reads = &orderReads{}
			x = &indexing{rules: rules, before: o.orders, after: o.orders, owners: map[string]string{}, placed: map[int][]any{}}
		}
		x.after.latestMicros = max(x.after.latestMicros, work.Event.AtMicros)
		if !work.IndexOnly && !slices.Contains(reads.ids, work.Event.OrderID) {
			reads.ids = append(reads.ids, work.Event.OrderID)
		}
	}
	if x != nil {
		latest := x.latest()
		reads.generations = [2]int{latest, latest - 1}
	}
	return x, reads
}

// latest is the newest generation.
func (x *indexing) latest() int {
	return generation(x.rules.Calendar.Day(x.after.latestMicros), x.rules)
}

// take takes the answers.
func (x *indexing) take(reads *orderReads, o *opened) error {
	for g := range reads.found {
		if reads.found[g] == nil {
			continue
		}
		for i, owner := range reads.found[g].Val() {
			if customer, ok := owner.(string); ok && x.owners[reads.ids[i]] == "" {
				x.owners[reads.ids[i]] = customer
			}
		}
	}
	if !reads.unlocated {
		return nil
	}
	stored, _ := reads.waiting.Val()[0].(string)
	events, err := layout.DecodeUnlocated(stored)
	if err == nil && len(events) != o.orders.waiting {
		err = fmt.Errorf("%w: %d events wait for their orders, %d are counted", layout.ErrDamaged, len(events), o.orders.waiting)
	}
	o.shard.unlocated = unlocated{commit: o.orders.commit, events: events}
	return err
}

// index takes an order, or an event without a customer, into the index. It gives every event
// whose customer is known now, and what is given up, to the outbox.
func (c *chain) index(w *writes, work *Work) {
	x := w.orders
	if work.IndexOnly {
		x.place(work.Event)
		for _, located := range x.release(work.Event.OrderID) {
			c.reroute(w, work, &located.Event, work.Event.CustomerID)
		}
	} else {
		event := *work.Event
		event.Place = c.placeOf(work)
		if owner := x.owners[event.OrderID]; owner != "" {
			c.reroute(w, work, &event, owner)
		} else {
			x.wait(&event)
		}
	}
	for _, given := range x.giveUp() {
		w.items = append(w.items, layout.Item{Offset: work.Offset, Part: work.Part, DeadLetter: c.batch.Unmatched(&given)})
	}
}

// reroute sends an event to its customer.
func (c *chain) reroute(w *writes, work *Work, event *history.Event, customer string) {
	located := *event
	located.CustomerID = customer
	w.rerouted.add(located.AtMicros)
	w.items = append(w.items, layout.Item{Offset: work.Offset, Part: work.Part, TraceParent: work.TraceParent, Rerouted: c.batch.Reroute(&located)})
}

// place notes whose an order is. One of before the generations that are kept is not noted.
func (x *indexing) place(e *history.Event) {
	number := generation(x.rules.Calendar.Day(e.AtMicros), x.rules)
	if number < x.latest()-1 {
		return
	}
	x.owners[e.OrderID] = e.CustomerID
	x.placed[number] = append(x.placed[number], e.OrderID, e.CustomerID)
}

// release takes out what waits for an order.
func (x *indexing) release(orderID string) (released []history.Waiting) {
	of := func(w history.Waiting) bool { return w.Event.OrderID == orderID }
	if !slices.ContainsFunc(x.events, of) {
		return nil
	}
	x.own()
	for _, w := range x.events {
		if of(w) {
			released = append(released, w)
		}
	}
	x.events = slices.DeleteFunc(x.events, of)
	return released
}

// wait keeps an event until its order comes. One that waits already is not kept twice.
func (x *indexing) wait(e *history.Event) {
	w := history.Waiting{Event: *e, Day: x.rules.Calendar.Day(e.AtMicros)}
	at, known := slices.BinarySearchFunc(x.events, w, history.CompareWaiting)
	if known {
		return
	}
	x.own()
	x.events = slices.Insert(x.events, at, w)
}

// giveUp takes out what is more than twice the lateness behind the latest event, as a
// customer's history does, and the oldest of too many.
func (x *indexing) giveUp() (given []history.Waiting) {
	before := x.rules.Calendar.Day(x.after.latestMicros) - 2*x.rules.LatenessDays
	n := max(0, len(x.events)-mostUnlocated)
	for n < len(x.events) && x.events[n].Day < before {
		n++
	}
	if n == 0 {
		return nil
	}
	x.own()
	given = slices.Clone(x.events[:n])
	x.events = slices.Delete(x.events, 0, n)
	return given
}

// own makes what waits the transaction's own, which what is cached is not.
func (x *indexing) own() {
	if !x.moved {
		x.moved, x.events = true, slices.Clone(x.events)
	}
}

// commands are the writes to the index. Nothing is written that was written before with
// another value, but for what waits: so a transaction may be applied twice.
func (x *indexing) commands(sh *shard, commit string) (commands [][]any, src []any) {
	for number, fields := range x.placed {
		commands = append(commands, append([]any{"HSET", sh.keys.generation(number)}, fields...))
	}
	if x.before.latestMicros != 0 {
		oldest := generation(x.rules.Calendar.Day(x.before.latestMicros), x.rules) - 1
		for number := oldest; number <= oldest+1 && number < x.latest()-1; number++ {
			commands = append(commands, []any{"UNLINK", sh.keys.generation(number)})
		}
	}
	if x.moved {
		x.after.waiting, x.after.commit = len(x.events), commit
		if len(x.events) > 0 {
			commands = append(commands, []any{"SET", sh.keys.unlocated, string(layout.AppendUnlocated(nil, x.events))})
		} else {
			commands = append(commands, []any{"UNLINK", sh.keys.unlocated})
		}
	}
	if x.after == x.before {
		return commands, nil
	}
	return commands, []any{ordersField, x.after.String()}
}

// keep caches what waits after a transaction that was applied.
func (x *indexing) keep(sh *shard) {
	if x != nil && x.moved {
		sh.unlocated = unlocated{commit: x.after.commit, events: x.events}
	}
}

// Unlocated are the events that wait in a shard's index of orders, ascending in time, with
// their places.
func (s *Store) Unlocated(ctx context.Context, shard int) ([]history.Waiting, error) {
	stored, err := s.client.Get(ctx, s.shards[shard].keys.unlocated).Result()
	switch {
	case errors.Is(err, redis.Nil):
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("read events that wait for their orders: %w", err)
	}
	return layout.DecodeUnlocated(stored)
}

// CountUnlocated is how many events wait in the index of orders of all shards.
func (s *Store) CountUnlocated(ctx context.Context) (int, error) {
	asked, err := ask(ctx, s, s.shards, func(pipe redis.Pipeliner, sh *shard) *redis.SliceCmd {
		return pipe.HMGet(ctx, sh.keys.src, ordersField)
	})
	if err != nil {
		return 0, fmt.Errorf("read the index of orders: %w", err)
	}
	waiting := 0
	for _, answer := range asked {
		text, _ := answer.Val()[0].(string)
		x, err := parseOrderIndex(text)
		if err != nil {
			return 0, err
		}
		waiting += x.waiting
	}
	return waiting, nil
}

// OrderCustomer is the customer of an order by the index; empty: the order is not in it.
func (s *Store) OrderCustomer(ctx context.Context, orderID string, rules *history.Rules) (string, error) {
	sh := s.shards[Shard(orderID, len(s.shards))]
	index, err := s.client.HMGet(ctx, sh.keys.src, ordersField).Result()
	if err != nil {
		return "", fmt.Errorf("read the index of orders: %w", err)
	}
	text, _ := index[0].(string)
	x, err := parseOrderIndex(text)
	if err != nil {
		return "", err
	}
	latest := generation(rules.Calendar.Day(x.latestMicros), rules)
	for number := latest; number >= latest-1; number-- {
		customer, err := s.client.HGet(ctx, sh.keys.generation(number), orderID).Result()
		if err == nil {
			return customer, nil
		}
		if !errors.Is(err, redis.Nil) {
			return "", fmt.Errorf("read the index of orders: %w", err)
		}
	}
	return "", nil
}
