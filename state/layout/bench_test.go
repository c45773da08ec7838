package layout

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/clvstream/clvstream/clv"
	"github.com/clvstream/clvstream/clv/statistics"
)

// lifeOf is a customer with an order a month.
func lifeOf(b *testing.B, orders int) *clv.Customer {
	v := newValuation(b)
	var c clv.Customer
	for i := range orders {
		e := orderOf("customer-1234", i)
		e.AtMicros = (day0 + int64(30*i)) * microsPerDay
		if _, refused := apply(&c, &e, v); refused != nil {
			b.Fatal(refused)
		}
	}
	return &c
}

func BenchmarkAppendCustomer(b *testing.B) {
	for _, orders := range []int{1, 12, 100} {
		b.Run(fmt.Sprint(orders, " orders"), func(b *testing.B) {
			c := lifeOf(b, orders)
			dst := AppendCustomer(nil, c)
			b.ReportMetric(float64(len(dst)), "bytes")
			b.ReportAllocs()
			for b.Loop() {
				dst = AppendCustomer(dst[:0], c)
			}
		})
	}
}

func BenchmarkDecodeCustomer(b *testing.B) {
	for _, orders := range []int{1, 12, 100} {
		b.Run(fmt.Sprint(orders, " orders"), func(b *testing.B) {
			stored := string(AppendCustomer(nil, lifeOf(b, orders)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := DecodeCustomer(stored); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// benchmarkItems are a hundred changes of one life, as of a commit.
func benchmarkItems(b *testing.B) []Item {
	var items []Item
	for rnd := rand.New(rand.NewPCG(7, 8)); len(items) < 100; {
		for _, item := range drawnItems(b, rnd) {
			if item.Change != nil {
				items = append(items, item)
			}
		}
	}
	return items[:100]
}

func BenchmarkAppendEntry(b *testing.B) {
	items := benchmarkItems(b)
	dst := AppendEntry(nil, source(0), items)
	b.ReportMetric(float64(len(dst)), "bytes")
	b.ReportAllocs()
	for b.Loop() {
		dst = AppendEntry(dst[:0], source(0), items)
	}
}

func BenchmarkDecodeEntry(b *testing.B) {
	stored := string(AppendEntry(nil, source(0), benchmarkItems(b)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := DecodeEntry(stored); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkDecodeEntryAgain is BenchmarkDecodeEntry into memory that is used again.
func BenchmarkDecodeEntryAgain(b *testing.B) {
	stored := string(AppendEntry(nil, source(0), benchmarkItems(b)))
	var memory EntryMemory
	b.ReportAllocs()
	for b.Loop() {
		if _, err := memory.Decode(stored); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkDecodePlaces(b *testing.B) {
	places := statistics.Places{12, 345, 67_890, 1, 0, -2, 34_567, 89}
	stored := string(AppendPlaces(nil, statistics.CellMonth, &places, ""))
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := DecodePlaces(stored, statistics.CellMonth); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkDecodeCustomerIntoMemory decodes as a transaction does, a hundred customers in
// turn.
func BenchmarkDecodeCustomerIntoMemory(b *testing.B) {
	for _, orders := range []int{1, 12, 100} {
		b.Run(fmt.Sprint(orders, " orders"), func(b *testing.B) {
			stored := string(AppendCustomer(nil, lifeOf(b, orders)))
			var memory Memory
			var c clv.Customer
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				if i%100 == 0 {
					memory.Reset()
				}
				if err := memory.Decode(&c, stored); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
