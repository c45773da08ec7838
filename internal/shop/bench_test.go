package shop

import "testing"

// BenchmarkEvents is the cost of one event of a shop of 100,000 customers.
func BenchmarkEvents(b *testing.B) {
	c := Default()
	c.Customers = 100_000
	c.Start, c.End = start, start.AddDate(30, 0, 0)
	b.ReportAllocs()
	for n := 0; n < b.N; {
		seq, err := c.Events()
		if err != nil {
			b.Fatal(err)
		}
		for range seq {
			if n++; n == b.N {
				break
			}
		}
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "events/s")
}
