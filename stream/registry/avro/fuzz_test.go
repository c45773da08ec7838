package avro

import (
	"bytes"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
)

// checkJSON holds what was written to JSON, without names that stand twice.
func checkJSON(t *testing.T, got []byte) {
	t.Helper()
	if !jsontext.Value(got).IsValid() {
		t.Errorf("no JSON: %s", got)
	}
}

// Whatever the bytes are: no panic, JSON that is bounded and has no name twice, or an error.
func FuzzBinary(f *testing.F) {
	s := parse(f, everything)
	f.Add([]byte("\x01\x02\x80\xce\xd2\xe0\x92\xbe\xa6\x06\x66\x66\xea\x41" + bits64(29.3) + text("x") + text("\x0b\x72") + "abc\x02\x02\x02a\x00\x00\x04\x00\x02\x02x\x00"))
	f.Fuzz(func(t *testing.T, data []byte) {
		got, err := s.AppendJSON(nil, data, 1000)
		if err == nil {
			checkJSON(t, got)
			again, err := s.AppendJSON(nil, bytes.Clone(data), 1000)
			if err != nil || !bytes.Equal(got, again) {
				t.Errorf("%s, then %s, %v", got, again, err)
			}
		}
		if len(got) > 1000+12*len(data)+2000 {
			t.Errorf("%d bytes of JSON from %d", len(got), len(data))
		}
	})
}

func FuzzJSONEncoding(f *testing.F) {
	s := parse(f, everything)
	f.Add([]byte(`{"b":true,"i":1,"l":1,"f":29.3,"d":"NaN","s":"ü","y":"\u000Br","x":"\u0000\u00ff\u0001","e":"B","m":{"k":null},"a":[null,{"string":"s"},{"X":"abc"}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		if got, err := s.AppendPlain(nil, data, 1000); err == nil {
			checkJSON(t, got)
		}
	})
}

func FuzzSchema(f *testing.F) {
	f.Add([]byte(everything), []byte("\x01\x02"))
	f.Fuzz(func(t *testing.T, schema, data []byte) {
		s, err := Parse(schema)
		if err != nil {
			return
		}
		if got, err := s.AppendJSON(nil, data, 1000); err == nil {
			checkJSON(t, got)
		}
	})
}
