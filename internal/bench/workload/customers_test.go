package workload_test

import (
	"testing"
	"time"

	"github.com/clvstream/clvstream/internal/bench/workload"
)

// Uniform has as many customers as it is asked for, also beyond its two million.
func TestUniformHasTheCustomersItIsAskedFor(t *testing.T) {
	for _, customers := range []int{7, 2_500_000} {
		s, err := workload.New(workload.Uniform, workload.Options{Events: customers + 3, Customers: customers, Currency: "USD", End: time.Now(), Span: time.Hour})
		if err != nil {
			t.Fatal(err)
		}
		for range customers + 3 {
			s.Next()
		}
		if got := s.Customers(); got != customers {
			t.Errorf("%d customers, want %d", got, customers)
		}
	}
}
