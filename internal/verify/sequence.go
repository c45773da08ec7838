package verify

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"

	"github.com/clvstream/clvstream/clv/announce"
	"github.com/clvstream/clvstream/clv/standing"
)

// replayLimit is how many events a customer may have to be replayed one by one:
// each costs a recomputation over all before it.
const replayLimit = 500

// compareCauses checks that each change that an event caused was caused by one of
// the customer.
func (v *verification) compareCauses(c *subject, d *differences) {
	applied := make(map[coordinate]*inputEvent, len(c.applied))
	for _, e := range c.applied {
		applied[e.coordinate] = e
	}
	for _, all := range [][]change{c.published, c.pending} {
		for i := range all {
			change := &all[i]
			if change.due {
				continue
			}
			if e := applied[change.cause]; e != nil {
				d.cause(change, e)
			} else {
				v.unfounded(c, *change)
			}
		}
	}
	d.found = append(d.found, v.odd[c.id]...)
}

// cause compares what a change says of the event that caused it.
func (d *differences) cause(c *change, e *inputEvent) {
	d.prefix = c.name() + ": "
	if c.eventHash != uint32(e.hash) {
		d.differ("cause.event_id", "that of the event", "another")
	}
	d.text("cause.type", e.kind.String(), c.kind.String())
	if c.orderHash != hashOrNull(e.order) {
		d.differ("cause.order_id", orNull(e.order), "another")
	}
	d.instant("cause.occurred_at", e.atMicros, c.occurredMicros)
	if c.asOf < e.atMicros {
		d.differ("as_of", "not before "+instant(e.atMicros), instant(c.asOf))
	}
	d.prefix = ""
}

func orNull(text string) string {
	if text == "" {
		return "null"
	}
	return text
}

func (v *verification) unfounded(c *subject, change change) {
	v.noteChange(c, &v.report.Unfounded, change, "no change from this record", "one")
}

func (c change) name() string { return "change " + strconv.FormatUint(c.before+c.version, 10) }

// causeOf names the event that caused a change or, where time did, the instant.
func (v *verification) causeOf(c change) string {
	if c.due {
		return "due " + instant(c.asOf)
	}
	return v.sources.format(c.cause)
}

// compareSequence checks that a customer's changes are versions 1 to n, each
// once and in order, each beginning where the one before ended, and that they
// are those that had to be.
func (v *verification) compareSequence(c *subject, d *differences) {
	distinct := v.distinct(c)
	n := c.stored.Version
	found, followed := v.follow(c, distinct)
	replayed := followed == eventByEvent
	if replayed && len(found) == 0 && n != uint64(len(distinct)) {
		d.integer("version", int64(len(distinct)), int64(n)) // the state is wrong, not the changes
		n = uint64(len(distinct))
	}
	sound := v.findGaps(c, distinct, n, d)
	last := change{content: content{was: said{stage: unsaid}}}
	for _, change := range distinct {
		if change.version == last.version+1 {
			d.follows(&change, &last)
		}
		last = change
	}
	if last.version == n {
		d.integer("announced_minor", last.currentMinor, rounded(c.stored.AnnouncedMinor))
	}
	if !sound {
		return
	}
	v.comparePolicy(distinct, d)
	v.keepFindings(c, found, d)
	switch {
	case replayed && simple(&v.config.Valuation.Policy):
		v.report.Replayed++
	case followed == inSomeOrder:
		v.report.AnyOrder++
	default:
		v.report.ChainOnly++
	}
	if !replayed {
		v.compareReasons(distinct, d)
	}
}

// compareReasons compares the reasons of changes that cannot be replayed with those
// that their causes allow.
func (v *verification) compareReasons(distinct []change, d *differences) {
	for i := range distinct {
		d.prefix = distinct[i].name() + ": "
		d.reason(&distinct[i], v.reasonsByKind(&distinct[i]))
	}
	d.prefix = ""
}

// follows checks that a change begins where the one before it ended, and is not of an
// earlier instant. A change tells of no stage where there is none, and was none before.
func (d *differences) follows(c, last *change) {
	d.integer(c.name()+": clv.previous", last.currentMinor, c.previousMinor)
	if c.was.stage != unsaid || last.now.stage != standing.NoStage {
		d.text(c.name()+": stage.previous", last.now.stage.String(), c.was.stage.String())
	}
	if c.asOf < last.asOf {
		d.differ(c.name()+": as_of", "not before "+instant(last.asOf), instant(c.asOf))
	}
}

// keepFindings takes what a replay found.
func (v *verification) keepFindings(c *subject, found []finding, d *differences) {
	for _, f := range found {
		if f.count == nil {
			d.found = append(d.found, f.Difference)
			continue
		}
		v.unsound[c.id] = v.unsound[c.id] || f.count == &v.report.Unfounded
		v.report.note(f.count, f.Difference)
	}
}

