package layout

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/clvstream/clvstream/clv"
	"github.com/clvstream/clvstream/clv/announce"
	"github.com/clvstream/clvstream/clv/calendar"
	"github.com/clvstream/clvstream/clv/estimate"
	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/clv/standing"
	"github.com/clvstream/clvstream/internal/eventtest"
)

// drawn is a customer after a random life, with everything that a history can
// hold: sealed days, waiting refunds, churn, acquisition.
func drawn(rnd *rand.Rand, v *clv.Valuation) *clv.Customer {
	events := eventtest.Life{
		CustomerID: "c", Events: 1 + rnd.IntN(120), Orders: 25, StartMicros: day0 * microsPerDay,
		SpanDays: 100 + rnd.IntN(1500), LatenessDays: int(v.Rules.LatenessDays),
	}.Draw(rnd)
	var c clv.Customer
	for _, e := range eventtest.Deliver(rnd, events, &v.Rules) {
		apply(&c, e, v)
	}
	return &c
}

// whole is all that a customer holds, except what is derived in memory.
func whole(c *clv.Customer) string {
	h := c.History
	return fmt.Sprintf("%+v", []any{h.Orders, h.Sealed, h.SealedMonths, h.Churn, h.Acquisition, h.First, h.LatestMicros, c.Value, c.Version, c.AnnouncedMinor, c.Extensions})
}

func TestCustomerRoundTrip(t *testing.T) {
	seed := rand.Uint64()
	rnd := rand.New(rand.NewPCG(seed, 0))
	v := newValuation(t)
	early := 0
	for range 500 {
		v.Rules.LatenessDays = []calendar.Day{5, 90}[rnd.IntN(2)]
		v.Rules.LedgerLimit = []int{16, 1024}[rnd.IntN(2)]
		want := drawn(rnd, v)
		if want.History.Sealed.Early {
			early++
		}
		stored := AppendCustomer([]byte("before"), want)[len("before"):]
		got, err := DecodeCustomer(string(stored))
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		if got, want := whole(got), whole(want); got != want {
			t.Fatalf("seed %d: read as\n%s, want\n%s", seed, got, want)
		}
		if again := AppendCustomer(nil, got); !bytes.Equal(again, stored) {
			t.Fatalf("seed %d: stored again as other bytes", seed)
		}
		for cut := range len(stored) {
			if c, err := DecodeCustomer(string(stored[:cut])); err == nil {
				t.Fatalf("seed %d: %d of %d bytes are read as %+v", seed, cut, len(stored), c)
			}
		}
	}
	if early == 0 {
		t.Error("no customer was sealed early: the test does not cover it")
	}
}

// Histories of the same events are the same bytes, whatever their order of
// arrival. (Version, announced value and standing tell what was said on the way,
// and when.)
func TestSameEventsAreStoredAsTheSameBytes(t *testing.T) {
	seed := rand.Uint64()
	for round := range 2000 {
		rnd := rand.New(rand.NewPCG(seed, uint64(round)))
		v := newValuation(t)
		v.Rules.LatenessDays = []calendar.Day{0, 2, 10, 90}[rnd.IntN(4)]
		location, err := time.LoadLocation([]string{"UTC", "America/New_York", "Asia/Tokyo"}[rnd.IntN(3)])
		if err != nil {
			t.Fatal(err)
		}
		v.Rules.Calendar = calendar.NewCalendar(location)
		events := eventtest.Life{
			CustomerID: "c", Events: 1 + rnd.IntN(30), Orders: 6, StartMicros: day0 * microsPerDay,
			SpanDays: 1 + 20*int(v.Rules.LatenessDays), LatenessDays: int(v.Rules.LatenessDays),
		}.Draw(rnd)
		var first []byte
		for range 3 {
			var c clv.Customer
			for _, e := range eventtest.Deliver(rnd, events, &v.Rules) {
				apply(&c, e, v)
			}
			c.Version, c.AnnouncedMinor = 0, 0
			c.Standing, c.Settled, c.Announced, c.Entries = standing.Standing{}, standing.Standing{}, announce.Announced{}, nil
			if stored := AppendCustomer(nil, &c); first == nil {
				first = stored
			} else if !bytes.Equal(first, stored) {
				t.Fatalf("seed %d, round %d: another order of arrival is stored as other bytes:\n%x\n%x", seed, round, first, stored)
			}
		}
	}
}

