package mapping

import (
	"context"
	"fmt"

	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/stream/event"
)

// Decoder turns records into events: those of topics that a mapping names by the mapping,
// others as they are. It is for one goroutine.
type Decoder struct {
	canonical *event.Decoder
	reader    Reader
	outcomes  []Outcome
}

// Outcome is one event that a record became, or why there is none. Of all refusals of one
// record the first stands for all: they are one dead letter.
type Outcome struct {
	Part    int32 // of the record, from 0
	Event   history.Event
	Refused *history.Refusal
}

// Decoded is what became of a record. Its slices are valid until the next record.
type Decoded struct {
	Outcomes    []Outcome // in the order of the rules
	TraceParent []byte    // of the record; nil: none that is well-formed
	LeftOut     []LeftOut // the record, or elements of its batch
}

// LeftOut is why a record, or an element of a batch, became no event.
type LeftOut struct {
	Mapping string
	Rule    string // empty: it has no value, and no rule asks for that
	Reason  string // the rule's own, nullValue or noEvent
}

// Reasons that are no rule's own.
const (
	nullValue = "null_value" // a tombstone, or what stands for one
	noEvent   = "no_event"   // the rule makes an event of none of its parts
)

// NewDecoder makes a decoder that holds events to the rules. Of several mappings that name a
// topic, the first takes a record whose headers it asks for.
func NewDecoder(rules event.Rules, mappings []*Mapping) *Decoder {
	return &Decoder{canonical: event.NewDecoder(rules), reader: Reader{mappings: mappings}}
}

// Decode reads the events that a record of a topic carries. An error says that the schema
// registry could not be asked: the record is to be read again.
func (d *Decoder) Decode(ctx context.Context, topic string, partition int32, r *event.Record) (Decoded, error) {
	d.outcomes = d.outcomes[:0]
	if !d.reader.Maps(topic, r) {
		e, traceparent, refused := d.canonical.Decode(r)
		d.outcomes = append(d.outcomes, Outcome{0, e, refused})
		return Decoded{Outcomes: d.outcomes, TraceParent: traceparent}, nil
	}
	if refused := d.canonical.CheckSize(r); refused != nil && refused.Reason != history.NullValue {
		d.outcomes = append(d.outcomes, Outcome{Refused: refused})
	} else if err := d.mapped(ctx, topic, partition, r); err != nil {
		return Decoded{}, err
	}
	return Decoded{Outcomes: d.outcomes, TraceParent: event.TraceParent(r.Headers), LeftOut: d.reader.leftOut}, nil
}

// mapped reads the events of a mapped record.
func (d *Decoder) mapped(ctx context.Context, topic string, partition int32, r *event.Record) error {
	part, first, more := int32(0), -1, 0
	wrong, err := d.reader.read(ctx, topic, partition, r, func(members *event.Members, refused *history.Refusal) {
		outcome := Outcome{Part: part, Refused: refused}
		part++
		if refused == nil {
			outcome.Event, outcome.Refused = d.canonical.DecodeMembers(members, r.TimestampMillis)
		}
		switch {
		case outcome.Refused == nil:
		case first >= 0:
			more++
			return
		default:
			first = len(d.outcomes)
		}
		d.outcomes = append(d.outcomes, outcome)
	})
	switch {
	case err != nil:
		return err
	case wrong != nil:
		d.outcomes = append(d.outcomes[:0], Outcome{Refused: wrong.refusal()})
	case more > 0:
		d.outcomes[first].Refused.Detail += fmt.Sprintf("; %d more of its events are refused, too", more)
	}
	return nil
}
