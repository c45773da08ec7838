package registry

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/clvstream/clvstream/stream/event"
)

var folders = []string{"registry-avro", "registry-protobuf", "registry-json"}

// sample is a record that a real writer wrote, and the events that should come of it.
type sample struct {
	name     string // folder/number
	About    string `json:"about"`
	Topic    string `json:"topic"`
	Key      *string
	Headers  [][2]json.RawMessage `json:"headers"`
	Millis   int64                `json:"timestamp_ms"`
	Value    *string              `json:"value"`
	SchemaID map[string]any       `json:"schema_id"`
	Schema   string               `json:"schema"`
	Events   []json.RawMessage    `json:"events"`
	Why      string               `json:"why_no_event"`
	record   event.Record
}

func samples(t testing.TB) (all []*sample) {
	t.Helper()
	for _, folder := range folders {
		paths, _ := filepath.Glob(filepath.Join("testdata", folder, "*.record.json"))
		if len(paths) == 0 {
			t.Fatal("no records of", folder)
		}
		for _, path := range paths {
			all = append(all, readSample(t, folder, path))
		}
	}
	return all
}

func readSample(t testing.TB, folder, path string) *sample {
	t.Helper()
	s := &sample{name: folder + "/" + filepath.Base(path)[:2]}
	text, err := os.ReadFile(path)
	if err == nil {
		err = json.Unmarshal(text, s)
	}
	if err == nil && s.Value != nil {
		s.record.Value, err = os.ReadFile(filepath.Join(filepath.Dir(path), *s.Value))
	}
	if err != nil {
		t.Fatal(path, err)
	}
	s.record.TimestampMillis = s.Millis
	s.record.Key = []byte(*s.Key)
	for _, h := range s.Headers {
		var name, plain string
		var binary struct{ Hex string }
		if err := json.Unmarshal(h[0], &name); err != nil {
			t.Fatal(path, err)
		}
		value := []byte(nil)
		if json.Unmarshal(h[1], &plain) == nil {
			value = []byte(plain)
		} else if err := json.Unmarshal(h[1], &binary); err != nil {
			t.Fatal(path, err)
		} else if value, err = hex.DecodeString(binary.Hex); err != nil {
			t.Fatal(path, err)
		}
		s.record.Headers = append(s.record.Headers, event.Header{Key: []byte(name), Value: value})
	}
	return s
}

// written are the settings that fit a record's writer.
func (s *sample) written() Settings {
	settings := Settings{Form: map[any]Form{"four bytes": Prefix4, "eight bytes": Prefix8, "header": Header}[s.SchemaID["in"]]}
	for _, number := range []Number{ID, GUID, ContentID, GlobalID} {
		if _, ok := s.SchemaID[string(number)]; ok {
			settings.Number = number
		}
	}
	if s.SchemaID == nil { // a tombstone: any
		settings.Form, settings.Number = Prefix4, ID
	}
	if strings.HasPrefix(s.name, "registry-protobuf") {
		switch {
		case strings.Contains(s.About, "Apicurio"):
			settings.Protobuf = ProtobufName
		case strings.Contains(s.About, "kafkajs"):
			settings.Protobuf, settings.Message = ProtobufNone, "Order"
			if strings.Contains(s.About, "Refund") {
				settings.Message = "com.example.shop.Refund"
			}
		default:
			settings.Protobuf = ProtobufIndexes
		}
	}
	if strings.Contains(s.About, "encoding=JSON") {
		settings.Avro = AvroJSON
	}
	return settings
}

// schemaFile is a schema of the fixtures: what it is and what it refers to.
type schemaFile struct {
	kind       string
	text       string
	references []string // files
	names      []string // by which they are referred to
	numbers    map[string][]any
}

func schemaFiles(t testing.TB) map[string]*schemaFile {
	t.Helper()
	all := map[string]*schemaFile{}
	for _, folder := range folders {
		text, err := os.ReadFile(filepath.Join("testdata", folder, "schemas", "ids.json"))
		if err != nil {
			t.Fatal(err)
		}
		var ids map[string]map[string][]any
		if err := json.Unmarshal(text, &ids); err != nil {
			t.Fatal(err)
		}
		for _, file := range slices.Sorted(maps.Keys(ids)) {
			text, err := os.ReadFile(filepath.Join("testdata", folder, file))
			if err != nil {
				t.Fatal(err)
			}
			all[folder+"/"+file] = &schemaFile{
				kind: map[string]string{"registry-avro": kindAvro, "registry-protobuf": kindProtobuf, "registry-json": kindJSON}[folder],
				text: string(text), numbers: ids[file],
			}
		}
	}
	// As Apicurio Registry gives it: the enum is a schema of its own. What its Protobuf imports
	// is listed as well, and may not be there.
	order := all["registry-avro/schemas/order.apicurio3.avsc"]
	order.references = []string{"registry-avro/schemas/status.apicurio3.avsc"}
	order.names = []string{"com.example.shop.Status"}
	shop := all["registry-protobuf/schemas/shop.apicurio3.proto"]
	shop.names = []string{"google/protobuf/timestamp.proto", "confluent/type/decimal.proto"}
	shop.references = []string{"not there", "nor this"}
	return all
}

func (f *schemaFile) has(number string, id string) bool {
	return slices.ContainsFunc(f.numbers[number], func(v any) bool { return fmt.Sprint(v) == id })
}
