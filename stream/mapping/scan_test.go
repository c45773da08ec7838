package mapping

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/clvstream/clvstream/stream/event"
)

// FuzzScan holds the scanner to jsontext: what it takes is JSON, and what it cuts out of an
// object are its members. It may refuse what jsontext takes for its depth alone, and take a
// name that stands twice where nobody wants it.
func FuzzScan(f *testing.F) {
	for _, text := range []string{
		`{"a":{"b":[1,{"c":"x"}]},"d":null}`, `{"a":"\u00e9\"\\","b":-1.5e+3}`, `[]`, `"x"`, `{"a":1,"a":2}`, `{"b":1,"b":2}`,
		`{"a":01}`, `{"a":1.}`, `{"a":"` + "\x01" + `"}`, `{"a":"\x"}`, `{"a":"\ud800"}`, `{"a" :	true }`, `{"a":tru}`, `{"a":1}x`, "{\"a\":\"\xff\"}",
		strings.Repeat("[", 70) + strings.Repeat("]", 70),
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		wanted := newBranch()
		slots := make([][]byte, 2)
		for i, name := range []string{"a", "b"} {
			wanted.at(step{name: name, index: -1}).slot = i
		}
		var s scanner
		err := s.scan(text, wanted, slots)
		strict := jsontext.Value(text).IsValid(jsontext.AllowDuplicateNames(true))
		switch {
		case err == nil && !strict:
			t.Fatalf("%q is taken and is no JSON", text)
		case err != nil:
			if strict && errors.Is(err, errNotJSON) {
				t.Fatalf("%q is JSON, and refused: %v", text, err)
			}
			return
		}
		var members map[string]json.RawMessage
		if json.Unmarshal(text, &members) != nil {
			return // no object
		}
		for i, name := range []string{"a", "b"} {
			if got := strings.TrimSpace(string(members[name])); got != string(slots[i]) {
				t.Fatalf("%q: %s is %q, want %q", text, name, slots[i], got)
			}
		}
	})
}

// FuzzPresets runs any value through all presets: whatever it is, it becomes events, is left
// out or is refused, and an event is JSON.
func FuzzPresets(f *testing.F) {
	var all []*Mapping
	for folder, text := range byFolder {
		all = append(all, must[*Mapping](f)(Parse(folder+".yaml", []byte(text+"\nrecords: {topics: ["+folder+"]}\n"))))
		for _, s := range samplesOf(f, folder) {
			f.Add(s.record.Value)
		}
	}
	d := NewDecoder(rules(f), all)
	f.Fuzz(func(t *testing.T, value []byte) {
		for folder := range byFolder {
			s := sample{record: event.Record{Value: value, TimestampMillis: 1_800_000_000_000}}
			got := must[Decoded](t)(d.Decode(t.Context(), folder, 0, &s.record))
			if len(got.Outcomes)+len(got.LeftOut) == 0 {
				t.Fatalf("%s: nothing became of %q", folder, value)
			}
		}
	})
}
