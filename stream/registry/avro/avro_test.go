package avro

import (
	"encoding/binary"
	"fmt"
	"math"
	"strings"
	"testing"
)

const limit = 1 << 20

func parse(t testing.TB, text string, references ...string) *Schema {
	t.Helper()
	var texts [][]byte
	for _, r := range references {
		texts = append(texts, []byte(r))
	}
	s, err := Parse([]byte(text), texts...)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// long is a number in the binary encoding.
func long(v int64) string { return string(binary.AppendVarint(nil, v)) }

func text(s string) string { return long(int64(len(s))) + s }

func bits64(f float64) string {
	return string(binary.LittleEndian.AppendUint64(nil, math.Float64bits(f)))
}

func TestBinary(t *testing.T) {
	for _, c := range []struct{ schema, value, want string }{
		{`"null"`, "", "null"},
		{`"boolean"`, "\x01", "true"},
		{`"int"`, long(-7), "-7"},
		{`"long"`, long(9007199254740993), "9007199254740993"}, // 2^53+1
		{`"long"`, long(math.MinInt64), "-9223372036854775808"},
		{`"float"`, "\x66\x66\xea\x41", "29.3"},
		{`"double"`, bits64(29.3), "29.3"},
		{`"double"`, bits64(math.NaN()), `"NaN"`},
		{`"bytes"`, text("\x00\xff"), `"AP8="`},
		{`"string"`, text("Grüße \"x\""), `"Grüße \"x\""`},
		{`{"type":"enum","name":"E","symbols":["A","B"]}`, long(1), `"B"`},
		{`{"type":"fixed","name":"F","size":2}`, "\x00\xff", `"AP8="`},
		{`{"type":"array","items":"int"}`, long(2) + long(1) + long(2) + long(-1) + long(1) + long(3) + long(0), `[1,2,3]`},
		{`{"type":"array","items":"int"}`, long(0), `[]`},
		{`{"type":"map","values":"int"}`, long(2) + text("a") + long(1) + text("b") + long(2) + long(0), `{"a":1,"b":2}`},
		{`["null","int","string"]`, long(2) + text("x"), `"x"`},
		{`["null","int","string"]`, long(0), `null`},
		{`{"type":"record","name":"R","fields":[{"name":"a","type":"int"},{"name":"b","type":"string"}]}`, long(1) + text("x"), `{"a":1,"b":"x"}`},
		{`{"type":"record","name":"R","fields":[]}`, "", `{}`},
		{`{"type":"record","name":"R","fields":[{"name":"n","type":["null","R"]}]}`, long(1) + long(1) + long(0), `{"n":{"n":{"n":null}}}`},
		{`{"type":"record","name":"R","namespace":"a.b","fields":[{"name":"x","type":{"type":"enum","name":"E","symbols":["S"]}},{"name":"y","type":"a.b.E"},{"name":"z","type":"E"}]}`,
			long(0) + long(0) + long(0), `{"x":"S","y":"S","z":"S"}`},
		{`{"type":{"type":"string"}}`, text("x"), `"x"`},

		{`{"type":"int","logicalType":"date"}`, long(20526), `"2026-03-14"`},
		{`{"type":"int","logicalType":"time-millis"}`, long(34_013_123), `"09:26:53.123"`},
		{`{"type":"long","logicalType":"time-micros"}`, long(34_013_123_456), `"09:26:53.123456"`},
		{`{"type":"long","logicalType":"timestamp-millis"}`, long(1773480413123), `"2026-03-14T09:26:53.123Z"`},
		{`{"type":"long","logicalType":"timestamp-micros"}`, long(1773480413123456), `"2026-03-14T09:26:53.123456Z"`},
		{`{"type":"long","logicalType":"timestamp-nanos"}`, long(1773480413123456789), `"2026-03-14T09:26:53.123456789Z"`},
		{`{"type":"long","logicalType":"local-timestamp-millis"}`, long(1773480413123), `"2026-03-14T09:26:53.123"`},
		{`{"type":"bytes","logicalType":"decimal","precision":12,"scale":2}`, text("\x0b\x72"), `"29.30"`},
		{`{"type":"fixed","name":"M","size":6,"logicalType":"decimal","precision":12,"scale":2}`, "\xff\xff\xff\xff\xff\xff", `"-0.01"`},
		{`{"type":"fixed","name":"U","size":16,"logicalType":"uuid"}`, "\x74\xf2\x4b\x72\xd2\xc5\x4b\x03\xb1\x7c\xd5\x4f\x18\xa2\xe6\x83", `"74f24b72-d2c5-4b03-b17c-d54f18a2e683"`},
		{`{"type":"string","logicalType":"uuid"}`, text("x"), `"x"`},
		{`{"type":"fixed","name":"D","size":12,"logicalType":"duration"}`, "\x01\x00\x00\x00\x02\x00\x00\x00\x03\x00\x00\x00", `{"months":1,"days":2,"millis":3}`},
		// A logical type that does not fit the type it stands on, or is unknown, is passed over.
		{`{"type":"string","logicalType":"decimal","precision":4}`, text("x"), `"x"`},
		{`{"type":"bytes","logicalType":"decimal","precision":2,"scale":4}`, text("\x01"), `"AQ=="`},
		{`{"type":"bytes","logicalType":"decimal"}`, text("\x01"), `"AQ=="`},
		{`{"type":"int","logicalType":"timestamp-millis"}`, long(5), `5`},
		{`{"type":"long","logicalType":"millis"}`, long(5), `5`},
	} {
		got, err := parse(t, c.schema).AppendJSON([]byte("x"), []byte(c.value), limit)
		if err != nil || string(got) != "x"+c.want {
			t.Errorf("%s of %x: %s, %v, want %s", c.schema, c.value, got, err, c.want)
		}
		for cut := range len(c.value) {
			if got, err := parse(t, c.schema).AppendJSON(nil, []byte(c.value[:cut]), limit); err == nil {
				t.Errorf("%s of the first %d bytes of %x: %s", c.schema, cut, c.value, got)
			}
		}
		if got, err := parse(t, c.schema).AppendJSON(nil, []byte(c.value+"\x00"), limit); err == nil {
			t.Errorf("%s of %x and a byte more: %s", c.schema, c.value, got)
		}
	}
}

func TestContradictions(t *testing.T) {
	for _, c := range []struct{ schema, value string }{
		{`"boolean"`, "\x02"},
		{`"int"`, long(1 << 40)},
		{`"long"`, strings.Repeat("\xff", 10)},
		{`"string"`, text("\xff")},
		{`"string"`, long(-1)},
		{`"string"`, long(math.MaxInt64) + "x"},
		{`"bytes"`, long(math.MinInt64) + "x"},
		{`{"type":"enum","name":"E","symbols":["A","B"]}`, long(2)},
		{`{"type":"enum","name":"E","symbols":["A","B"]}`, long(-1)},
		{`["null","int"]`, long(2)},
		{`[]`, long(0)},
		{`{"type":"array","items":"null"}`, long(math.MaxInt64)}, // a billion times nothing
		{`{"type":"array","items":{"type":"record","name":"R","fields":[]}}`, long(math.MinInt64) + long(0)},
		{`{"type":"array","items":"int"}`, long(math.MaxInt64) + long(1)},
		{`{"type":"map","values":"null"}`, long(2) + text("a") + text("a") + long(0)},
		{`{"type":"record","name":"R","fields":[{"name":"r","type":"R"}]}`, ""}, // never ends
		{`{"type":"record","name":"R","fields":[{"name":"n","type":["null","R"]}]}`, strings.Repeat(long(1), 1000) + long(0)},
		{`{"type":"bytes","logicalType":"decimal","precision":3,"scale":2}`, text("\x0b\x72")},
	} {
		if got, err := parse(t, c.schema).AppendJSON(nil, []byte(c.value), limit); err == nil {
			t.Errorf("%s of %x: %.100s", c.schema, c.value, got)
		} else if len(got) > limit+100 {
			t.Errorf("%s of %x: %d bytes before it was refused", c.schema, c.value, len(got))
		}
	}
	many := long(40)
	for i := range 40 {
		many += text(fmt.Sprint(i % 39))
	}
	if _, err := parse(t, `{"type":"map","values":"null"}`).AppendJSON(nil, []byte(many+long(0)), limit); err == nil {
		t.Error("a large map with a key twice is taken")
	}
}

func TestSchemasThatAreNone(t *testing.T) {
	for _, schema := range []string{
		``, `{`, `1`, `null`, `{}`, `"Other"`, `{"type":"union"}`, `{"type":"record","name":"R"}`, `{"type":"record","fields":[]}`,
		`{"type":"record","name":"R","fields":[{"name":"a"}]}`, `{"type":"record","name":"R","fields":[{"name":"a","type":"int"},{"name":"a","type":"int"}]}`,
		`{"type":"record","name":"R","fields":[1]}`, `[["null"]]`, `{"type":"array"}`, `{"type":"enum","name":"E","symbols":[1]}`,
		`{"type":"fixed","name":"F","size":-1}`, `{"type":"fixed","name":"F","size":1.5}`, `{"type":"fixed","name":"F","size":1e300}`,
		`[{"type":"fixed","name":"F","size":1},{"type":"fixed","name":"F","size":2}]`,
		strings.Repeat(`{"type":"array","items":`, 100) + `"int"` + strings.Repeat(`}`, 100),
	} {
		if _, err := Parse([]byte(schema)); err == nil {
			t.Errorf("%.80s is taken", schema)
		}
	}
}

func TestReferences(t *testing.T) {
	status := `{"type":"enum","name":"Status","namespace":"com.example","symbols":["A"]}`
	line := `{"type":"record","name":"com.example.Line","fields":[{"name":"s","type":"Status"}]}`
	order := `{"type":"record","name":"Order","namespace":"com.example","fields":[{"name":"l","type":{"type":"array","items":"Line"}},{"name":"s","type":"com.example.Status"}]}`
	got, err := parse(t, order, status, line).AppendJSON(nil, []byte(long(1)+long(0)+long(0)+long(0)), limit)
	if err != nil || string(got) != `{"l":[{"s":"A"}],"s":"A"}` {
		t.Errorf("%s, %v", got, err)
	}
	if _, err := Parse([]byte(order), []byte(status)); err == nil {
		t.Error("a type that is nowhere is taken")
	}
}

// everything is a schema of all types.
const everything = `{"type":"record","name":"R","fields":[
	{"name":"b","type":"boolean"},{"name":"i","type":"int"},{"name":"l","type":{"type":"long","logicalType":"timestamp-micros"}},
	{"name":"f","type":"float"},{"name":"d","type":"double"},{"name":"s","type":"string"},
	{"name":"y","type":{"type":"bytes","logicalType":"decimal","precision":20,"scale":2}},{"name":"x","type":{"type":"fixed","name":"X","size":3}},
	{"name":"e","type":{"type":"enum","name":"E","symbols":["A","B"]}},{"name":"m","type":{"type":"map","values":["null","R"]}},
	{"name":"a","type":{"type":"array","items":["null","string","X"]}}]}`

func TestJSONEncoding(t *testing.T) {
	value := `{"b":true,"i":1,"l":1773480413123456,"f":29.3,"d":"NaN","s":"ü","y":"\u000Br","x":"\u0000\u00ff\u0001","e":"B",` +
		`"m":{"k":null},"a":[null,{"string":"s"},{"X":"abc"}]}`
	want := `{"b":true,"i":1,"l":"2026-03-14T09:26:53.123456Z","f":29.3,"d":"NaN","s":"ü","y":"29.30","x":"AP8B","e":"B","m":{"k":null},"a":[null,"s","YWJj"]}`
	s := parse(t, everything)
	got, err := s.AppendPlain(nil, []byte(value), limit)
	if err != nil || string(got) != want {
		t.Errorf("%s, %v", got, err)
	}
	for _, change := range [][2]string{
		{`"b":true`, `"b":1`}, {`"b":true,`, ``}, {`"i":1`, `"i":1.0`}, {`"i":1`, `"i":3000000000`}, {`"i":1`, `"i":"1"`}, {`29.3`, `1e99`}, {`"NaN"`, `"nan"`},
		{`"ü"`, `1`}, {`\u000B`, `\u1000`}, {`\u0001`, ``}, {`"e":"B"`, `"e":"C"`}, {`null}`, `1}`}, {`{"string":"s"}`, `"s"`}, {`{"string"`, `{"int"`},
		{`{"string":"s"}`, `{"string":"s","X":"abc"}`}, {`"s":"ü"`, `"s":"ü","t":1`}, {`]}`, `]}{}`}, {`]}`, `]`}, {`"i":1`, `"b":true`}, {`[null`, `{`},
	} {
		wrong := strings.Replace(value, change[0], change[1], 1)
		if got, err := s.AppendPlain(nil, []byte(wrong), limit); err == nil {
			t.Errorf("%s: %s", wrong, got)
		}
	}
}
