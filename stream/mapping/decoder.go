package mapping

import (
	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/stream/event"
	"github.com/clvstream/clvstream/stream/event/recognise"
)

// Outcome is one event that a record became, or why there is none.
type Outcome struct {
	Event   history.Event
	Refused *history.Refusal
}

// Decoder turns records into events: those of topics that a mapping names by the mapping,
// others as they are. It is for one goroutine.
type Decoder struct {
	canonical  *event.Decoder
	mappings   []*Mapping
	evaluation evaluation
	members    event.Members
	outcomes   []Outcome
	leftOut    []LeftOut
}

// NewDecoder makes a decoder that holds events to the rules.
func NewDecoder(rules event.Rules, mappings []*Mapping) *Decoder {
	return &Decoder{canonical: event.NewDecoder(rules), mappings: mappings}
}

// Decoded is what became of a record. Outcomes are valid until the next record.
type Decoded struct {
	Outcomes    []Outcome // in the order of the rules
	TraceParent []byte    // of the record; nil: none that is well-formed
	Mapping     *Mapping  // that took it; nil: it was read as it is
	LeftOut     []LeftOut // the record, or elements of its batch
}

// LeftOut is why a record, or an element of a batch, became no event.
type LeftOut struct {
	Rule   string // empty: it has no value, and no rule asks for that
	Reason string // the rule's own, nullValue or noEvent
}

// Reasons that are no rule's own.
const (
	nullValue = "null_value" // a tombstone, or what stands for one
	noEvent   = "no_event"   // the rule makes an event of none of its parts
)

// Decode reads the events that a record of a topic carries.
func (d *Decoder) Decode(topic string, partition int32, r *event.Record) Decoded {
	d.outcomes, d.leftOut = d.outcomes[:0], d.leftOut[:0]
	named := false
	for _, m := range d.mappings {
		if !m.Takes(topic) {
			continue
		}
		named = true
		d.evaluation.record = r
		if m.takes(&d.evaluation) {
			return d.mapped(m, topic, partition, r)
		}
	}
	if named {
		return d.refused(Decoded{}, bad(history.Unmapped, "no mapping of its topic takes it, by its headers"))
	}
	e, traceparent, refused := d.canonical.Decode(r)
	d.outcomes = append(d.outcomes, Outcome{e, refused})
	return Decoded{Outcomes: d.outcomes, TraceParent: traceparent}
}

// mapped reads a record that a mapping takes.
func (d *Decoder) mapped(m *Mapping, topic string, partition int32, r *event.Record) Decoded {
	e := &d.evaluation
	all := Decoded{Mapping: m, TraceParent: event.TraceParent(r.Headers)}
	if refused := d.canonical.CheckSize(r); refused != nil && refused.Reason != history.NullValue {
		return d.refused(all, bad(refused.Reason, refused.Detail))
	}
	if wrong := e.begin(m, topic, partition, r); wrong != nil {
		return d.refused(all, wrong)
	}
	elements, isBatch := e.elements(m)
	if !isBatch {
		d.take(m, r)
	}
	for _, element := range elements {
		if wrong := e.open(m, element); wrong != nil {
			d.outcomes = append(d.outcomes, Outcome{Refused: wrong.refusal()})
			continue
		}
		d.take(m, r)
	}
	all.Outcomes, all.LeftOut = d.outcomes, d.leftOut
	return all
}

// take makes events of a value, or leaves it out.
func (d *Decoder) take(m *Mapping, r *event.Record) {
	taken, wrong := d.evaluation.ruleOf(m)
	switch {
	case wrong != nil:
	case taken == nil && d.evaluation.value == nil:
		d.leftOut = append(d.leftOut, LeftOut{Reason: nullValue})
	case taken == nil:
		wrong = bad(history.Unmapped, "no rule of the mapping "+m.Name+" takes it")
		if advice := recognise.Object(event.Recognisable(d.evaluation.value, r.Headers)); advice != "" {
			wrong.text += ": " + advice
		}
	case taken.skip != "":
		d.leftOut = append(d.leftOut, LeftOut{taken.name, taken.skip})
	default:
		before := len(d.outcomes)
		for i := range taken.events {
			d.read(&taken.events[i], r)
		}
		if len(d.outcomes) == before {
			d.leftOut = append(d.leftOut, LeftOut{taken.name, noEvent})
		}
	}
	if wrong != nil {
		d.outcomes = append(d.outcomes, Outcome{Refused: wrong.refusal()})
	}
}

// read makes the events of one rule, each held to the same checks as one that was sent so.
func (d *Decoder) read(ev *eventRule, r *event.Record) {
	wrong := d.evaluation.each(ev, 0, func() *flaw {
		takes, wrong := d.evaluation.members(ev, &d.members)
		switch {
		case wrong != nil:
			d.outcomes = append(d.outcomes, Outcome{Refused: wrong.refusal()})
		case takes:
			e, refused := d.canonical.DecodeMembers(&d.members, r.TimestampMillis)
			d.outcomes = append(d.outcomes, Outcome{e, refused})
		}
		return nil
	})
	if wrong != nil {
		d.outcomes = append(d.outcomes, Outcome{Refused: wrong.refusal()})
	}
}

func (f *flaw) refusal() *history.Refusal {
	return &history.Refusal{Reason: f.reason, Detail: f.text}
}

// refused answers with a refusal of the whole record.
func (d *Decoder) refused(all Decoded, wrong *flaw) Decoded {
	d.outcomes = append(d.outcomes, Outcome{Refused: wrong.refusal()})
	all.Outcomes = d.outcomes
	return all
}
