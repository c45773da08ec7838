package layout

import (
	"bytes"
	"math/rand/v2"
	"testing"

	"github.com/clvstream/clvstream/clv"
	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/internal/eventtest"
)

// Customers decoded into one memory share slices' memory with each other and with those of the
// transaction before. Each of them must go on as one who was decoded alone does, whatever
// becomes of the others meanwhile.
func TestCustomersInOneMemoryDoNotMeet(t *testing.T) {
	seed := rand.Uint64()
	rnd := rand.New(rand.NewPCG(seed, 0))
	v := newValuation(t)
	v.Rules.LatenessDays = 5
	var memory Memory
	for range 40 {
		memory.Reset()
		shared := make([]clv.Customer, 1+rnd.IntN(20))
		alone := make([]*clv.Customer, len(shared))
		for i := range shared {
			if rnd.IntN(5) == 0 {
				shared[i], alone[i] = memory.New(), new(clv.Customer)
				continue
			}
			stored := string(AppendCustomer(nil, drawn(rnd, v)))
			var err error
			if alone[i], err = DecodeCustomer(stored); err != nil {
				t.Fatalf("seed %d: %v", seed, err)
			}
			if err := memory.Decode(&shared[i], stored); err != nil {
				t.Fatalf("seed %d: %v", seed, err)
			}
		}
		for range 5 * len(shared) {
			i := rnd.IntN(len(shared))
			for _, e := range goOn(rnd, alone[i], v) {
				apply(&shared[i], &e, v)
				apply(alone[i], &e, v)
			}
		}
		for i := range shared {
			if got, want := AppendCustomer(nil, &shared[i]), AppendCustomer(nil, alone[i]); !bytes.Equal(got, want) {
				t.Fatalf("seed %d: customer %d of %d is\n%s, alone\n%s", seed, i, len(shared), whole(&shared[i]), whole(alone[i]))
			}
		}
	}
}

// goOn is what comes of a customer next: orders, refunds and cancels of these days.
func goOn(rnd *rand.Rand, c *clv.Customer, v *clv.Valuation) []history.Event {
	return eventtest.Life{
		CustomerID: "c", Events: 1 + rnd.IntN(8), Orders: 25,
		StartMicros: max(c.History.LatestMicros, day0*microsPerDay), SpanDays: 1 + rnd.IntN(12),
		LatenessDays: int(v.Rules.LatenessDays),
	}.Draw(rnd)
}

func TestMemoryRefusesWhatDecodeCustomerRefuses(t *testing.T) {
	var memory Memory
	var c clv.Customer
	for _, stored := range []string{"", "\x00", "\xff"} {
		_, want := DecodeCustomer(stored)
		if got := memory.Decode(&c, stored); got == nil || want == nil || got.Error() != want.Error() {
			t.Errorf("%q: %v, want %v", stored, got, want)
		}
	}
}
