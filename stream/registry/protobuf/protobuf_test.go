package protobuf

import (
	"encoding/base64"
	"math"
	"os"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/dynamicpb"
)

const limit = 1 << 20

// everything is a schema of all types.
const everything = `syntax = "proto3";
package test;
import "google/protobuf/timestamp.proto";
import "google/protobuf/duration.proto";
import "google/protobuf/wrappers.proto";
import "google/protobuf/struct.proto";
message All {
  double d = 1; float f = 2; int32 i32 = 3; int64 i64 = 4; uint32 u32 = 5; uint64 u64 = 6; sint32 s32 = 7; sint64 s64 = 8;
  fixed32 x32 = 9; fixed64 x64 = 10; sfixed32 y32 = 11; sfixed64 y64 = 12; bool b = 13; string s = 14; bytes y = 15;
  Color color = 16; optional string note = 17; All child = 18;
  repeated int32 numbers = 19; repeated int32 loose = 20 [packed = false]; repeated string texts = 21; repeated All children = 22;
  map<string, int64> counts = 23; map<int32, All> by_number = 24; map<bool, Color> by_bool = 25; repeated double parts = 35;
  oneof choice { string text = 26; int32 number = 27; All message = 28; }
  google.protobuf.Timestamp at = 29; google.protobuf.Duration took = 30; google.protobuf.StringValue maybe = 31;
  google.protobuf.Int64Value count = 32; google.protobuf.Struct free = 33; google.protobuf.Value any = 34;
}
enum Color { NONE = 0; RED = 1; NEGATIVE = -1; }
`

