package webhook

import (
	"io"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/clvstream/clvstream/internal/testbed"
)

// One process delivers to a receiver that takes a millisecond for each change; Apache Kafka and
// the receiver are on the same machine.
//
//	go test -run='^$' -bench=Delivery -benchtime=30000x ./stream/webhook
func BenchmarkDelivery(b *testing.B) {
	var taken atomic.Int64
	r := &receiver{server: httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		_, _ = io.Copy(io.Discard, q.Body)
		time.Sleep(time.Millisecond)
		taken.Add(1)
	}))}
	defer r.server.Close()
	s := newSite(b, testbed.RealPair(b), r)
	s.webhook.InFlight = 32
	_, stop := s.start(b)
	b.ResetTimer()
	began := time.Now()
	value := sampleChange
	names := customers(2000)
	for i := range b.N {
		record := s.change(names[i%len(names)])
		record.Value = value
		s.writer.Produce(b.Context(), record, func(_ *kgo.Record, err error) {
			if err != nil {
				b.Error(err)
			}
		})
	}
	for taken.Load() < int64(b.N) {
		time.Sleep(time.Millisecond)
	}
	b.ReportMetric(float64(b.N)/time.Since(began).Seconds(), "changes/s")
	stop()
}

// sampleChange is a change of usual size.
var sampleChange = []byte(`{"customer_id":"00004","version":4,"reason":"purchase","as_of":"1997-12-12T00:00:00Z","cause":{"event_id":"CDNOW_sample-4","type":"order.placed","order_id":"CDNOW_sample-4","occurred_at":"1997-12-12T00:00:00Z"},"currency":"USD","clv":{"previous":"222.06","current":"301.50","delta":"79.44","historic":"100.50","predicted":"201.00"},"status":"active","p_alive":null,"expected_orders":8.0,"expected_spend":"25.13","next_order_days":null,"orders":4,"purchase_days":4,"revenue":"100.50","margin":"100.50","recency_days":345,"age_days":345,"average_order_value":"25.13","days_between_orders":115.0,"first_channel":null,"stage":{"previous":"active","current":"active","since":"1997-01-01T00:00:00Z","silence_days":0,"silence_quantile":0.0},"model":{"name":"simple","version":"lifespan_years=3"}}`)