// sampleCustomer has something in every part that every version of the layout has.
func sampleCustomer() clv.Customer {
	return clv.Customer{
		Version: 300, AnnouncedMinor: 1.5,
		Standing:  standing.Standing{Stage: standing.StageDormant, StageMicros: 5, Tier: 2, TierMicros: 6, AliveLevel: 1, Worthwhile: true},
		Settled:   standing.Standing{Stage: standing.StageActive},
		Announced: announce.Announced{Standing: standing.Standing{Stage: standing.StageCooling, StageMicros: 7, Tier: 1, Approaching: true}, AtMicros: 8, Pending: announce.ReasonDormant, Rose: true},
		DueMicros: 9, Cut: 13,
		Entries: []standing.Entry{{Month: 600, Stage: standing.StageLost, Count: 2}},
		Value:   estimate.Valued{AsOfMicros: 2, Status: history.Churned, CLVMinor: 1.5, Digest: 0x0102030405060708, ModelVersion: "v1"},
		History: history.History{
			LatestMicros: 3,
			Churn:        history.Churn{Kind: history.ChurnConfirmed, AtMicros: -1, EventHash: 9, Probability: 1},
			Acquisition:  history.Acquisition{Known: true, AtMicros: 4, EventHash: 10, CostMinor: 500, Channel: "tv"},
			Sealed: history.Sealed{
				Days: 1, Orders: 2, FirstDay: 3, LastDay: 4, LastOrderMicros: 5, FirstDayMinor: 6, AmountMinor: 7, MarginMinor: 8,
				LateRefundMinor: 9, LateRefundMarginMinor: 10, Early: true, EarlyDay: 11, OrderHashes: []uint64{12},
			},
			SealedMonths: []history.MonthSum{{Month: 656, Orders: 2, AmountMinor: 7, MarginMinor: 5}, {Month: 659, AmountMinor: -9, MarginMinor: -3}},
			Orders: []history.Order{
				{ID: "s", Day: 20, SealedBefore: true, Refunds: []history.Refund{{ID: "r", AtMicros: 1, Day: 20, AmountMinor: 2, MarginMinor: 1, Counted: true}}},
				{ID: "p", Day: 21, Placed: true, AtMicros: 1, VersionHash: 2, FirstDay: 20, AmountMinor: 3, MarginMinor: -4, Cancelled: true, CancelDay: 22},
			},
		},
	}
}

// The bytes of a customer, written down once: what is stored today must be
// readable tomorrow, or have another schema.
func TestStoredBytesOfACustomer(t *testing.T) {
	c := sampleCustomer()
	const zero, oneAndAHalf, one = "0000000000000000", "000000000000f83f", "000000000000f03f"
	want := strings.Join([]string{
		"04", "1f", "ac02", oneAndAHalf, // schema, flags, version, announced
		"04", "02", zero, zero, oneAndAHalf, zero, zero, "0807060504030201", "02" + "7631", // the last value
		"03", "0a", "02", "0c", "01", "01", "01", "00", "00", "00", "00", "00", // standing, settled
		"02", "0e", "01", "00", "00", "06", "10", "09", // told
		"12", "0d", "01", "b009", "04", "02", // due, cut, entries
		"06",                                // latest
		"04", "01", "0900000000000000", one, // churn
		"08", "0a00000000000000", "e807", "02" + "7476", // acquired
		"01", "02", "06", "08", "0a", "0c", "0e", "10", "12", "14", "01", "0c00000000000000", // sealed
		"02", "a00a", "02", "0e", "0a", "06", "00", "11", "05", // its months
		"16", // early
		"02", // ledger
		"02", "01" + "73", "28", "01", "01" + "72", "02", "28", "04", "02", "01",
		"05", "01" + "70", "2a", "02", "0200000000000000", "28", "06", "07", "2c", "00",
	}, "")
	if got := hex.EncodeToString(AppendCustomer(nil, &c)); got != want {
		t.Errorf("stored as\n%s, want\n%s", got, want)
	}
	stored, err := hex.DecodeString(want)
	if err != nil {
		t.Fatal(err)
	}
	if read, err := DecodeCustomer(string(stored)); err != nil || fmt.Sprintf("%+v", *read) != fmt.Sprintf("%+v", c) {
		t.Errorf("read as %+v, %v", read, err)
	}
}

func TestDecodeCustomerRefuses(t *testing.T) {
	whole := AppendCustomer(nil, &clv.Customer{})
	change := func(at int, to byte) []byte {
		b := bytes.Clone(whole)
		b[at] = to
		return b
	}
	for _, c := range []struct {
		what  string
		bytes []byte
		want  string
	}{
		{"nothing", nil, "too soon"},
		{"no schema", change(0, 0), "never written"},
		{"a flag without its part", append(change(1, flagSealed), make([]byte, 12)...), "differ"},
		{"more than a customer", append(bytes.Clone(whole), 0), "too many"},
		{"a number in two bytes too many", append([]byte{customerSchema, 0, 0x80, 0}, whole[3:]...), "never written"},
		{"a number without end", bytes.Repeat([]byte{customerSchema, 0, 0xff}, 30), ""},
		{"a ledger of more orders than bytes", change(len(whole)-1, 100), "too soon"},
	} {
		got, err := DecodeCustomer(string(c.bytes))
		if err == nil {
			t.Errorf("%s is read as %+v", c.what, got)
		} else if !errors.Is(err, ErrDamaged) || !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(err.Error(), "decode customer: ") {
			t.Errorf("%s: got %v, want it to say %q", c.what, err, c.want)
		}
	}
}

func FuzzDecodeCustomer(f *testing.F) {
	rnd := rand.New(rand.NewPCG(1, 2))
	for range 20 {
		f.Add(AppendCustomer(nil, drawn(rnd, newValuation(f))))
	}
	extended := drawn(rnd, newValuation(f))
	extended.Extensions = block(unknownTag, "one", 7, "")
	f.Add(AppendCustomer(nil, extended))
	f.Fuzz(func(t *testing.T, b []byte) {
		c, err := DecodeCustomer(string(b))
		if err != nil {
			return
		}
		if again := AppendCustomer(nil, c); !bytes.Equal(again, b) {
			t.Errorf("%x is read, and stored again as %x", b, again)
		}
	})
}
