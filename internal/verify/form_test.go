package verify_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/clvstream/clvstream/internal/testbed"
	"github.com/clvstream/clvstream/stream/change"
	"github.com/clvstream/clvstream/stream/cluster"
	"github.com/clvstream/clvstream/stream/due"
	"github.com/clvstream/clvstream/stream/registry"
)

// startRegistry keeps one schema, and gives it the id 7.
func startRegistry(t *testing.T) registry.Access {
	var schema string
	mux := http.NewServeMux()
	mux.HandleFunc("POST /subjects/{subject}/versions", func(w http.ResponseWriter, r *http.Request) {
		var given struct{ Schema string }
		if err := json.NewDecoder(r.Body).Decode(&given); err != nil || !strings.HasSuffix(r.PathValue("subject"), ".current-value") {
			t.Errorf("registered as %s: %v", r.PathValue("subject"), err)
		}
		schema = given.Schema
		_, _ = w.Write([]byte(`{"id":7}`))
	})
	mux.HandleFunc("GET /schemas/ids/7", func(w http.ResponseWriter, _ *http.Request) {
		_ = json.NewEncoder(w).Encode(map[string]string{"schema": schema})
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return registry.Access{URL: server.URL}
}

// Current values are compared with the changes in every form, those too that stand there in the
// form of before; one that says something else is found.
func TestCurrentValuesInEveryForm(t *testing.T) {
	for _, form := range []change.Form{change.JSON, change.Flat, change.Avro, change.FlatAvro} {
		t.Run(string(form), func(t *testing.T) {
			t.Parallel()
			s := newAwakeSystem(t, testbed.EmbeddedPair(t), due.Wall)
			stopConsumer, stopPublisher := s.consume(t), s.publish(t)
			s.send(t, lives(random(t), s, "json", 20)...)
			s.settle(t)
			stopPublisher()
			s.current, s.registry = form, startRegistry(t)
			stopPublisher = s.publish(t)
			s.send(t, lives(random(t), s, "later", 40)...)
			s.settle(t)
			stopConsumer()
			stopPublisher()
			if report := s.verify(t); !report.Verified || report.Customers+report.Erased != 60 {
				t.Fatal(report)
			}
			s.forgeCurrent(t)
			s.expect(t, faults{stale: 1}, "another value")
		})
	}
}

// forgeCurrent writes a customer's current value once more, with one byte of an amount or an id changed.
func (s *system) forgeCurrent(t *testing.T) {
	t.Helper()
	log := must[*cluster.Log](t)(cluster.OpenLog(t.Context(), s.kafka))
	defer log.Close()
	var last *kgo.Record
	err := log.ReadTo(t.Context(), must[map[cluster.Partition]int64](t)(log.Ends(t.Context(), s.topics.Current)), func(_ cluster.Partition, records []*kgo.Record) error {
		for _, record := range records {
			if strings.HasPrefix(string(record.Key), "later") {
				last = record
			}
		}
		return nil
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	value := []byte(strings.Replace(string(last.Value), "mbg", "mbh", 1)) // the model's version ends with it
	if string(value) == string(last.Value) {
		t.Fatalf("nothing to forge in %q", last.Value)
	}
	testbed.Produce(t, s.producer, &kgo.Record{Topic: s.topics.Current, Key: last.Key, Value: value})
}
