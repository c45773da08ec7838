package registry

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/stream/event"
)

const order = "\x06o-1\x08c-42\x04\x0b\x72\x06EUR\x80\xce\xd2\xe0\x92\xbe\xa6\x06\x00\x00"

func read(t testing.TB, schemas *Schemas, settings Settings, value string, headers ...event.Header) (string, *history.Refusal, error) {
	t.Helper()
	reader, err := NewReader(settings, schemas, 0)
	if err != nil {
		t.Fatal(err)
	}
	got, refused, err := reader.AppendJSON(t.Context(), nil, []byte(value), headers)
	return string(got), refused, err
}

// Of many records at once and one after the other, a registry is asked for a schema once.
func TestSchemasAreAskedForOnce(t *testing.T) {
	fake, confluent, apicurio := startFake(t)
	r := newReaders(t, confluent, apicurio)
	for _, s := range []Settings{{Form: Prefix4, Number: ID}, {Form: Prefix4, Number: ContentID}} {
		value := "\x00\x00\x00\x00\x05" + order // refers to another schema
		reader := r.of(t, s)
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() {
				for range 100 {
					got, refused, err := reader.AppendJSON(t.Context(), nil, []byte(value), nil)
					if err != nil || refused != nil || !strings.Contains(string(got), `"status":"PLACED"`) {
						t.Error(string(got), refused, err)
						return
					}
				}
			})
		}
		all.Wait()
	}
	seen := map[string]int{}
	for _, path := range fake.requests {
		if seen[path]++; seen[path] > 1 {
			t.Errorf("asked for %s again", path)
		}
	}
	if len(seen) != 7 { // 2 of the one interface, 3 and 2 of the other
		t.Errorf("asked for %v", fake.requests)
	}
}

func TestUnknownIdsAreAskedForAgainAfterAWhile(t *testing.T) {
	fake, confluent, _ := startFake(t)
	schemas := must(t, NewSchemas, confluent)
	now := time.Now()
	schemas.now = func() time.Time { return now }
	value := "\x00\x00\x00\x03\xe7" + order
	for range 3 {
		_, refused, err := read(t, schemas, Settings{Form: Prefix4, Number: ID}, value)
		if err != nil || refused == nil || refused.Reason != history.Undecodable || !strings.Contains(refused.Detail, "knows no id 999") {
			t.Fatal(refused, err)
		}
	}
	if len(fake.requests) != 1 {
		t.Errorf("asked %d times", len(fake.requests))
	}
	fake.files["new"] = &schemaFile{kind: kindAvro, text: fake.files["registry-avro/schemas/order.v1.avsc"].text, numbers: map[string][]any{"id": {999}}}
	now = now.Add(unusableFor)
	if got, refused, err := read(t, schemas, Settings{Form: Prefix4, Number: ID}, value); err != nil || refused != nil {
		t.Error(got, refused, err)
	}
}

// What is no answer of a registry is an error, and the record stays to be read.
func TestRegistryAway(t *testing.T) {
	var status atomic.Int64
	var body atomic.Value
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(int(status.Load()))
		_, _ = w.Write([]byte(body.Load().(string)))
	}))
	for name, c := range map[string]struct {
		status int
		body   string
		says   string
	}{
		"overloaded":            {503, "", "503"},
		"a proxy's 404":         {404, "<html>not found", "404"},
		"another path":          {404, `{"status":404,"name":"NotFoundException"}`, "url"},
		"a JSON 404":            {404, `{"error_code":404}`, "404"},
		"no rights":             {403, "", "username"},
		"who are you":           {401, "", "token_file"},
		"too many":              {429, "", "429"},
		"a login page":          {200, "<html>", "answer"},
		"JSON without a schema": {200, `{}`, "answer"},
	} {
		status.Store(int64(c.status))
		body.Store(c.body)
		for _, settings := range []Settings{{Form: Prefix4, Number: ID}, {Form: Prefix4, Number: GlobalID}} {
			if settings.Number == GlobalID && c.status == 200 {
				continue // a text is a text
			}
			got, refused, err := read(t, must(t, NewSchemas, Access{URL: server.URL}), settings, "\x00\x00\x00\x00\x05"+order)
			if err == nil || !strings.Contains(err.Error(), c.says) || refused != nil || got != "" {
				t.Errorf("%s: %q, %v, %v", name, got, refused, err)
			}
		}
	}
	server.Close()
	schemas := must(t, NewSchemas, Access{URL: server.URL})
	if _, refused, err := read(t, schemas, Settings{Form: Prefix4, Number: ID}, "\x00\x00\x00\x00\x05"+order); err == nil || refused != nil {
		t.Error("a registry that is not there:", refused, err)
	}
}

