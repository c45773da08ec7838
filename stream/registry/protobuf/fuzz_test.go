package protobuf

import (
	"bytes"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/dynamicpb"
)

// Whatever the bytes are: what is taken says what the reference implementation reads of them.
func FuzzMessage(f *testing.F) {
	s := parse(f, everything)
	m := named(f, s, "All")
	descriptor := s.file.Messages().ByName("All")
	f.Add(bytesOf(f, s, "All", `{"d":29.3,"i32":-3,"s32":-1,"x32":5,"y64":"-3","s":"ü","color":"RED","note":"","numbers":[1,-2],"loose":[3,4],"texts":["a",""],
		"counts":{"b":"2"},"byNumber":{"3":{}},"byBool":{"true":"RED"},"message":{"child":{}},"at":"2026-03-14T09:26:53.123456Z","took":"-1.5s","maybe":"x",
		"count":"5","free":{"k":[null,1.5,"x",true,{}]},"any":null,"parts":[0.5,-1]}`))
	f.Add([]byte("\x7a\x01x\xda\x01\x02"))
	f.Fuzz(func(t *testing.T, data []byte) {
		got, err := m.AppendJSON(nil, data, 100_000)
		if len(got) > 100_000+6*len(data)+2000 {
			t.Errorf("%d bytes of JSON from %d", len(got), len(data))
		}
		if err != nil || bytes.Contains(got, []byte("NaN")) || bytes.Contains(got, []byte("Infinity")) { // texts in free-form values
			return
		}
		want, is := dynamicpb.NewMessage(descriptor), dynamicpb.NewMessage(descriptor)
		if err := (proto.UnmarshalOptions{Resolver: new(protoregistry.Types)}).Unmarshal(data, want); err != nil {
			t.Fatalf("%x is taken as %s: %v", data, got, err)
		}
		if err := protojson.Unmarshal(got, is); err != nil {
			if odd(err.Error()) {
				return
			}
			t.Fatalf("%x became %s: %v", data, got, err)
		}
		// Both ways through JSON: a value that is written twice or has no canonical bytes is one then.
		if !proto.Equal(is, want) {
			t.Fatalf("%x became %s:\n got %v\nwant %v", data, got, is, want)
		}
	})
}

// odd reports what JSON as Protobuf has it cannot hold and this JSON does: durations beyond
// ten thousand years.
func odd(text string) bool { return strings.Contains(text, "Duration") }

// Whatever the schema is: no panic.
func FuzzSchema(f *testing.F) {
	f.Add([]byte(everything), []byte{})
	f.Add([]byte(types), []byte("\x0a\x00"))
	f.Fuzz(func(_ *testing.T, schema, data []byte) {
		s, err := Parse(schema, nil)
		if err != nil {
			return
		}
		if m, err := s.ByIndexes([]int{0}); err == nil {
			_, _ = m.AppendJSON(nil, data, 1000)
		}
	})
}
