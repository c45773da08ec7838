package receivers

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/clvstream/clvstream/internal/testbed"
	"github.com/clvstream/clvstream/internal/testbed/outlet"
	"github.com/clvstream/clvstream/stream"
	"github.com/clvstream/clvstream/stream/audience"
	"github.com/clvstream/clvstream/stream/change"
	"github.com/clvstream/clvstream/stream/cluster"
	"github.com/clvstream/clvstream/stream/registry"
)

func registryWriter(t *testing.T, r *testbed.Registry) *registry.Writer {
	t.Helper()
	w, err := registry.NewWriter(registry.Access{URL: r.Confluent()})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// A schema registry that holds a subject to FULL takes our Avro schemas behind those that were
// published first, and schemas with a field more that may be null; it refuses others. What a
// publisher registers there and writes is read by Confluent's deserializer.
func TestAvroThroughASchemaRegistry(t *testing.T) {
	receivers := testbed.FindReceivers(t)
	r := testbed.StartRegistry(t)
	for _, name := range []string{"clv.changed.avsc", "clv.changed.flat.avsc"} {
		t.Run(name, func(t *testing.T) { wantFullyCompatible(t, r, name) })
	}
	o := outlet.New(t, testbed.RealPair(t))
	var audiences []audience.Audience
	for _, form := range []change.Form{change.Avro, change.FlatAvro} {
		audiences = append(audiences, audience.Audience{Name: string(form), Topic: o.Topics.Changes + "." + string(form), Filter: "true", Form: form})
	}
	if _, err := cluster.CreateTopics(t.Context(), o.Pair.Admin(t), stream.AudienceSpecs(audiences, 2, -1)); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		o.Orders(t, 20)
	}
	o.Traced(t, tracedCustomer, traceparent)
	publish(t, o, "zstd", func(c *stream.PublisherConfig) {
		c.Audiences, c.Current, c.Register = audiences, change.FlatAvro, registryWriter(t, r).Register
	})
	o.WantPublished(t)
	published := map[string]map[string]any{} // by ce_id
	for _, record := range o.Committed(t, o.Topics.Changes) {
		published[outlet.Header(record, "ce_id")] = leaves(t, record.Value)
	}
	for _, topic := range []string{audiences[0].Topic, audiences[1].Topic, o.Topics.Current} {
		there := len(o.Committed(t, topic)) // current has the latest of a transaction alone
		got := decoded[[]struct {
			ID     string          `json:"id"`
			Change json.RawMessage `json:"change"`
		}](t, receivers.Run(t, "python", "-I", program(t, "avro.py"), strings.Join(o.Pair.Brokers, ","), topic, strconv.Itoa(there), r.Confluent()))
		if there == 0 || len(got) != there {
			t.Errorf("%s has %d records, and %d are read", topic, there, len(got))
		}
		for _, one := range got {
			wantLeaves(t, topic+" "+one.ID, leaves(t, one.Change), published[one.ID])
		}
	}
}

// wantFullyCompatible asks a registry about a schema and about later ones.
func wantFullyCompatible(t *testing.T, r *testbed.Registry, name string) {
	t.Helper()
	w := registryWriter(t, r)
	subject := name + "-value"
	now, released := schemaText(t, name), schemaText(t, "testdata/released/"+name)
	id, err := w.Register(t.Context(), subject, released)
	if err != nil {
		t.Fatal(err)
	}
	setFull(t, r, subject)
	if _, err := w.Register(t.Context(), subject, now); err != nil {
		t.Fatal(err)
	}
	if again, err := w.Register(t.Context(), subject, released); err != nil || again != id {
		t.Errorf("the schema that was there has the id %d, and then %d: %v", id, again, err)
	}
	grown := []byte(strings.Replace(string(now), `"fields": [`, `"fields": [{"name": "added_later", "type": ["null", "double"], "default": null},`, 1))
	if _, err := w.Register(t.Context(), subject, grown); err != nil {
		t.Errorf("a field more that may be null: %v", err)
	}
	for what, broken := range map[string][2]string{
		"a field more without default": {`"fields": [`, `"fields": [{"name": "needed", "type": "double"},`},
		"another type":                 {`"name": "version",` + "\n      " + `"type": "long"`, `"name": "version", "type": "string"`},
	} {
		text := strings.Replace(string(now), broken[0], broken[1], 1)
		if text == string(now) {
			t.Fatalf("%s: %s is not in the schema", what, broken[0])
		}
		if _, err := w.Register(t.Context(), subject, []byte(text)); !errors.Is(err, registry.ErrSchemaRefused) {
			t.Errorf("%s: %v", what, err)
		}
	}
}

func schemaText(t *testing.T, name string) []byte {
	t.Helper()
	text, err := os.ReadFile("../../stream/schema/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// setFull has a registry hold a subject to full compatibility.
func setFull(t *testing.T, r *testbed.Registry, subject string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPut, r.Confluent()+"/config/"+subject, bytes.NewReader([]byte(`{"compatibility":"FULL"}`)))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		t.Fatal(response.Status)
	}
}

// leaves are the fields of a change that are not null, by their flat names.
func leaves(t *testing.T, text []byte) map[string]any {
	t.Helper()
	all := map[string]any{}
	var walk func(prefix string, object map[string]any)
	walk = func(prefix string, object map[string]any) {
		for name, value := range object {
			if inner, is := value.(map[string]any); is {
				walk(prefix+name+"_", inner)
			} else if value != nil {
				all[prefix+name] = value
			}
		}
	}
	var top map[string]any
	if err := json.Unmarshal(text, &top); err != nil {
		t.Fatal(err)
	}
	walk("", top)
	return all
}

// wantLeaves compares what is read of Avro with the JSON of the same change.
func wantLeaves(t *testing.T, name string, got, want map[string]any) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s has %d fields, want %d", name, len(got), len(want))
	}
	for f := range change.Fields() {
		w, g := want[f.FlatName()], got[f.FlatName()]
		text, _ := w.(string)
		switch {
		case w == nil:
		case f.Type == change.Time:
			at, err := time.Parse(time.RFC3339Nano, text)
			if err != nil {
				t.Fatal(err)
			}
			w = float64(at.UnixMicro())
		case f.Type == change.Money: // of dollars: with two more zeros
			w = text + "00"
		}
		if fmt.Sprint(w) != fmt.Sprint(g) {
			t.Errorf("%s: %s is %v, want %v", name, f.Path, g, w)
		}
	}
}
