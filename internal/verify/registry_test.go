package verify_test

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/clvstream/clvstream/internal/testbed"
	"github.com/clvstream/clvstream/stream/due"
	"github.com/clvstream/clvstream/stream/mapping"
	"github.com/clvstream/clvstream/stream/registry"
)

const avroOrder = `{"type":"record","name":"Order","fields":[{"name":"order_id","type":"string"},{"name":"customer_id","type":"string"},
 {"name":"total","type":{"type":"bytes","logicalType":"decimal","precision":12,"scale":2}},{"name":"placed_at","type":{"type":"long","logicalType":"timestamp-millis"}}]}`

// avroValue is an order as Confluent's clients write it: a zero, the id of the schema, and the
// fields one after the other, with lengths and numbers in zigzag varints.
func avroValue(order, customer string, cents int16, millis int64) []byte {
	value := binary.BigEndian.AppendUint32([]byte{0}, 7)
	for _, text := range []string{order, customer, string(binary.BigEndian.AppendUint16(nil, uint16(cents)))} {
		value = append(binary.AppendVarint(value, int64(len(text))), text...)
	}
	return binary.AppendVarint(value, millis)
}

const avroMapping = `
records: {topics: ['*.orders']}
registry: {form: prefix4, number: id}
rules:
  - events:
      - type: order.placed
        fields: {event_id: {join: [order-, value.order_id]}, customer_id: value.customer_id, occurred_at: value.placed_at, order_id: value.order_id, amount: value.total}
`

// A consumer waits for a schema registry that does not answer, and then applies everything;
// verify reads the same values.
func TestValuesThroughARegistryWaitForIt(t *testing.T) {
	var up atomic.Bool
	var asked atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		w.Header().Set("Content-Type", "application/json")
		switch {
		case !up.Load():
			w.WriteHeader(http.StatusServiceUnavailable)
		case !strings.HasPrefix(r.URL.Path, "/schemas/ids/7"):
			w.WriteHeader(http.StatusNotFound)
			_, _ = w.Write([]byte(`{"error_code":40403,"message":"Schema not found"}`))
		default:
			_ = json.NewEncoder(w).Encode(map[string]string{"schema": avroOrder})
		}
	}))
	t.Cleanup(server.Close)
	s := newAwakeSystem(t, testbed.EmbeddedPair(t), due.Event)
	m := must[*mapping.Mapping](t)(mapping.Parse("avro.yaml", []byte(avroMapping)))
	s.mappings = []*mapping.Mapping{m}
	schemas := must[*registry.Schemas](t)(registry.NewSchemas(registry.Access{URL: server.URL}))
	if err := registry.Connect(s.mappings, schemas, 0); err != nil {
		t.Fatal(err)
	}
	stopConsumer, stopPublisher := s.consume(t), s.publish(t)
	for i := range 30 {
		value := avroValue(fmt.Sprintf("o%d", i), fmt.Sprintf("c%d", i%5), int16(100*i-100), 1_500_000_000_000+int64(i)*86_400_000)
		s.send(t, &kgo.Record{Topic: s.inputs[0], Key: []byte("one partition"), Value: value})
	}
	s.send(t, &kgo.Record{Topic: s.inputs[0], Value: binary.BigEndian.AppendUint32([]byte{0}, 8)})
	s.until(t, func() bool { return asked.Load() > 1 })
	up.Store(true)
	s.settle(t)
	stopConsumer()
	stopPublisher()
	report := s.verify(t)
	if !report.Verified || report.Events != 29 || report.DeadLetters != 2 { // one is negative, one of an unknown schema
		t.Fatal(report)
	}
}
