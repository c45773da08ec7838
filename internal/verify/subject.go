package verify

import (
	"github.com/clvstream/clvstream/clv"
	"github.com/clvstream/clvstream/clv/calendar"
	"github.com/clvstream/clvstream/clv/history"
)

// subject is one customer under comparison: what the logs hold of them up to
// where their snapshot stands.
type subject struct {
	id        string
	stored    *clv.Customer // nil: Redis has none
	events    []*inputEvent // by partition in order of arrival
	applied   []*inputEvent // of these, what was not too late
	published []change      // in the order of the topic
	pending   []change      // in the outbox alone
	fired     int64         // up to where the shard's due times were fired
	passed    int64         // the latest event that was too late, of a customer who was erased
	refreshed int64         // as of when the shard's statistics count values at the least
	activated bool          // a model or a cut of the tiers was in the shard, which may have fired at any instant since
	later     change        // the last change of time beyond the snapshot; version 0: none is
	single    bool          // all events are of one partition, so their order of arrival is known
	capped    bool          // the ledger limit decided something
	recheck   []*inputEvent // of the given up ones, those that waited in the snapshot
	givenUp   []*inputEvent // of the applied ones, those that became dead letters since they never met their order
}

func (v *verification) newSubject(id string, s stored, d *dossier, pending []change) *subject {
	c := &subject{id: id, stored: s.customer, single: true, fired: s.firedMicros, refreshed: s.refreshedMicros, activated: s.activated}
	for i := range d.events {
		e := &d.events[i]
		if s.applied.cover(e.coordinate) {
			c.events = append(c.events, e)
			c.single = c.single && e.source == c.events[0].source
		}
	}
	out, outDue := map[coordinate]bool{}, map[uint64]bool{}
	for _, change := range d.changes {
		switch {
		case !s.covers(&change):
			if change.due && change.version > c.later.version {
				c.later = change
			}
			continue
		case change.due:
			outDue[change.version] = true
		default:
			out[change.cause] = true
		}
		c.published = append(c.published, change)
	}
	for _, change := range pending {
		if s.covers(&change) && !(change.due && outDue[change.version]) && !(!change.due && out[change.cause]) {
			c.pending = append(c.pending, change)
		}
	}
	c.capped = c.isCapped(v.config.Valuation.Rules.LedgerLimit)
	return c
}

// covers says whether a change belongs to a customer's snapshot. A change caused by time
// has no position in the input: the version of the customer decides.
func (s *stored) covers(c *change) bool {
	if c.due {
		return s.customer != nil && (c.version <= s.customer.Version || s.customer.Erased()) // nothing is due after that
	}
	return s.applied.cover(c.cause)
}

// isCapped says whether the state has come up to the ledger limit, as far as the
// customer has events enough for it: each makes at most an order and a refund.
func (c *subject) isCapped(ledgerLimit int) bool {
	if c.stored == nil {
		return false
	}
	ofOrders := 0
	for _, e := range c.events {
		if e.ofOrder() {
			ofOrders++
		}
	}
	sealed := &c.stored.History.Sealed
	return sealed.Early && 2*ofOrders > ledgerLimit || len(sealed.OrderHashes) >= ledgerLimit && ofOrders >= ledgerLimit
}

// arrival is what is known of one partition's events of a customer as they come:
// a lower bound of what the customer's history knew, and all of it where there
// is no other partition.
type arrival struct {
	all       bool // there is no other partition
	any       bool
	latestDay calendar.Day
	first     map[thing]calendar.Day // the day of its earliest telling so far
}

// thing is an order, or a refund of one.
type thing struct{ order, refund string }

func newArrival(all bool) *arrival { return &arrival{all: all, first: map[thing]calendar.Day{}} }

