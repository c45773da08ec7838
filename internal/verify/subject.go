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
	later     change        // the last change of time beyond the snapshot; version 0: none is
	single    bool          // all events are of one partition, so their order of arrival is known
	capped    bool          // the ledger limit decided something
}

func (v *verification) newSubject(id string, s stored, d *dossier, pending []change) *subject {
	c := &subject{id: id, stored: s.customer, single: true, fired: s.firedMicros}
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
		return s.customer != nil && c.version <= s.customer.Version
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
	any       bool
	latestDay calendar.Day
	first     map[string]calendar.Day // per order, of its earliest version so far
}

func newArrival() *arrival { return &arrival{first: map[string]calendar.Day{}} }

// late says whether an event was certainly too late.
func (a *arrival) late(e *inputEvent, latenessDays calendar.Day) bool {
	if !e.ofOrder() {
		return false
	}
	if a.any && e.day < a.latestDay-latenessDays {
		return true
	}
	first, known := a.first[e.order]
	return e.amends() && known && e.day > first+latenessDays
}

func (a *arrival) take(e *inputEvent) {
	if !a.any || e.day > a.latestDay {
		a.any, a.latestDay = true, e.day
	}
	if first, known := a.first[e.order]; e.kind == history.OrderPlaced && (!known || e.day < first) {
		a.first[e.order] = e.day
	}
}

func (e *inputEvent) ofOrder() bool { return e.order != "" }

// amends says whether the event is bound to the lateness of its order, as a
// version or a cancel of it.
func (e *inputEvent) amends() bool {
	return e.kind == history.OrderPlaced || e.kind == history.OrderCancelled
}

// judge splits a customer's events into what was applied and what was too late.
// The log decides where it can, else the dead letters do; where the two disagree
// that is a finding.
func (v *verification) judge(c *subject) {
	latenessDays := v.config.Valuation.Rules.LatenessDays
	exact := c.single && !c.capped
	arrivals := map[int32]*arrival{}
	known := newArrival()      // in the end, whatever the order
	var doubtful []*inputEvent // dead letters that their own partition does not explain
	for _, e := range c.events {
		a := arrivals[e.source]
		if a == nil {
			a = newArrival()
			arrivals[e.source] = a
		}
		late, l := a.late(e, latenessDays), v.letters[e.coordinate]
		if l != nil {
			v.report.DeadLetters++
			v.fitsRecord(l, e.coordinate, e.checksum)
		}
		switch {
		case l != nil && late:
			v.checkReason(c, e, l)
		case l != nil && !exact:
			doubtful = append(doubtful, e)
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
		if l := v.letters[e.coordinate]; known.late(e, latenessDays) || c.sealedEarly(e) {
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

// sealedEarly says whether the ledger limit can have refused an event.
func (c *subject) sealedEarly(e *inputEvent) bool {
	if c.stored == nil || !c.stored.History.Sealed.Early || !e.ofOrder() {
		return false
	}
	sealed := func(day calendar.Day) bool { return day <= c.stored.History.Sealed.EarlyDay }
	for _, other := range c.applied {
		if e.amends() && other.order == e.order && sealed(other.day) {
			return true
		}
	}
	return sealed(e.day)
}

// compareCustomer compares one customer, first with what the events come to,
// then with what was announced.
func (v *verification) compareCustomer(c *subject) {
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
	sameModel := c.stored.Value.ModelVersion == v.config.Valuation.Model.Version() && c.stored.Cut == v.config.Valuation.Awake.Tiers.Cut
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
	if !d.value(want, &c.stored.Value, c.valuedUntil()) || !sameModel {
		return
	}
	now := want.view(&v.config.Valuation, dayOfMicros(c.stored.Value.AsOfMicros, rules.Calendar))
	d.prediction(now.estimated, &c.stored.Value)
	d.standing(&now, c.stored, &v.config.Valuation)
	d.due(want, &now, c.stored, &v.config.Valuation)
}
