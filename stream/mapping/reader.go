package mapping

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/stream/event"
	"github.com/clvstream/clvstream/stream/event/recognise"
)

// Reader turns records into the members of events, which nobody has checked yet. It is for
// one goroutine.
type Reader struct {
	mappings   []*Mapping
	topic      string     // of the last record
	ofTopic    []*Mapping // those that name it
	looked     bool       // for them
	evaluation evaluation
	members    event.Members
	leftOut    []LeftOut
	given      int // events of the record, and refusals
}

// NewReader makes a reader.
func NewReader(mappings []*Mapping) *Reader { return &Reader{mappings: mappings} }

// Maps says whether a mapping names the topic, and the record is not marked as canonical.
func (r *Reader) Maps(topic string, record *event.Record) bool {
	return len(r.of(topic)) > 0 && !record.IsCanonical()
}

// of are the mappings that name a topic. Most records are of the topic of the last one.
func (r *Reader) of(topic string) []*Mapping {
	if topic != r.topic || !r.looked {
		r.topic, r.ofTopic, r.looked = topic, nil, true
		for _, m := range r.mappings {
			if m.Takes(topic) {
				r.ofTopic = append(r.ofTopic, m)
			}
		}
	}
	return r.ofTopic
}

// Translation is one event as docs/events.md has it, in JSON, or why there is none.
type Translation struct {
	JSON    []byte
	Refused *history.Refusal
	Rule    string // empty: none took the record
	Fields  []FieldSource
}

// FieldSource is what a field of an event became, and from where.
type FieldSource struct {
	Field  event.Field
	JSON   []byte // nil: there is nothing at the source
	Source string // the path, or what stands for one
}

// Translate gives the events of a record that a mapping names, and what was left out of it. An
// error is as in Decode.
func (r *Reader) Translate(ctx context.Context, topic string, partition int32, record *event.Record) (all []Translation, leftOut []LeftOut, err error) {
	wrong, err := r.read(ctx, topic, partition, record, func(members *event.Members, refused *history.Refusal) {
		t := Translation{Refused: refused}
		if refused == nil {
			t.JSON = objectOf(members)
			t.Fields = r.evaluation.sources(members)
		}
		if taken := r.evaluation.taken; taken != nil {
			t.Rule = taken.name
		}
		all = append(all, t)
	})
	if wrong != nil {
		return []Translation{{Refused: wrong.refusal()}}, nil, nil
	}
	return all, r.leftOut, err
}

// sources are the fields of the event that was read last, with where they came from. Of an
// event that is copied, only those that are there.
func (e *evaluation) sources(members *event.Members) (all []FieldSource) {
	for i := range e.making.fields {
		f := &e.making.fields[i]
		if value := members[f.field]; value != nil || !f.copied {
			all = append(all, FieldSource{f.field, slices.Clone(value), f.source.spec.String()})
		}
	}
	return all
}

func objectOf(members *event.Members) []byte {
	object := []byte{'{'}
	for field, value := range members {
		if value == nil {
			continue
		}
		if len(object) > 1 {
			object = append(object, ',')
		}
		object, _ = jsontext.AppendQuote(object, event.Field(field).String())
		object = append(append(object, ':'), value...)
	}
	return append(object, '}')
}

// read gives each event of a record, or the refusal in its place. What it answers with refuses
// the record as a whole, whatever it gave.
func (r *Reader) read(ctx context.Context, topic string, partition int32, record *event.Record, give func(*event.Members, *history.Refusal)) (*flaw, error) {
	r.leftOut, r.given, r.evaluation.taken = r.leftOut[:0], 0, nil
	wrong, err := r.readAll(ctx, topic, partition, record, func(members *event.Members, refused *history.Refusal) {
		if r.given++; r.given <= mostEvents {
			give(members, refused)
		}
	})
	if wrong == nil && r.given > mostEvents {
		wrong = errManyEvents
	}
	if wrong != nil {
		r.leftOut = r.leftOut[:0]
	}
	return wrong, err
}