func TestSlowRegistry(t *testing.T) {
	release := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-release:
		case <-r.Context().Done():
		}
	}))
	defer server.Close()
	defer close(release)
	schemas := must(t, NewSchemas, Access{URL: server.URL, Timeout: 50 * time.Millisecond})
	if _, _, err := read(t, schemas, Settings{Form: Prefix4, Number: ID}, "\x00\x00\x00\x00\x05"+order); !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
	patient := must(t, NewSchemas, Access{URL: server.URL, Timeout: time.Hour})
	reader, err := NewReader(Settings{Form: Prefix4, Number: ID}, patient, 0)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(20*time.Millisecond, cancel)
	if _, _, err := reader.AppendJSON(ctx, nil, []byte("\x00\x00\x00\x00\x05"+order), nil); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

func TestWhoAsks(t *testing.T) {
	var seen atomic.Value
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen.Store(r.Header.Get("Authorization"))
		_, _ = w.Write([]byte(`{"schema":"\"string\""}`))
	}))
	defer server.Close()
	trusted := server.Client().Transport.(*http.Transport).TLSClientConfig
	file := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(file, []byte("hidden\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for want, access := range map[string]Access{
		"":                    {},
		"Bearer hidden":       {TokenFile: file},
		"Basic dTpoaWRkZW4=":  {Username: "u", PasswordFile: file},
		"error: no such file": {TokenFile: file + "x"},
		"error: certificate":  {TLS: &tls.Config{MinVersion: tls.VersionTLS12}},
	} {
		access.URL = server.URL
		if access.TLS == nil {
			access.TLS = trusted
		}
		_, _, err := read(t, must(t, NewSchemas, access), Settings{Form: Prefix4, Number: ID}, "\x00\x00\x00\x00\x05\x02x")
		if expected, fails := strings.CutPrefix(want, "error: "); fails {
			if err == nil || !strings.Contains(err.Error(), expected) || strings.Contains(err.Error(), "hidden") {
				t.Errorf("%s: %v", want, err)
			}
		} else if err != nil || seen.Load() != want {
			t.Errorf("%s: %v, %v", want, seen.Load(), err)
		}
	}
}

// A schema that is of no use is a refusal that says why.
func TestSchemasOfNoUse(t *testing.T) {
	fake, confluent, apicurio := startFake(t)
	add := func(id int, f schemaFile) {
		f.numbers = map[string][]any{"id": {id}}
		fake.files[fmt.Sprint("use/", id)] = &f
	}
	add(901, schemaFile{kind: kindAvro, text: `{"type":"record"`})
	add(902, schemaFile{kind: "XML", text: `x`})
	add(903, schemaFile{kind: kindProtobuf, text: `syntax = "proto3"; import "nowhere.proto";`})
	add(904, schemaFile{kind: kindJSON, text: `{"$ref":"nowhere.json"}`})
	add(905, schemaFile{kind: kindAvro, text: strings.Repeat(" ", maxSchemaBytes) + `"string"`})
	add(906, schemaFile{kind: kindAvro, text: `"shop.Status"`, references: []string{"not-there"}, names: []string{"shop.Status"}})
	add(907, schemaFile{kind: kindAvro, text: strings.Repeat(" ", 3*maxSchemaBytes) + `"string"`})
	many := schemaFile{kind: kindAvro, text: `"string"`}
	for i := range maxReferences + 1 {
		many.references, many.names = append(many.references, "registry-avro/schemas/status.apicurio3.avsc"), append(many.names, fmt.Sprint(i))
	}
	add(908, many)
	// Two that refer to each other are each asked for once.
	add(909, schemaFile{kind: kindJSON, text: `{"type":"string"}`, references: []string{"use/910"}, names: []string{"other"}})
	add(910, schemaFile{kind: kindJSON, text: `{"type":"string"}`, references: []string{"use/909"}, names: []string{"first"}})
	for id, says := range map[int]string{901: "JSON", 902: "XML", 903: "nowhere.proto", 904: "nowhere", 905: "bytes", 906: "shop.Status", 907: "bytes", 908: "more than 100", 909: ""} {
		for number, schemas := range map[Number]*Schemas{ID: must(t, NewSchemas, confluent), ContentID: must(t, NewSchemas, apicurio)} {
			value := "\x00\x00\x00\x03" + string([]byte{byte(id - 768)}) + `"x"`
			_, refused, err := read(t, schemas, Settings{Form: Prefix4, Number: number, Protobuf: ProtobufNone}, value)
			switch {
			case err != nil:
				t.Errorf("%s %d: %v", number, id, err)
			case (refused == nil) != (says == ""):
				t.Errorf("%s %d: %v", number, id, refused)
			case refused != nil && (!strings.Contains(refused.Detail, says) || len(refused.Detail) > 2*maxDetail):
				t.Errorf("%s %d: %s, want %s", number, id, refused.Detail, says)
			}
		}
	}
}