// distinct is the customer's changes by version, each once, and notes what is
// published again or out of order.
func (v *verification) distinct(c *subject) []change {
	versions, causes := map[uint64]bool{}, map[coordinate]bool{}
	highest := map[int32]uint64{} // by partition of the topic
	var kept []change
	for _, change := range slices.Concat(c.published, c.pending) {
		again := versions[change.version] || !change.due && causes[change.cause]
		switch {
		case again:
			v.noteChange(c, &v.report.Duplicated, change, "once", "again "+v.placeOf(change))
			continue
		case change.partition != waiting && change.version < highest[change.partition]:
			v.noteChange(c, &v.report.OutOfOrder, change, "before "+strconv.FormatUint(highest[change.partition], 10), "after it "+v.placeOf(change))
		}
		versions[change.version] = true
		if !change.due {
			causes[change.cause] = true
		}
		highest[change.partition] = max(highest[change.partition], change.version)
		kept = append(kept, change)
		v.report.count(&change)
	}
	slices.SortFunc(kept, func(a, b change) int { return cmp.Compare(a.version, b.version) })
	return kept
}

func (v *verification) noteChange(c *subject, count *int64, change change, want, got string) {
	v.unsound[c.id] = true
	v.report.note(count, Difference{Customer: c.id, Record: v.causeOf(change), Field: change.name(), Want: want, Got: got})
}

func (v *verification) placeOf(c change) string {
	if c.partition == waiting {
		return "in the outbox"
	}
	return fmt.Sprintf("at %s/%d/%d", v.config.Topics.Changes, c.partition, c.at)
}

// findGaps compares the versions that there are with 1 to n, and says whether
// they are just those.
func (v *verification) findGaps(c *subject, distinct []change, n uint64, d *differences) bool {
	sound := !v.unsound[c.id]
	var before uint64
	for _, change := range distinct {
		if change.version > n {
			d.differ("version", "at least "+strconv.FormatUint(change.version, 10)+", which is announced", strconv.FormatUint(n, 10))
			return false
		}
		if change.version > before+1 {
			sound = false
			v.report.VersionGaps++
			v.lost(c, before+1, change.version-1)
		}
		before = change.version
	}
	if most := uint64(len(c.applied)); n > most && !v.watches() {
		d.differ("version", "at most the number of events, "+strconv.FormatUint(most, 10), strconv.FormatUint(n, 10))
		return false
	}
	if before < n {
		sound = false
		v.lost(c, before+1, n)
	}
	return sound
}

// watches says whether time may change customers at all, who then may have any
// number of changes.
func (v *verification) watches() bool {
	a := &v.config.Valuation.Awake
	none := standing.StageEntry{}
	return a.Stages.Cooling != none || a.Stages.Dormant != none || a.Stages.Lost != none ||
		len(a.Tiers.Tiers) > 0 || len(a.AliveLevels) > 0 || a.Drift > 0 || a.AcquisitionFloor > 0
}

func (v *verification) lost(c *subject, from, to uint64) {
	v.unsound[c.id] = true
	name := fmt.Sprintf("change %d", from)
	if to > from {
		name = fmt.Sprintf("changes %d to %d", from, to)
	}
	v.report.note(&v.report.Lost, Difference{Customer: c.id, Field: name, Want: "published or waiting", Got: "neither"})
	v.report.Lost += int64(to - from) // note has counted one
}

// following is how far the changes of a customer can be checked.
type following int

const (
	wholeAndInOrder following = iota
	inSomeOrder               // each by some order of the events: see anyOrder
	eventByEvent              // see replay
)

// follow compares a customer's changes with their events, if the ledger limit had no effect
// and no version is missing. Where tiers were cut, tiers are left out. Of changes by another
// model it only checks that they name it.
func (v *verification) follow(c *subject, distinct []change) (found []finding, how following) {
	valuation := &v.config.Valuation
	steady := c.stored.Value.ModelVersion == valuation.Model.Version() && !guessed(&c.stored.History, valuation.Rules.Contract)
	if c.capped || len(c.applied) > replayLimit || !steady {
		return nil, wholeAndInOrder
	}
	oneModel := true
	for i := range distinct {
		if distinct[i].version != uint64(i+1) {
			return nil, wholeAndInOrder
		}
		oneModel = oneModel && distinct[i].model == v.models.number(valuation.Model.Version())
	}
	switch {
	case !c.single && oneModel:
		return v.followInAnyOrder(c, distinct)
	case !c.single:
		return nil, wholeAndInOrder
	}
	w := newReplay(v, c, distinct).run()
	if !oneModel {
		return w.misnamed, wholeAndInOrder
	}
	return w.found, eventByEvent
}

// simple says whether a policy decides by the value and the standing of the
// instant alone.
func simple(p *announce.Policy) bool {
	return p.SpanMicros == 0 && p.CoolDownMicros == 0 && p.Hysteresis == 0 && len(p.ByReason) == 0 && !p.StandingOnly && !p.Never
}
