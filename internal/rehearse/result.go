package rehearse

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"strings"

	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/stream/event"
	"github.com/clvstream/clvstream/stream/mapping"
)

// Result is what became of one record.
type Result struct {
	Record  string  `json:"record"`
	Mapping string  `json:"mapping,omitempty"` // empty: it is read as it is
	Events  []Event `json:"events"`
	LeftOut []Left  `json:"left_out,omitempty"`
}

// Event is one event of a record, or why it is refused.
type Event struct {
	Rule    string          `json:"rule,omitempty"`
	Event   json.RawMessage `json:"event,omitempty"`
	Fields  []Field         `json:"fields,omitempty"`
	Refused string          `json:"refused,omitempty"`
	Detail  string          `json:"detail,omitempty"`
}

// Field is a field of an event, what it became, and where that came from.
type Field struct {
	Name  string          `json:"name"`
	Value json.RawMessage `json:"value"` // null: there is nothing at its source
	From  string          `json:"from"`
}

// Left is why a record, or an element of a batch, became no event.
type Left struct {
	Rule   string `json:"rule,omitempty"`
	Reason string `json:"reason"`
}

// Rehearsal maps records and holds the events to the same checks as a consumer.
type Rehearsal struct {
	reader  *mapping.Reader
	decoder *event.Decoder
	ofJSON  *event.Decoder // of what a mapping made, which may be longer than its record
}

// New makes a rehearsal of mappings.
func New(rules event.Rules, mappings ...*mapping.Mapping) *Rehearsal {
	unbounded := rules
	unbounded.MaxEventBytes = math.MaxInt
	return &Rehearsal{mapping.NewReader(mappings), event.NewDecoder(rules), event.NewDecoder(unbounded)}
}

// Run maps one record.
func (r *Rehearsal) Run(ctx context.Context, record *Record) (Result, error) {
	result := Result{Record: record.From, Events: []Event{}}
	if !r.reader.Maps(record.Topic, &record.Record) {
		_, _, refused := r.decoder.Decode(&record.Record)
		one := Event{Event: record.Value}
		if refused != nil {
			one = Event{Refused: refused.Reason.String(), Detail: refused.Detail}
		}
		result.Events = append(result.Events, one)
		return result, nil
	}
	if refused := r.decoder.CheckSize(&record.Record); refused != nil && refused.Reason != history.NullValue {
		result.Events = append(result.Events, Event{Refused: refused.Reason.String(), Detail: refused.Detail})
		return result, nil
	}
	translations, leftOut, err := r.reader.Translate(ctx, record.Topic, 0, &record.Record)
	if err != nil {
		return result, err
	}
	for _, t := range translations {
		result.Events = append(result.Events, r.eventOf(&t, record.TimestampMillis))
	}
	for _, l := range leftOut {
		result.LeftOut = append(result.LeftOut, Left{l.Rule, l.Reason})
	}
	return result, nil
}

func (r *Rehearsal) eventOf(t *mapping.Translation, recordMillis int64) Event {
	one := Event{Rule: t.Rule, Event: t.JSON}
	refused := t.Refused
	if refused == nil {
		_, _, refused = r.ofJSON.Decode(&event.Record{Value: t.JSON, TimestampMillis: recordMillis})
	}
	if refused != nil {
		one.Refused, one.Detail = refused.Reason.String(), refused.Detail
	}
	for _, f := range t.Fields {
		one.Fields = append(one.Fields, Field{f.Field.String(), f.JSON, f.Source})
	}
	return one
}

// WriteText writes a result for people: each field with where it came from.
func (r *Result) WriteText(w io.Writer) {
	fmt.Fprintf(w, "%s\n", r.Record)
	for _, l := range r.LeftOut {
		fmt.Fprintf(w, "  left out: %s%s\n", l.Reason, ofRule(l.Rule))
	}
	for i := range r.Events {
		e := &r.Events[i]
		if e.Refused != "" {
			fmt.Fprintf(w, "  REFUSED %s: %s%s\n", e.Refused, e.Detail, ofRule(e.Rule))
		} else {
			fmt.Fprintf(w, "  event%s\n", ofRule(e.Rule))
		}
		for _, f := range e.Fields {
			value := string(f.Value)
			if f.Value == nil {
				value = "–"
			}
			fmt.Fprintf(w, "    %-12s %-34s %s\n", f.Name, value, f.From)
		}
		if e.Fields == nil && e.Refused == "" {
			fmt.Fprintf(w, "    %s\n", strings.TrimSpace(string(e.Event)))
		}
	}
}

func ofRule(rule string) string {
	if rule == "" {
		return ""
	}
	return " (rule " + rule + ")"
}