func TestSizesAreBounded(t *testing.T) {
	_, confluent, _ := startFake(t)
	reader, err := NewReader(Settings{Form: Prefix4, Number: ID}, must(t, NewSchemas, confluent), 100)
	if err != nil {
		t.Fatal(err)
	}
	for _, value := range []string{strings.Repeat("x", 101), "\x00\x00\x00\x00\x02" + order} {
		got, refused, err := reader.AppendJSON(t.Context(), []byte("before"), []byte(value), nil)
		if err != nil || refused == nil || refused.Reason != history.TooLarge || string(got) != "before" {
			t.Error(string(got), refused, err)
		}
	}
}

func TestRecentForgetsTheOldest(t *testing.T) {
	r := newRecent[int](3)
	at := func(n uint64) schemaID { return schemaID{number: ID, value: n} }
	for n := range uint64(3) {
		r.put(at(n), int(n))
	}
	r.get(at(0))
	r.put(at(2), 2)
	r.put(at(3), 3)
	var held []uint64
	for n := range uint64(4) {
		if _, ok := r.get(at(n)); ok {
			held = append(held, n)
		}
	}
	if !slices.Equal(held, []uint64{0, 2, 3}) {
		t.Error("held are", held)
	}
}

// Indexes behind the GUID of a header say the message, as confluent-kafka writes them.
func TestIndexesInAHeader(t *testing.T) {
	fake, confluent, _ := startFake(t)
	fake.files["registry-protobuf/schemas/shop.descriptor.base64"].numbers["guid"] = []any{"74f24b72d2c54b03b17cd54f18a2e684"}
	guid := "\x01\x74\xf2\x4b\x72\xd2\xc5\x4b\x03\xb1\x7c\xd5\x4f\x18\xa2\xe6\x84"
	schemas := must(t, NewSchemas, confluent)
	settings := Settings{Form: Header, Number: GUID, Protobuf: ProtobufIndexes}
	for indexes, want := range map[string]string{
		"\x02\x02": `{"refund_id":"r","order_id":"","customer_id":"","currency":""}`, "\x04\x00\x00": `{"sku":"r"}`,
		"": "", "\x02\x02\x00": "", "\x02\x80": "", "\x7f": "", "\x02\x40": "", "\x02\x01": "",
	} {
		got, refused, err := read(t, schemas, settings, "\x0a\x01r", header("__value_schema_id", guid+indexes))
		if err != nil || got != want || (refused == nil) != (want != "") {
			t.Errorf("%x: %s, %v, %v", indexes, got, refused, err)
		}
	}
	settings.Protobuf = ProtobufName
	if _, refused, _ := read(t, schemas, settings, "\x0a\x01r", header("__value_schema_id", guid+"\x00")); refused == nil {
		t.Error("indexes that nobody set are passed over")
	}
}

// Whatever a value is, it is JSON or refused.
func FuzzReader(f *testing.F) {
	_, confluent, apicurio := startFake(f)
	r := newReaders(f, confluent, apicurio)
	all := allSettings()
	for i := range all {
		f.Add([]byte(order), uint16(i))
	}
	for _, s := range samples(f) {
		f.Add(s.record.Value, uint16(slices.Index(all, s.written())))
	}
	f.Fuzz(func(t *testing.T, value []byte, at uint16) {
		settings := all[int(at)%len(all)]
		header := event.Header{Key: []byte(settings.header()), Value: value[:min(len(value), 18)]}
		got, refused, err := r.of(t, settings).AppendJSON(t.Context(), nil, value, []event.Header{header})
		if err != nil || refused == nil && value != nil && len(got) == 0 || refused != nil && len(got) > 0 {
			t.Error(string(got), refused, err)
		}
	})
}
