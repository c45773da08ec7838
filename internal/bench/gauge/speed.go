package gauge

import (
	"encoding/json"
	"runtime"
	"sync"
	"time"
)

// probe is an order, as it is read to time the cores.
const probe = `{"type":"order.placed","event_id":"e-000000123456","order_id":"o-000000123456","customer_id":"c-00654321",` +
	`"occurred_at":"2026-01-02T03:04:05.678Z","amount":"123.45","currency":"EUR","channel":"store"}`

// CoreSpeed is how long a core takes to read an order with encoding/json, nanoseconds,
// while all cores do. A shared machine is faster now and slower then, and this depends on
// nothing that is measured. It takes a fifth of a second.
func CoreSpeed() float64 {
	const orders = 50_000
	began := time.Now()
	var cores sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		cores.Go(func() {
			for range orders {
				var read struct {
					EventID    string `json:"event_id"`
					CustomerID string `json:"customer_id"`
					OccurredAt string `json:"occurred_at"`
					Amount     string `json:"amount"`
				}
				_ = json.Unmarshal([]byte(probe), &read)
			}
		})
	}
	cores.Wait()
	return float64(time.Since(began).Nanoseconds()) / orders
}
