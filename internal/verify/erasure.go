package verify

import (
	"fmt"
	"strconv"

	"github.com/clvstream/clvstream/clv/announce"
	"github.com/clvstream/clvstream/clv/history"
)

// erasing goes along a customer's events as they come, and says what an erasure makes of each.
type erasing struct {
	later    history.LaterEvents
	known    bool  // there was an erasure
	living   bool  // something was taken since
	atMicros int64 // of it and before it, nothing is taken
	latest   int64 // of what was taken since
}

// verdict is what becomes of an event.
type verdict int

const (
	taken   verdict = iota
	ends            // it erases the customer
	repeats         // it is an erasure of who is erased already
	refused         // its customer was erased
)

// take says what becomes of an event. Of one that ends a life, told is as of when the change
// that says so holds, if that is known.
func (s *erasing) take(e *inputEvent, told int64) verdict {
	switch {
	case e.kind == history.CustomerErased && s.known && !s.living:
		s.atMicros = max(s.atMicros, e.atMicros)
		return repeats
	case e.kind == history.CustomerErased && s.known && e.atMicros <= s.atMicros:
		return repeats
	case e.kind == history.CustomerErased:
		at := e.atMicros
		if s.later == history.BeginAnew {
			at = max(at, told)
			if s.living {
				at = max(at, s.latest)
			}
		}
		*s = erasing{later: s.later, known: true, atMicros: at}
		return ends
	case s.known && (s.later == history.RefuseLater || e.atMicros <= s.atMicros):
		return refused
	}
	return taken
}

// note notes an event that was taken and was not too late.
func (s *erasing) note(e *inputEvent) {
	if !s.living || e.atMicros > s.latest {
		s.latest = e.atMicros
	}
	s.living = true
}

// life is what was taken of a customer up to an erasure.
type life struct {
	events []*inputEvent
	end    *inputEvent // nil: of several lives together, whose order no log records
}

// lives are a customer's events by the erasures between them.
type lives struct {
	past     []life
	present  []*inputEvent
	ends     []*inputEvent // erasures that may have ended a life
	atMicros int64         // of the erasure that must be stored
}

// erased says whether a customer was, by the log, by the state, or by what was told.
func (c *subject) erased() bool {
	if c.stored != nil && c.stored.Erasure.Known || lastErased(c) > 0 {
		return true
	}
	for _, e := range c.events {
		if e.kind == history.CustomerErased {
			return true
		}
	}
	return false
}

// lastErased is the version of the last change that says so; 0: none does.
func lastErased(c *subject) (version uint64) {
	for _, all := range [][]change{c.published, c.pending} {
		for i := range all {
			if all[i].reason == announce.ReasonErased {
				version = max(version, all[i].version)
			}
		}
	}
	return version
}

// toldOf is as of when a change of an erasure holds; 0: there is none.
func toldOf(c *subject, e *inputEvent) int64 {
	for _, all := range [][]change{c.published, c.pending} {
		for i := range all {
			if all[i].reason == announce.ReasonErased && all[i].cause == e.coordinate {
				return all[i].asOf
			}
		}
	}
	return 0
}

// limited says whether an event was a dead letter by a limit: then nobody took it.
func (v *verification) limited(e *inputEvent) bool {
	l := v.letters[e.coordinate]
	return l != nil && byLimit(l.reason)
}

// late says whether an event was a dead letter since it was too late.
func (v *verification) late(e *inputEvent) bool {
	l := v.letters[e.coordinate]
	return l != nil && l.reason == history.TooLate
}

// livesOf splits the events of a customer whose order of arrival is known.
func (v *verification) livesOf(c *subject) (all lives) {
	at := erasing{later: v.config.Valuation.Rules.LaterEvents}
	for _, e := range c.events {
		if v.limited(e) { // judged with the others
			all.present = append(all.present, e)
			continue
		}
		switch at.take(e, toldOf(c, e)) {
		case ends:
			all.past = append(all.past, life{all.present, e})
			all.present, all.ends = nil, append(all.ends, e)
			v.erasureTaken(c, e)
		case repeats:
			v.erasureTaken(c, e)
		case refused:
			v.mustBeRefused(c, e)
		default:
			all.present = append(all.present, e)
			if !v.late(e) {
				at.note(e)
			}
		}
	}
	all.atMicros = at.atMicros
	return all
}

