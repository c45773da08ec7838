package testbed

import (
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

// Patience is how long a test waits for what must come. It is no measure: it only
// ends a test that hangs.
const Patience = 30 * time.Second

// Await waits until something holds, for as long as Patience.
func Await(t testing.TB, what string, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(Patience); !holds(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("waited %s for %s", Patience, what)
		}
	}
}

// Produce writes records and waits until the brokers have them.
func Produce(t testing.TB, client *kgo.Client, records ...*kgo.Record) {
	t.Helper()
	if err := client.ProduceSync(t.Context(), records...).FirstErr(); err != nil {
		t.Fatalf("produce: %v", err)
	}
}