func (r *Reader) readAll(ctx context.Context, topic string, partition int32, record *event.Record, give func(*event.Members, *history.Refusal)) (*flaw, error) {
	m := r.mappingOf(topic, record)
	if m == nil {
		return bad(history.Unmapped, "no mapping of its topic takes it, by its headers"), nil
	}
	value, refused, err := r.plain(ctx, m, record)
	if err != nil {
		return nil, err
	}
	if refused != nil {
		return bad(refused.Reason, refused.Detail), nil //nolint:nilerr // a verdict on the record, and no failure
	}
	return r.readValue(m, topic, partition, record, value, give), nil
}

// readValue gives each event of a value.
func (r *Reader) readValue(m *Mapping, topic string, partition int32, record *event.Record, value []byte, give func(*event.Members, *history.Refusal)) *flaw {
	e := &r.evaluation
	if wrong := e.begin(m, topic, partition, record, value); wrong != nil {
		return wrong
	}
	elements, isBatch := e.elements(m)
	switch {
	case len(elements) > mostEvents:
		return errManyEvents
	case !isBatch && e.isBatch:
		return bad(history.Undecodable, "the header says that this is a batch of CloudEvents: the mapping needs batch: value")
	case !isBatch:
		if wrong := e.cloudEvent(m); wrong != nil {
			return wrong
		}
		r.take(m, give)
	}
	for _, element := range elements {
		wrong := e.openElement(m, element)
		if wrong == nil {
			wrong = e.cloudEvent(m)
		}
		if wrong != nil {
			give(nil, wrong.refusal())
			continue
		}
		r.take(m, give)
		if r.given > mostEvents {
			break
		}
	}
	return nil
}

// mostEvents bounds what one record may become, refusals counted: each takes memory until it
// is committed.
const mostEvents = 1000

var errManyEvents = bad(history.TooLarge, fmt.Sprintf("the record holds more than %d events", mostEvents))

// mappingOf is the first mapping that takes the record, by its topic and its headers.
func (r *Reader) mappingOf(topic string, record *event.Record) *Mapping {
	r.evaluation.record = record
	for _, m := range r.of(topic) {
		if m.takes(&r.evaluation) {
			return m
		}
	}
	return nil
}

// take makes events of a value, or leaves it out.
func (r *Reader) take(m *Mapping, give func(*event.Members, *history.Refusal)) {
	e := &r.evaluation
	taken, wrong := e.ruleOf(m)
	e.taken = taken
	switch {
	case wrong != nil:
		give(nil, wrong.refusal())
	case taken == nil && e.value == nil:
		r.leftOut = append(r.leftOut, LeftOut{Mapping: m.Name, Reason: nullValue})
	case taken == nil:
		give(nil, e.unmapped(m))
	case taken.skip != "":
		r.leftOut = append(r.leftOut, LeftOut{m.Name, taken.name, taken.skip})
	default:
		given := 0
		for i := range taken.events {
			r.event(&taken.events[i], func(members *event.Members, refused *history.Refusal) {
				given++
				give(members, refused)
			})
		}
		if given == 0 {
			r.leftOut = append(r.leftOut, LeftOut{m.Name, taken.name, noEvent})
		}
	}
}

// unmapped refuses a value that no rule takes, and names its source where it is known.
func (e *evaluation) unmapped(m *Mapping) *history.Refusal {
	refused := bad(history.Unmapped, "no rule of the mapping "+m.Name+" takes it").refusal()
	switch advice := recognise.Object(event.Recognisable(e.value, e.record.Headers)); {
	case m.Preset != "" && strings.Contains(advice, "preset: "+m.Preset):
		refused.Detail += ": it is of the source that preset " + m.Preset + " is for: are all headers there that its rules name, and is it of a type that they name?"
	case advice != "":
		refused.Detail += ": " + advice
	}
	return refused
}

// event gives the events of one rule: one, or one of each element that it takes.
func (r *Reader) event(ev *eventRule, give func(*event.Members, *history.Refusal)) {
	r.evaluation.making = ev
	wrong := r.evaluation.each(ev, 0, func() *flaw {
		takes, wrong := r.evaluation.members(ev, &r.members)
		switch {
		case wrong != nil:
			give(nil, wrong.refusal())
		case takes:
			give(&r.members, nil)
		}
		if r.given > mostEvents {
			return errManyEvents
		}
		return nil
	})
	if wrong != nil {
		give(nil, wrong.refusal())
	}
}

func (f *flaw) refusal() *history.Refusal {
	return &history.Refusal{Reason: f.reason, Detail: f.text}
}