// livesInSomeOrder splits the events of several partitions. What is stored says up to when
// nothing is taken: under refuse that is the latest erasure, else it cannot be before it. The
// dead letters say which events of before were not taken.
func (v *verification) livesInSomeOrder(c *subject) (all lives) {
	refuse := v.config.Valuation.Rules.LaterEvents == history.RefuseLater
	for _, e := range c.events {
		if e.kind == history.CustomerErased && !v.limited(e) {
			if len(all.ends) == 0 || e.atMicros > all.atMicros {
				all.atMicros = e.atMicros
			}
			all.ends = append(all.ends, e)
			v.erasureTaken(c, e)
		}
	}
	if !refuse && c.stored != nil && c.stored.Erasure.Known && v.mayBeUpTo(c, all.atMicros, c.stored.Erasure.AtMicros) {
		all.atMicros = c.stored.Erasure.AtMicros
	}
	before := map[int32]int64{} // by partition, the latest erasure so far
	var past []*inputEvent
	for _, e := range c.events {
		latest, any := before[e.source]
		l := v.letters[e.coordinate]
		told := l != nil && l.reason == history.Erased
		switch {
		case v.limited(e):
			all.present = append(all.present, e)
		case e.kind == history.CustomerErased && (!any || e.atMicros > latest):
			before[e.source] = e.atMicros
		case e.kind == history.CustomerErased:
		case any && (refuse || e.atMicros <= latest), told && len(all.ends) > 0 && (refuse || e.atMicros <= all.atMicros):
			v.mustBeRefused(c, e)
		case refuse || e.atMicros <= all.atMicros || v.late(e): // which may be later than all that was taken
			past = append(past, e)
		default:
			all.present = append(all.present, e)
		}
	}
	if len(all.ends) > 0 {
		all.past = []life{{events: past}}
	} else {
		all.present = append(past, all.present...)
	}
	return all
}

// mayBeUpTo says whether an erasure may reach beyond its own time to an instant: that of
// something that was taken, or told, before it.
func (v *verification) mayBeUpTo(c *subject, fromMicros, atMicros int64) bool {
	if atMicros <= fromMicros {
		return atMicros == fromMicros
	}
	for _, e := range c.events {
		if e.atMicros == atMicros {
			return true
		}
	}
	for _, all := range [][]change{c.published, c.pending} {
		for i := range all {
			if all[i].asOf == atMicros {
				return true
			}
		}
	}
	return false
}

// erasureTaken counts an erasure: none is ever refused by its customer's history.
func (v *verification) erasureTaken(c *subject, e *inputEvent) {
	v.report.Records++
	v.report.Events++
	if l := v.letters[e.coordinate]; l != nil {
		l.seen = true
		v.notLate(c, e, l)
	}
}

// mustBeRefused checks the dead letter of an event of a customer who was erased.
func (v *verification) mustBeRefused(c *subject, e *inputEvent) {
	v.report.Records++
	l := v.letters[e.coordinate]
	if l == nil {
		v.letterLost(e.coordinate, c.id, history.Erased)
		return
	}
	v.report.DeadLetters++
	l.seen = true
	if l.reason != history.Erased {
		v.letterUnfounded(e.coordinate, c.id, "dead letter's reason", history.Erased.String(), l.reason.String())
	}
}

// wantErasure is what must be stored of it.
func (v *verification) wantErasure(all *lives, base uint64) string {
	if len(all.ends) == 0 {
		return "none: the log has none"
	}
	text := "erased at " + instant(all.atMicros)
	if v.config.Valuation.Rules.LaterEvents == history.BeginAnew {
		text += ", versions go on from " + strconv.FormatUint(base, 10)
	}
	return text
}

func (c *subject) gotErasure() string {
	if c.stored == nil || !c.stored.Erasure.Known {
		return "none"
	}
	text := "erased at " + instant(c.stored.Erasure.AtMicros)
	if version := c.stored.Erasure.Version; version > 0 {
		text += fmt.Sprint(", versions go on from ", version)
	}
	return text
}
