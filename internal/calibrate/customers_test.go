package calibrate

import (
	"context"
	"fmt"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"

	"github.com/clvstream/clvstream/clv/history"
)

func TestCustomersAreNumberedLikeAMap(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	c, want := newCustomers(), map[string]uint32{}
	for range 50_000 {
		id := fmt.Sprint(rng.IntN(9_000))
		if rng.IntN(100) == 0 {
			id = strings.Repeat(id, 60) // some longer than a byte counts
		}
		number, known := want[id]
		if !known {
			number = uint32(len(want))
			want[id] = number
		}
		if got := c.number(id); got != number {
			t.Fatalf("%s is %d, want %d", id, got, number)
		}
	}
	if c.count() != len(want) {
		t.Errorf("%d customers, want %d", c.count(), len(want))
	}
	if got := c.number(""); got != uint32(len(want)) || c.number("") != got {
		t.Errorf("the empty id is %d", got)
	}
}

func TestRepeatedOrdersAreSeenLikeBySet(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	o, want := newOrders(), map[string]bool{}
	for range 50_000 {
		customer, id := uint32(rng.IntN(50)), fmt.Sprint(rng.IntN(500))
		key := fmt.Sprint(customer, "/", id)
		if got := o.repeated(customer, &history.Event{OrderID: id}); got != want[key] {
			t.Fatalf("order %s of %d: repeated %v", id, customer, got)
		}
		want[key] = true
	}
}

// A customer takes less than 100 bytes while orders are read, their id included.
func TestCustomersAreSmall(t *testing.T) {
	const n = 200_000
	source := given(nil)
	source.Orders = false
	source.Each = each(n)
	before := heap()
	p := &Population{rules: rules(), window: Everything(), ids: newCustomers()}
	if err := p.readFirst(t.Context(), source); err != nil {
		t.Fatal(err)
	}
	perCustomer := float64(heap()-before) / n
	if p.ids.count() != n || perCustomer > 100 {
		t.Errorf("%d customers of %.0f bytes each", p.ids.count(), perCustomer)
	}
	runtime.KeepAlive(p)
}

func heap() int64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// each tells of three orders of each of n customers.
func each(n int) func(ctx context.Context, take func(*history.Event)) error {
	return func(_ context.Context, take func(*history.Event)) error {
		for i := range 3 * n {
			e := order(fmt.Sprintf("customer-%08d", i%n), 1000+i/n, "", 100)
			take(&e)
		}
		return nil
	}
}

func BenchmarkSummarise(b *testing.B) {
	source := given(nil)
	source.Orders = false
	source.Each = each(200_000)
	b.ReportAllocs()
	for b.Loop() {
		summarised(b, source, Everything())
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/600_000, "ns/order")
}
