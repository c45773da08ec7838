package registry

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"path"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/clvstream/clvstream/internal/testbed"
	"github.com/clvstream/clvstream/stream/event"
)

// post gives a real registry something and reads its answer.
func post(t *testing.T, url string, body, answer any) {
	t.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.Post(url, "application/json", bytes.NewReader(text)) //nolint:noctx // the test ends it
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	got, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		t.Fatalf("register at %s: %s %s %v", url, response.Status, got, err)
	}
	if err := json.Unmarshal(got, answer); err != nil {
		t.Fatal(err)
	}
}

// numbers are what a real registry calls a schema.
type numbers map[Number]uint64

// registerAll gives the fixtures' schemas to a real registry by both of its interfaces.
func registerAll(t *testing.T, r *testbed.Registry) map[string]numbers {
	t.Helper()
	files, all := schemaFiles(t), map[string]numbers{}
	var register func(name string) numbers
	register = func(name string) numbers {
		if all[name] != nil {
			return all[name]
		}
		file, own := files[name], numbers{}
		subject := strings.NewReplacer("/", "-", "registry-", "").Replace(name)
		if file.numbers["id"] != nil {
			var answer struct{ ID uint64 }
			post(t, r.Confluent()+"/subjects/"+subject+"/versions", map[string]any{"schema": file.text, "schemaType": file.kind}, &answer)
			own[ID] = answer.ID
		}
		references := []map[string]string{}
		for i, reference := range file.references {
			if files[reference] != nil {
				register(reference)
			}
			references = append(references, map[string]string{
				"groupId": "default", "artifactId": "own-" + path.Base(reference), "version": "1", "name": file.names[i],
			})
		}
		kind := "application/json"
		if file.kind == kindProtobuf {
			kind = "application/x-protobuf"
		}
		var answer struct {
			Version struct{ GlobalID, ContentID uint64 }
		}
		post(t, r.Apicurio()+"/groups/default/artifacts", map[string]any{
			"artifactId": "own-" + path.Base(name), "artifactType": file.kind,
			"firstVersion": map[string]any{"version": "1", "content": map[string]any{"content": file.text, "contentType": kind, "references": references}},
		}, &answer)
		own[ContentID], own[GlobalID] = answer.Version.ContentID, answer.Version.GlobalID
		all[name] = own
		return own
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		register(name)
	}
	return all
}

// numberedAs is a record as its writer would have written it with a real registry's numbers.
func numberedAs(s *sample, settings Settings, id uint64) event.Record {
	record := s.record
	l, _ := settings.locate(record.Value, record.Headers)
	switch settings.Form {
	case Prefix4:
		record.Value = append(binary.BigEndian.AppendUint32([]byte{0}, uint32(id)), l.value...)
	case Prefix8:
		record.Value = append(binary.BigEndian.AppendUint64([]byte{0}, id), l.value...)
	case Header:
		record.Headers = []event.Header{{Key: []byte(settings.header()), Value: binary.BigEndian.AppendUint64(nil, id)}}
	}
	return record
}

// A real registry gives the same values as the fake that the other tests ask.
func TestRealRegistry(t *testing.T) {
	server := testbed.StartRegistry(t)
	given := registerAll(t, server)
	_, confluent, apicurio := startFake(t)
	fakes := newReaders(t, confluent, apicurio)
	reals := newReaders(t, Access{URL: server.Confluent()}, Access{URL: server.Apicurio()})
	// At a path that it does not know this registry answers 404 as no registry does, or now and
	// then logs that and sends nothing. Either way nothing is known of the schema.
	wrong := newReaders(t, Access{URL: server.Apicurio(), Timeout: 2 * time.Second}, Access{URL: server.Confluent(), Timeout: 2 * time.Second})
	noGUIDs := newReaders(t, Access{URL: server.Confluent(), Timeout: 2 * time.Second}, Access{URL: server.Apicurio()})
	apart := false
	for _, s := range samples(t) {
		if s.record.Value == nil {
			continue
		}
		settings := s.written()
		want, _, _ := fakes.of(t, settings).AppendJSON(t.Context(), nil, s.record.Value, s.record.Headers)
		if settings.Number == GUID {
			_, refused, err := noGUIDs.of(t, settings).AppendJSON(t.Context(), nil, s.record.Value, s.record.Headers)
			if err == nil || refused != nil {
				t.Errorf("%s: %v, %v", s.name, refused, err)
			}
			continue
		}
		folder, _, _ := strings.Cut(s.name, "/")
		schema := folder + "/" + s.Schema
		if settings.Number == ID {
			schema = strings.Replace(schema, "shop.proto", "shop.descriptor.base64", 1)
		}
		id := given[schema][settings.Number]
		apart = apart || given[schema][GlobalID] != given[schema][ContentID]
		record := numberedAs(s, settings, id)
		got, refused, err := reals.of(t, settings).AppendJSON(t.Context(), nil, record.Value, record.Headers)
		if err != nil || refused != nil || !bytes.Equal(got, want) {
			t.Errorf("%s (%s %d): %s, %v, %v, want %s", s.name, settings.Number, id, got, refused, err, want)
		}
	}
	if !apart {
		t.Error("contentId and globalId are the same count here: a mix-up would not be seen")
	}
	for _, number := range []Number{ID, ContentID, GlobalID} {
		settings := Settings{Form: Prefix4, Number: number}
		_, refused, err := reals.of(t, settings).AppendJSON(t.Context(), nil, []byte("\x00\x00\x0f\x00\x00"), nil)
		if err != nil || refused == nil || !strings.Contains(refused.Detail, "knows no "+string(number)) {
			t.Errorf("%s that is not there: %v, %v", number, refused, err)
		}
	}
	for _, number := range []Number{ID, ContentID, GlobalID} {
		_, refused, err := wrong.of(t, Settings{Form: Prefix4, Number: number}).AppendJSON(t.Context(), nil, []byte("\x00\x00\x00\x00\x01"), nil)
		if err == nil || refused != nil {
			t.Errorf("%s at the wrong address: %v, %v", number, refused, err)
		}
	}
	server.Stop(t)
	if _, refused, err := newReaders(t, Access{URL: server.Confluent()}, Access{URL: server.Apicurio()}).of(t, Settings{Form: Prefix4, Number: ID}).
		AppendJSON(t.Context(), nil, []byte("\x00\x00\x00\x00\x01"), nil); err == nil || refused != nil {
		t.Errorf("a registry that was stopped: %v, %v", refused, err)
	}
}