func parse(t testing.TB, text string) *Schema {
	t.Helper()
	s, err := Parse([]byte(text), nil)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func named(t testing.TB, s *Schema, name string) Message {
	t.Helper()
	m, err := s.ByName(name)
	if err != nil {
		t.Fatal(name, err)
	}
	return m
}

// bytesOf writes a message of the schema, given as JSON, with the reference implementation.
func bytesOf(t testing.TB, s *Schema, name protoreflect.Name, text string) []byte {
	t.Helper()
	m := dynamicpb.NewMessage(s.file.Messages().ByName(name))
	if err := protojson.Unmarshal([]byte(text), m); err != nil {
		t.Fatal(text, err)
	}
	raw, err := proto.MarshalOptions{Deterministic: true}.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func TestAll(t *testing.T) {
	s := parse(t, everything)
	m := named(t, s, "test.All")
	const defaults = `"d":0,"f":0,"i32":0,"i64":0,"u32":0,"u64":0,"s32":0,"s64":0,"x32":0,"x64":0,"y32":0,"y64":0,"b":false,"s":"","y":"","color":"NONE",` +
		`"numbers":[],"loose":[],"texts":[],"children":[],"counts":{},"by_number":{},"by_bool":{},"parts":[]`
	for _, c := range []struct{ message, want string }{
		{`{}`, `{` + defaults + `}`},
		{`{"d":29.3,"f":29.3,"i32":-3,"i64":"9007199254740993","u32":4294967295,"u64":"18446744073709551615","s32":-1,"s64":"-9223372036854775808",
		   "x32":4294967295,"x64":"18446744073709551615","y32":-2,"y64":"-3","b":true,"s":"ü","y":"AP8=","color":"NEGATIVE","note":"",
		   "numbers":[1,-2],"loose":[3,4],"texts":["a",""],"counts":{"b":"2","a":"1"},"by_bool":{"true":"RED"},"number":0,
		   "at":"2026-03-14T09:26:53.123456Z","took":"-1.5s","maybe":"x","count":"9007199254740993","free":{"k":[null,1.5,"x",true,{}]},"any":null,"parts":[0.5]}`,
			`{"d":29.3,"f":29.3,"i32":-3,"i64":9007199254740993,"u32":4294967295,"u64":18446744073709551615,"s32":-1,"s64":-9223372036854775808,` +
				`"x32":4294967295,"x64":18446744073709551615,"y32":-2,"y64":-3,"b":true,"s":"ü","y":"AP8=","color":"NEGATIVE","note":"",` +
				`"numbers":[1,-2],"loose":[3,4],"texts":["a",""],"children":[],"counts":{"a":1,"b":2},"by_number":{},"by_bool":{"true":"RED"},"parts":[0.5],"number":0,` +
				`"at":"2026-03-14T09:26:53.123456Z","took":"-1.5s","maybe":"x","count":9007199254740993,"free":{"k":[null,1.5,"x",true,{}]},"any":null}`},
		// A message that is there, though empty, is an object of its defaults.
		{`{"child":{},"maybe":"","took":"0s"}`, `{` + strings.Replace(defaults, `"numbers"`, `"child":{`+defaults+`},"numbers"`, 1) + `,"took":"0s","maybe":""}`},
	} {
		got, err := m.AppendJSON(nil, bytesOf(t, s, "All", c.message), limit)
		if err != nil || string(got) != c.want {
			t.Errorf("%s:\n got %s, %v\nwant %s", c.message, got, err, c.want)
		}
	}
}

const types = `syntax = "proto3";
import "confluent/type/decimal.proto";
import "confluent/meta.proto";
import "google/type/money.proto";
import "google/type/date.proto";
import "google/type/timeofday.proto";
import "google/type/decimal.proto";
message M {
  option (confluent.message_meta).doc = "x";
  confluent.type.Decimal decimal = 1 [(confluent.field_meta).doc = "x"];
  google.type.Money money = 2;
  google.type.Date date = 3;
  google.type.TimeOfDay time = 4;
  google.type.Decimal text = 5;
}
`

func TestKnownForms(t *testing.T) {
	s := parse(t, types)
	m := named(t, s, "M")
	for _, c := range []struct{ message, want string }{ // want is empty: refused
		{`{"decimal":{"value":"C3I=","precision":4,"scale":2}}`, `{"decimal":"29.30"}`},
		{`{"decimal":{"value":"BQ==","scale":-3}}`, `{"decimal":"5000"}`},
		{`{"decimal":{"value":"/w==","scale":1}}`, `{"decimal":"-0.1"}`},
		{`{"decimal":{}}`, ``},
		{`{"decimal":{"value":"BQ==","scale":-2147483648}}`, ``},
		{`{"money":{"currencyCode":"EUR","units":"29","nanos":300000000}}`, `{"money":{"currency_code":"EUR","amount":"29.3"}}`},
		{`{"money":{"units":"-1","nanos":-10000000}}`, `{"money":{"currency_code":"","amount":"-1.01"}}`},
		{`{"money":{"nanos":-1}}`, `{"money":{"currency_code":"","amount":"-0.000000001"}}`},
		{`{"money":{"units":"9223372036854775807"}}`, `{"money":{"currency_code":"","amount":"9223372036854775807"}}`},
		{`{"money":{"units":"100"}}`, `{"money":{"currency_code":"","amount":"100"}}`},
		{`{"money":{}}`, `{"money":{"currency_code":"","amount":"0"}}`},
		{`{"money":{"units":"1","nanos":-1}}`, ``},
		{`{"money":{"nanos":1000000000}}`, ``},
		{`{"date":{"year":2026,"month":3,"day":14}}`, `{"date":"2026-03-14"}`},
		{`{"date":{"year":2026}}`, `{"date":"2026-00-00"}`},
		{`{"date":{"year":20260}}`, ``},
		{`{"time":{"hours":9,"minutes":26,"nanos":5}}`, `{"time":"09:26:00.000000005"}`},
		{`{"time":{"hours":24}}`, ``},
		{`{"text":{"value":"29.30"}}`, `{"text":"29.30"}`},
		{`{"text":{}}`, `{"text":""}`},
	} {
		got, err := m.AppendJSON(nil, bytesOf(t, s, "M", c.message), limit)
		if c.want == "" && err == nil || c.want != "" && (err != nil || string(got) != c.want) {
			t.Errorf("%s: %s, %v, want %s", c.message, got, err, c.want)
		}
	}
	// A message that took a known name and is another stays an object.
	other := parse(t, "syntax = \"proto3\"; package google.type; message Money { string units = 1; }")
	if got, err := named(t, other, "Money").AppendJSON(nil, []byte("\x0a\x01x"), limit); err != nil || string(got) != `{"units":"x"}` {
		t.Errorf("%s, %v", got, err)
	}
}

// put writes one field.
func put(number protowire.Number, wire protowire.Type, value []byte) []byte {
	return append(protowire.AppendTag(nil, number, wire), value...)
}

func varint(v uint64) []byte { return protowire.AppendVarint(nil, v) }

func sized(b ...byte) []byte { return protowire.AppendBytes(nil, b) }

func TestMerging(t *testing.T) {
	m := named(t, parse(t, everything), "All")
	join := func(parts ...[]byte) (all []byte) {
		for _, p := range parts {
			all = append(all, p...)
		}
		return all
	}
	s := func(text string) []byte { return put(14, protowire.BytesType, sized([]byte(text)...)) }
	i := func(v uint64) []byte { return put(3, protowire.VarintType, varint(v)) }
	for name, c := range map[string]struct {
		data []byte
		want string
	}{
		"the last value counts":      {join(s("a"), i(1), s("b")), `"s":"b"`},
		"messages are merged":        {join(put(18, protowire.BytesType, sized(s("a")...)), put(18, protowire.BytesType, sized(i(7)...))), `"child":{"d":0,"f":0,"i32":7,"i64":0,"u32":0,"u64":0,"s32":0,"s64":0,"x32":0,"x64":0,"y32":0,"y64":0,"b":false,"s":"a"`},
		"packed and loose are mixed": {join(put(19, protowire.VarintType, varint(1)), put(19, protowire.BytesType, sized(2, 3)), put(20, protowire.BytesType, sized(4)), put(20, protowire.VarintType, varint(5))), `"numbers":[1,2,3],"loose":[4,5]`},
		"an empty packed list":       {put(19, protowire.BytesType, sized()), `"numbers":[]`},
		"the last of a oneof":        {join(put(26, protowire.BytesType, sized('x')), put(27, protowire.VarintType, varint(5))), `"parts":[],"number":5}`},
		"a oneof set back and again": {join(put(28, protowire.BytesType, sized(s("a")...)), put(27, protowire.VarintType, varint(5)), put(28, protowire.BytesType, sized(i(7)...))), `"message":{"d":0,"f":0,"i32":7,"i64":0,"u32":0,"u64":0,"s32":0,"s64":0,"x32":0,"x64":0,"y32":0,"y64":0,"b":false,"s":""`},
		"the last of a key":          {join(put(23, protowire.BytesType, sized(0x0a, 1, 'k', 0x10, 1)), put(23, protowire.BytesType, sized(0x0a, 1, 'k', 0x10, 2))), `"counts":{"k":2}`},
		"an entry without a key":     {put(23, protowire.BytesType, sized()), `"counts":{"":0}`},
		"an entry's message":         {put(24, protowire.BytesType, sized(0x08, 5)), `"by_number":{"5":{"d":0`},
	} {
		got, err := m.AppendJSON(nil, c.data, limit)
		if err != nil || !strings.Contains(string(got), c.want) {
			t.Errorf("%s: %s, %v, want %s", name, got, err, c.want)
		}
	}
}

func TestContradictions(t *testing.T) {
	m := named(t, parse(t, everything), "All")
	deep := []byte{}
	for range 100 {
		deep = put(18, protowire.BytesType, sized(deep...))
	}
	for name, data := range map[string][]byte{
		"a field that is not there":            put(99, protowire.VarintType, varint(1)),
		"a text where a number is":             put(3, protowire.BytesType, sized('x')),
		"a number where a text is":             put(14, protowire.VarintType, varint(1)),
		"four bytes where eight are":           put(1, protowire.Fixed32Type, []byte{1, 2, 3, 4}),
		"a packed number that is no list":      put(3, protowire.BytesType, sized(1)),
		"no UTF-8":                             put(14, protowire.BytesType, sized(0xff)),
		"a number without a symbol":            put(16, protowire.VarintType, varint(7)),
		"a length beyond the end":              {0x72, 0x7f, 'x'},
		"a length beyond all":                  {0x72, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f},
		"a cut number":                         {0x18, 0x80},
		"a field of number 0":                  {0x00, 0x00},
		"an end without a beginning":           {0x1c},
		"a packed list cut":                    put(35, protowire.BytesType, sized(1, 2, 3)),
		"an unknown field in an entry":         put(23, protowire.BytesType, sized(0x18, 1)),
		"an unknown field in a message":        put(18, protowire.BytesType, sized(put(99, protowire.VarintType, varint(1))...)),
		"a timestamp beyond the years":         put(29, protowire.BytesType, sized(put(1, protowire.VarintType, varint(math.MaxInt64))...)),
		"nested too deep":                      deep,
		"more JSON than may be from few bytes": []byte(strings.Repeat("\xb2\x01\x00", 10_000)), // children, each with all defaults
	} {
		if got, err := m.AppendJSON(nil, data, limit); err == nil {
			t.Errorf("%s: %.200s", name, got)
		} else if len(got) > limit+1000 {
			t.Errorf("%s: %d bytes before it was refused", name, len(got))
		}
	}
}

func TestRequiredAndGroups(t *testing.T) {
	s := parse(t, `syntax = "proto2"; message M { required string a = 1; optional group G = 2 { optional int32 n = 1; } repeated group H = 3 { optional int32 n = 1; } optional int32 d = 4 [default = 5]; }`)
	m := named(t, s, "M")
	data := []byte("\x0a\x01x\x13\x08\x05\x14\x1b\x08\x06\x1c\x1b\x1c")
	if got, err := m.AppendJSON(nil, data, limit); err != nil || string(got) != `{"a":"x","g":{"n":5},"h":[{"n":6},{}]}` {
		t.Errorf("%s, %v", got, err)
	}
	for _, wrong := range []string{"", "\x0a\x01x\x13\x08\x05", "\x0a\x01x\x12\x02\x08\x05", "\x0a\x01x\x1a\x00"} {
		if got, err := m.AppendJSON(nil, []byte(wrong), limit); err == nil {
			t.Errorf("%x: %s", wrong, got)
		}
	}
}

func TestMessagesAreFound(t *testing.T) {
	text, err := os.ReadFile("../testdata/registry-protobuf/schemas/shop.proto")
	if err != nil {
		t.Fatal(err)
	}
	s := parse(t, string(text))
	for _, name := range []string{"Order", "com.example.shop.Refund", "Order.Line", "com.example.shop.Order.Cancellation"} {
		if _, err := s.ByName(name); err != nil {
			t.Error(name, err)
		}
	}
	for _, name := range []string{"", "order", "Cancellation", "com.example.Order", "Order.", "google.protobuf.Timestamp"} {
		if _, err := s.ByName(name); err == nil {
			t.Errorf("%q is found", name)
		}
	}
	nested, err := s.ByIndexes([]int{0, 1})
	if err != nil || nested.plan != named(t, s, "Order.Cancellation").plan {
		t.Error("0, 1 is not the cancellation", err)
	}
	for _, indexes := range [][]int{{}, {2}, {-1}, {0, 2}, {0, 0, 0}} {
		if _, err := s.ByIndexes(indexes); err == nil {
			t.Error(indexes, "is found")
		}
	}
	if _, err := s.Only(); err == nil {
		t.Error("two messages are one")
	}
}

func TestDescriptorsAndReferences(t *testing.T) {
	main := `syntax = "proto3"; import "a/line.proto"; message M { a.Line line = 1; }`
	line := `syntax = "proto3"; package a; message Line { string sku_code = 1; string sku = 2; }`
	descriptor := protodesc.ToFileDescriptorProto(parse(t, line).file)
	for _, m := range descriptor.MessageType {
		for _, f := range m.Field {
			f.JsonName = nil // as clients register it
		}
	}
	raw, err := proto.Marshal(descriptor)
	if err != nil {
		t.Fatal(err)
	}
	for _, reference := range []string{line, base64.StdEncoding.EncodeToString(raw)} {
		s, err := Parse([]byte(main), map[string][]byte{"a/line.proto": []byte(reference)})
		if err != nil {
			t.Error(err)
			continue
		}
		if got, err := named(t, s, "M").AppendJSON(nil, []byte("\x0a\x03\x0a\x01x"), limit); err != nil || string(got) != `{"line":{"sku_code":"x","sku":""}}` {
			t.Errorf("%s, %v", got, err)
		}
	}
	for _, wrong := range []string{main, "x", "syntax = \"proto3\"; message M { M2 m = 1; }", `syntax = "proto3"; import "schema.proto";`, "AAAA"} {
		if _, err := Parse([]byte(wrong), nil); err == nil {
			t.Errorf("%s is a schema", wrong)
		}
	}
}
