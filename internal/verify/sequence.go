package verify

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
)

// replayLimit is how many events a customer may have to be replayed one by one:
// each costs a recomputation over all before it.
const replayLimit = 500

// compareCauses checks that each change was caused by an event of the customer,
// and counts what is published.
func (v *verification) compareCauses(c *subject) {
	applied := make(map[coordinate]bool, len(c.applied))
	for _, e := range c.applied {
		applied[e.coordinate] = true
	}
	for _, all := range [][]change{c.published, c.pending} {
		for _, change := range all {
			if !applied[change.cause] {
				v.unfounded(c, change)
			}
		}
	}
}

func (v *verification) unfounded(c *subject, change change) {
	v.unsound[c.id] = true
	v.report.note(&v.report.Unfounded, Difference{
		Customer: c.id, Record: v.sources.format(change.cause), Field: change.name(), Want: "no change from this record", Got: "one",
	})
}

func (c change) name() string { return "change " + strconv.FormatUint(c.version, 10) }

// compareSequence checks that a customer's changes are versions 1 to n, each
// once and in order, each beginning where the one before ended, and that they
// are those that had to be.
func (v *verification) compareSequence(c *subject, d *differences) {
	distinct := v.distinct(c)
	want, replayed := v.replay(c, distinct)
	n := c.stored.Version
	if replayed && n != uint64(len(want)) && len(distinct) == len(want) {
		d.integer("version", int64(len(want)), int64(n)) // the state is wrong, not the changes
		n = uint64(len(want))
	}
	sound := v.findGaps(c, distinct, n, d)
	var last change
	for _, change := range distinct {
		if change.version == last.version+1 {
			d.integer(change.name()+": previous_minor", last.currentMinor, change.previousMinor)
		}
		last = change
	}
	if last.version == n {
		d.integer("announced_minor", last.currentMinor, rounded(c.stored.AnnouncedMinor))
	}
	if sound && replayed {
		v.compareAnnounced(c, distinct, want, d)
	}
}

// distinct is the customer's changes by version, each once, and notes what is
// published again or out of order.
func (v *verification) distinct(c *subject) []change {
	versions, causes := map[uint64]bool{}, map[coordinate]bool{}
	highest := map[int32]uint64{} // by partition of the topic
	var kept []change
	for _, change := range slices.Concat(c.published, c.pending) {
		again := versions[change.version] || causes[change.cause]
		switch {
		case again:
			v.noteChange(c, &v.report.Duplicated, change, "once", "again "+v.placeOf(change))
			continue
		case change.partition != waiting && change.version < highest[change.partition]:
			v.noteChange(c, &v.report.OutOfOrder, change, "before "+strconv.FormatUint(highest[change.partition], 10), "after it "+v.placeOf(change))
		}
		versions[change.version], causes[change.cause] = true, true
		highest[change.partition] = max(highest[change.partition], change.version)
		if kept = append(kept, change); change.partition == waiting {
			v.report.Pending++
		} else {
			v.report.Changes++
		}
	}
	slices.SortFunc(kept, func(a, b change) int { return cmp.Compare(a.version, b.version) })
	return kept
}

func (v *verification) noteChange(c *subject, count *int64, change change, want, got string) {
	v.unsound[c.id] = true
	v.report.note(count, Difference{Customer: c.id, Record: v.sources.format(change.cause), Field: change.name(), Want: want, Got: got})
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
	if n > uint64(len(c.applied)) {
		d.differ("version", "at most the number of events, "+strconv.Itoa(len(c.applied)), strconv.FormatUint(n, 10))
		return false
	}
	if before < n {
		sound = false
		v.lost(c, before+1, n)
	}
	return sound
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

// replay is what had to be announced, where that can be known: the events came
// in one order, the ledger limit decided nothing, and the model was the same
// throughout.
func (v *verification) replay(c *subject, distinct []change) ([]announcement, bool) {
	valuation := &v.config.Valuation
	if !c.single || c.capped || len(c.applied) > replayLimit || c.stored.Value.ModelVersion != valuation.Model.Version() {
		return nil, false
	}
	model := v.models.number(valuation.Model.Version())
	if slices.ContainsFunc(distinct, func(c change) bool { return c.model != model }) {
		return nil, false
	}
	v.report.Replayed++
	return replay(c.applied, valuation), true
}

// compareAnnounced compares the changes of a customer whose versions are whole
// with what had to be announced.
func (v *verification) compareAnnounced(c *subject, distinct []change, want []announcement, d *differences) {
	byCause := map[coordinate]change{}
	for _, change := range distinct {
		byCause[change.cause] = change
	}
	for _, a := range want {
		change, found := byCause[a.cause]
		delete(byCause, a.cause)
		switch {
		case !found:
			v.report.note(&v.report.Unannounced, Difference{
				Customer: c.id, Record: v.sources.format(a.cause), Field: "change", Want: "one: the event moved the value", Got: "none",
			})
		case math.Abs(float64(change.currentMinor)-a.clvMinor) > 0.5+tolerance*math.Abs(a.clvMinor):
			d.differ(change.name()+": current_minor", strconv.FormatInt(rounded(a.clvMinor), 10), strconv.FormatInt(change.currentMinor, 10))
		}
	}
	for _, change := range distinct {
		if _, left := byCause[change.cause]; left {
			v.unfounded(c, change)
		}
	}
}