// late says whether an event was certainly too late: more than the lateness after its order
// or its refund was told first, or more than that behind the customer's latest event. What
// is behind counts from when it was told, if it tells again of something that was told
// first at most two latenesses ago.
func (a *arrival) late(e *inputEvent, latenessDays calendar.Day) bool {
	if !e.ofOrder() {
		return false
	}
	first, known := a.first[e.thing()]
	if known && e.day > first+latenessDays {
		return true
	}
	since := a.latestDay - latenessDays
	if !a.any || e.day >= since {
		return false
	}
	if !a.all { // it may be known from another partition
		return e.toldDay < since
	}
	toldSince := known && e.toldDay >= since && e.day >= first && first >= since-latenessDays
	return !toldSince
}

// mayBeLate says whether an event can have been too late at some time, by what is known in
// the end.
func (a *arrival) mayBeLate(e *inputEvent, latenessDays calendar.Day) bool {
	first, known := a.first[e.thing()]
	return e.ofOrder() && (known && e.day > first+latenessDays || a.any && e.day < a.latestDay-latenessDays)
}

// inOrder says whether an event is a new order of the latest day so far or a later one: the
// ledger limit never refuses it.
func (a *arrival) inOrder(e *inputEvent) bool {
	_, known := a.first[e.thing()]
	return e.kind == history.OrderPlaced && !known && (!a.any || e.day >= a.latestDay)
}

func (a *arrival) take(e *inputEvent) {
	if !a.any || e.day > a.latestDay {
		a.any, a.latestDay = true, e.day
	}
	if first, known := a.first[e.thing()]; e.tells() && (!known || e.day < first) {
		a.first[e.thing()] = e.day
	}
}

func (e *inputEvent) thing() thing { return thing{e.order, e.refund} }

// tells says whether the event tells an order or a refund, rather than takes it back.
func (e *inputEvent) tells() bool {
	return e.kind == history.OrderPlaced || e.kind == history.OrderRefunded
}

func (e *inputEvent) ofOrder() bool { return e.order != "" }

// judge splits a customer's events into what was applied and what was too late.
// The log decides where it can, else the dead letters do; where the two disagree
// that is a finding.
func (v *verification) judge(c *subject) {
	latenessDays := v.config.Valuation.Rules.LatenessDays
	exact := c.single && !c.capped
	arrivals := map[int32]*arrival{}
	known := newArrival(false) // in the end, whatever the order
	var doubtful []*inputEvent // dead letters that their own partition does not explain
	inOrder := map[*inputEvent]bool{}
	c.events = v.acceptedThen(c)
	for _, e := range c.events {
		a := arrivals[e.source]
		if a == nil {
			a = newArrival(c.single)
			arrivals[e.source] = a
		}
		late, l := a.late(e, latenessDays), v.letters[e.coordinate]
		if l != nil {
			v.report.DeadLetters++
			l.rewritten = e.mapped
			v.fitsRecord(l, e.coordinate, e.checksum)
		}
		if l != nil && l.reason == history.Unmatched && e.waits() { // it was taken first
			c.givenUp = append(c.givenUp, e)
			l = nil
		}
		switch {
		case l != nil && late:
			v.checkReason(c, e, l)
		case l != nil && !exact:
			doubtful = append(doubtful, e)
			inOrder[e] = c.single && a.inOrder(e)
		case late && !c.capped:
			v.letterLost(e.coordinate, c.id, history.TooLate)
		default:
			if l != nil {
				v.notLate(c, e, l)
			}
			a.take(e)
			known.take(e)
			c.applied = append(c.applied, e)
		}
	}
	for _, e := range doubtful {
		if l := v.letters[e.coordinate]; !inOrder[e] && (known.mayBeLate(e, latenessDays) || c.sealedEarly(e)) {
			v.checkReason(c, e, l)
		} else {
			v.notLate(c, e, l)
			c.applied = append(c.applied, e)
		}
	}
	v.report.Records += int64(len(c.events))
	v.report.Events += int64(len(c.applied))
}

func (v *verification) checkReason(c *subject, e *inputEvent, l *letter) {
	if l.reason != history.TooLate {
		v.letterUnfounded(e.coordinate, c.id, "dead letter's reason", history.TooLate.String(), l.reason.String())
	}
}

