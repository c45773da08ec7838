package registry

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"
)

// allSettings are all that can be set, for the fixtures' messages.
func allSettings() (all []Settings) {
	for _, form := range []Form{Prefix4, Prefix8, Header} {
		for _, number := range []Number{ID, GUID, ContentID, GlobalID} {
			for _, encoding := range []AvroEncoding{AvroBinary, AvroJSON} {
				for _, protobuf := range []ProtobufForm{"", ProtobufIndexes, ProtobufName, ProtobufNone} {
					messages := []string{""}
					if protobuf == ProtobufNone {
						messages = []string{"", "Order", "Refund", "Sale", "Order.Line", "Order.Cancellation"}
					}
					for _, message := range messages {
						s := Settings{Form: form, Number: number, Avro: encoding, Protobuf: protobuf, Message: message}
						if s.Validate() == nil {
							all = append(all, s)
						}
					}
				}
			}
		}
	}
	return all
}

// outcomes counts what becomes of records by settings that are not their writers'.
type outcomes struct{ refused, same, other int }

// alike are the records that wrong settings read without an error as something else, and as
// what: true once that was seen. Nothing in the bytes tells them apart; docs/registry.md says
// so. None becomes an event.
type alike map[string]bool

func (o *outcomes) compare(t *testing.T, s *sample, right, got []byte, refusedFor string, as string, known alike) {
	t.Helper()
	switch {
	case refusedFor != "":
		o.refused++
		if strings.Contains(refusedFor, "c-42") || strings.Contains(refusedFor, "o-1") {
			t.Errorf("%s as %s: the refusal tells what the record said: %s", s.name, as, refusedFor)
		}
	case string(got) == string(right):
		o.same++
	default:
		o.other++
		if _, ok := known[s.name+" as "+as]; !ok {
			t.Errorf("%s as %s: read as %s", s.name, as, got)
		}
		if known != nil {
			known[s.name+" as "+as] = true
		}
		if events, _ := mapped(t, s, got); len(events) > 0 {
			t.Errorf("%s as %s: wrong events %s", s.name, as, events)
		}
	}
}

// Every setting, on every record: it is refused, or what comes of it is what its writer's
// settings give.
func TestWrongSettings(t *testing.T) {
	_, confluent, apicurio := startFake(t)
	r := newReaders(t, confluent, apicurio)
	known := alike{
		"registry-protobuf/11 as prefix4 none Refund": false, // an Order is a Refund without its last field
		"registry-protobuf/12 as prefix4 none Refund": false,
	}
	var all outcomes
	for _, s := range samples(t) {
		if s.record.Value == nil {
			continue
		}
		right, _, _ := r.of(t, s.written()).AppendJSON(t.Context(), nil, s.record.Value, s.record.Headers)
		for _, settings := range allSettings() {
			got, refused, err := r.of(t, settings).AppendJSON(t.Context(), nil, s.record.Value, s.record.Headers)
			if err != nil {
				t.Error(s.name, settings, err)
				continue
			}
			detail := ""
			if refused != nil {
				detail = refused.Detail
			}
			as := fmt.Sprint(settings.Form, " ", settings.Protobuf, " ", settings.Message)
			all.compare(t, s, right, got, detail, as, known)
		}
	}
	t.Logf("%+v", all)
	for what, seen := range known {
		if !seen {
			t.Errorf("%s is refused now: tell the documentation", what)
		}
	}
}

// A number of the wrong count leads to some other schema of the registry: every record, by
// every schema.
func TestWrongSchema(t *testing.T) {
	files := schemaFiles(t)
	_, confluent, apicurio := startFake(t)
	r := newReaders(t, confluent, apicurio)
	var all outcomes
	for _, s := range samples(t) {
		if s.record.Value == nil {
			continue
		}
		settings := s.written()
		reader := r.of(t, settings)
		right, _, _ := reader.AppendJSON(t.Context(), nil, s.record.Value, s.record.Headers)
		l, _ := settings.locate(s.record.Value, s.record.Headers)
		for _, name := range slices.Sorted(maps.Keys(files)) {
			f := &fetched{kind: files[name].kind, text: []byte(files[name].text)}
			for i, reference := range files[name].references {
				if files[reference] == nil {
					continue
				}
				f.references = append(f.references, referred{files[name].names[i], []byte(files[reference].text)})
			}
			other := &schema{since: time.Now()}
			if err := other.compile(f); err != nil {
				t.Fatal(name, err)
			}
			got, refused := reader.decode(nil, other, l)
			detail := ""
			if refused != nil {
				detail = refused.Detail
			}
			all.compare(t, s, right, got, detail, name, nil)
		}
	}
	t.Logf("%+v", all)
}
