package verify

import (
	"math"

	"github.com/clvstream/clvstream/clv/announce"
	"github.com/clvstream/clvstream/clv/history"
)

// compareErased compares a customer who was erased: what is left of them, what was told up to
// each erasure, and who began anew after the last, as one whose versions begin there.
func (v *verification) compareErased(c *subject) {
	d := differences{customer: c.id}
	all := v.livesInSomeOrder
	if c.single {
		all = v.livesOf
	}
	split, base := all(c), lastErased(c)
	d.text("erasure", v.wantErasure(&split, base), c.gotErasure())
	before, since := c.parted(base)
	v.comparePast(&split, before, &d)
	v.compareCauses(&subject{id: c.id, applied: split.known(), published: c.published, pending: c.pending}, &d)
	for _, e := range c.events { // of which life it was is not known, and it fires what is due before it
		if v.late(e) {
			c.passed = max(c.passed, e.atMicros)
		}
	}
	c.events, c.published, c.pending = split.present, since.published, since.pending
	if c.stored != nil {
		stored := *c.stored
		stored.Version -= min(stored.Version, stored.Erasure.Version)
		c.stored = &stored
	}
	v.comparePresent(c, &d)
	v.keep(&d)
}

// known are all events that some change may have been caused by.
func (l *lives) known() (all []*inputEvent) {
	for i := range l.past {
		all = append(all, l.past[i].events...)
	}
	return append(append(all, l.ends...), l.present...)
}

// parted divides what was told of a customer: up to a version, and after it, with the versions
// counted from there.
func (c *subject) parted(base uint64) (before, since *subject) {
	before = &subject{id: c.id, single: c.single, fired: c.fired, activated: c.activated}
	since = &subject{}
	divide := func(all []change, before, since *[]change) {
		for _, told := range all {
			if told.version <= base {
				*before = append(*before, told)
				continue
			}
			told.version, told.before = told.version-base, base
			*since = append(*since, told)
		}
	}
	divide(c.published, &before.published, &since.published)
	divide(c.pending, &before.pending, &since.pending)
	return before, since
}

// comparePresent compares what came after the last erasure.
func (v *verification) comparePresent(c *subject, d *differences) {
	v.judge(c)
	switch {
	case c.stored == nil:
		d.differ("customer", "a marker", "missing")
	case c.stored.Erased():
		v.report.Erased++
		if len(c.applied) > 0 {
			d.differ("customer", "stored: events came after the erasure", "erased")
		}
		for _, all := range [][]change{c.published, c.pending} {
			for i := range all {
				v.unfounded(c, all[i])
			}
		}
	case len(c.applied) == 0:
		d.differ("customer", "erased", "stored")
	default:
		v.report.Customers++
		v.compareState(c, d)
		v.compareSequence(c, d)
	}
}

// comparePast compares what was told up to the last erasure: that it is whole and in order, and
// of each life that its last change says so, and no figure. Where the order of events is known,
// and the present model valued all of it, each change is compared with them.
func (v *verification) comparePast(all *lives, before *subject, d *differences) {
	before.applied = all.known()
	distinct := v.distinct(before)
	v.findGaps(before, distinct, versionOf(distinct), d)
	told := map[coordinate]bool{}
	from := 0
	for i := range distinct {
		if distinct[i].reason != announce.ReasonErased {
			continue
		}
		told[distinct[i].cause] = true
		if at := len(told) - 1; before.single && at < len(all.past) {
			v.compareLife(&all.past[at], before, distinct[from:i], d)
		}
		d.erasure(&distinct[i], distinct[from:i])
		from = i + 1
	}
	for _, l := range all.past {
		switch {
		case l.end != nil && !told[l.end.coordinate]:
			v.report.note(&v.report.Unannounced, Difference{Customer: d.customer, Record: v.sources.format(l.end.coordinate), Field: "change", Want: "one: the customer was erased", Got: "none"})
		case l.end == nil && len(told) == 0:
			v.report.note(&v.report.Unannounced, Difference{Customer: d.customer, Field: "change", Want: "one: the customer was erased", Got: "none"})
		}
		if l.end == nil { // letters of all lives together
			v.judge(&subject{id: before.id, events: l.events, capped: true})
		}
	}
	if most := len(all.ends); len(told) > most {
		d.integer("changes of reason erased", int64(most), int64(len(told)))
	}
}

func versionOf(distinct []change) uint64 {
	if len(distinct) == 0 {
		return 0
	}
	return distinct[len(distinct)-1].version
}

// compareLife compares the changes of a life with its events.
func (v *verification) compareLife(l *life, before *subject, changes []change, d *differences) {
	c := &subject{id: before.id, events: l.events, single: true, fired: before.fired, activated: before.activated}
	c.capped = 2*len(l.events) > v.config.Valuation.Rules.LedgerLimit
	v.judge(c)
	valuation := &v.config.Valuation
	oneModel := true
	var own []change
	last := change{content: content{was: said{stage: unsaid}}}
	for i, told := range changes {
		d.follows(&told, &last)
		last = told
		oneModel = oneModel && told.model == v.models.number(valuation.Model.Version())
		told.before = told.version - uint64(i+1)
		told.version = uint64(i + 1)
		own = append(own, told)
	}
	if v.unsound[c.id] {
		return
	}
	v.comparePolicy(own, d)
	if c.capped || !oneModel || len(c.applied) > replayLimit {
		v.compareReasons(own, d)
		return
	}
	v.keepFindings(c, newReplay(v, c, own).run().found, d)
}

// erasure compares the change that ends a life: it is of no instant before the others, and has
// no figure.
func (d *differences) erasure(c *change, life []change) {
	asOf := c.occurredMicros
	if len(life) > 0 {
		asOf = max(asOf, life[len(life)-1].asOf)
	}
	d.instant(c.name()+": as_of", asOf, c.asOf)
	got := c.content
	want := content{
		occurredMicros: got.occurredMicros, asOf: got.asOf, eventHash: got.eventHash, orderHash: got.orderHash,
		pAlive: math.NaN(), nextOrderDays: math.NaN(), distanceMinor: -1, breakEven: noDay,
		reason: announce.ReasonErased, kind: history.CustomerErased, status: history.Prospect, was: said{stage: unsaid},
	}
	wantNull(&got)
	wantNull(&want)
	if got != want {
		d.differ(c.name()+": figures", "none: the customer was erased", "some")
	}
}

// wantNull makes what is null comparable: 0 is null, 1 is not.
func wantNull(c *content) {
	for _, figure := range []*float64{&c.pAlive, &c.nextOrderDays} {
		if math.IsNaN(*figure) {
			*figure = 0
		} else {
			*figure = 1
		}
	}
}