func (v *verification) notLate(c *subject, e *inputEvent, l *letter) {
	v.letterUnfounded(e.coordinate, c.id, "dead letter", "none: the event can be applied", l.reason.String())
}

// sealedEarly says whether the ledger limit can have refused an event: of a day that it
// sealed, or about an order that it sealed, of a day that it sealed in part too.
func (c *subject) sealedEarly(e *inputEvent) bool {
	if c.stored == nil { // of who was erased, only that it may be
		return c.capped
	}
	if !c.stored.History.Sealed.Early || !e.ofOrder() {
		return false
	}
	sealed := &c.stored.History.Sealed
	for _, other := range c.applied { // its order, or its refund, may have been sealed with it
		if other.order != e.order {
			continue
		}
		inPart := other.atMicros <= sealed.Part.UntilMicros && (e.refund == "" || e.refund == other.refund || e.atMicros <= sealed.Part.UntilMicros)
		if other.day <= sealed.EarlyDay || inPart {
			return true
		}
	}
	return e.day <= sealed.EarlyDay
}

// compareCustomer compares one customer, first with what the events come to,
// then with what was announced.
func (v *verification) compareCustomer(c *subject) {
	if c.erased() {
		v.compareErased(c)
		return
	}
	v.judge(c)
	if len(c.events) == 0 && c.stored == nil && len(c.published)+len(c.pending) == 0 {
		return // nothing of them is applied yet
	}
	if len(c.applied) > 0 {
		v.report.Customers++
	}
	d := differences{customer: c.id}
	v.compareCauses(c, &d)
	switch {
	case c.stored == nil && len(c.applied) > 0:
		d.differ("customer", "stored", "missing")
	case c.stored != nil && len(c.applied) == 0:
		d.differ("customer", "none: the log has no event of them", "stored")
	case c.stored != nil:
		v.compareState(c, &d)
		v.compareSequence(c, &d)
	}
	v.keep(&d)
}

// differences collects what differs of one customer.
type differences struct {
	customer string
	prefix   string // of every field
	found    []Difference
}

func (d *differences) differ(field, want, got string) {
	d.found = append(d.found, Difference{Customer: d.customer, Field: d.prefix + field, Want: want, Got: got})
}

// keep counts a differing customer once, and keeps the first differences.
func (v *verification) keep(d *differences) {
	for i, found := range d.found {
		var again int64
		count := &v.report.DifferingCustomers
		if i > 0 {
			count = &again
		}
		v.report.note(count, found)
	}
}

// compareState compares the history and the value.
func (v *verification) compareState(c *subject, d *differences) {
	rules := &v.config.Valuation.Rules
	want := recompute(c.applied, rules)
	v.report.PurchaseDays += int64(want.facts.PurchaseDays)
	v.report.RepeatPurchases += int64(want.facts.Frequency)
	v.report.RevenueMinor += want.facts.RevenueMinor
	v.report.ModelVersions[c.stored.Value.ModelVersion]++
	sameModel := c.stored.Value.ModelVersion == v.config.Valuation.Model.Version() && c.stored.Cut == v.config.Valuation.Awake.Tiers.Cut && !guessed(&c.stored.History, rules.Contract)
	if !sameModel {
		v.report.OtherModel++
	}
	if c.capped {
		v.report.Capped++
		d.money(want, c.stored.History.Facts(rules, c.stored.Value.AsOfMicros))
		return
	}
	v.compareDue(c)
	d.history(want, &c.stored.History, rules)
	d.ledger(want, &c.stored.History, rules)
	v.compareUnmatched(c, want, d)
	if !d.value(want, &c.stored.Value, c.valuedUntil()) {
		return
	}
	d.counted(want, c, &v.config.Valuation, sameModel)
	if !sameModel {
		return
	}
	now := want.view(&v.config.Valuation, dayOfMicros(c.stored.Value.AsOfMicros, rules.Calendar))
	d.prediction(now.estimated, &c.stored.Value)
	d.standing(&now, c.stored, &v.config.Valuation)
	d.due(want, &now, c.stored, &v.config.Valuation)
}
