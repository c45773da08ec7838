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
	if v.Rules.LedgerLimit < 100 && rnd.IntN(4) == 0 { // a busy day
		for i := range 5 * v.Rules.LedgerLimit {
			e := orderOf("c", i)
			e.AtMicros = c.History.LatestMicros + 1
			apply(&c, &e, v)
		}
	}
	return &c
}

// whole is all that a customer holds, except what is derived in memory.
func whole(c *clv.Customer) string {
	h := c.History
	return fmt.Sprintf("%+v", []any{h.Orders, h.Sealed, h.SealedMonths, h.SealedWorth, h.RefundHashes, h.Churn, h.Acquisition, h.First, h.Waiting, h.LatestMicros, c.Value, c.Version, c.AnnouncedMinor, c.Extensions})
}

func TestCustomerRoundTrip(t *testing.T) {
	seed := rand.Uint64()
	rnd := rand.New(rand.NewPCG(seed, 0))
	v := newValuation(t)
	early, parts, contracts := 0, 0, 0
	for range 500 {
		v.Rules.LatenessDays = []calendar.Day{5, 90}[rnd.IntN(2)]
		v.Rules.LedgerLimit = []int{16, 1024}[rnd.IntN(2)]
		v.Rules.Contract = []history.Period{{}, {Months: 1}, {Days: 7}}[rnd.IntN(3)]
		want := drawn(rnd, v)
		if want.History.Sealed.Early {
			early++
		}
		if want.History.Sealed.Part.UntilMicros != 0 {
			parts++
		}
		if want.History.Sealed.Contract.Days > 0 {
			contracts++
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
			// Whole extensions at the end may be missing: what is left is a customer with fewer.
			if c, err := DecodeCustomer(string(stored[:cut])); err == nil && !bytes.Equal(AppendCustomer(nil, c), stored[:cut]) {
				t.Fatalf("seed %d: %d of %d bytes are read as %+v", seed, cut, len(stored), c)
			}
		}
	}
	if early == 0 || parts == 0 || contracts == 0 {
		t.Errorf("%d customers were sealed early, %d on a day in part, %d have a contract: the test does not cover it", early, parts, contracts)
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
	yen := eventtest.Currency("JPY")
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
			Churn:        history.Churn{Kind: history.ChurnConfirmed, AtMicros: -1, EventID: "e9", Probability: 1},
			Acquisition:  history.Acquisition{Known: true, AtMicros: 4, EventID: "e10", CostMinor: 500, Channel: "tv"},
			Sealed: history.Sealed{
				Days: 1, Orders: 2, FirstDay: 3, LastDay: 4, LastOrderMicros: 5, FirstDayMinor: 6, AmountMinor: 7, MarginMinor: 8,
				LateRefundMinor: 9, LateRefundMarginMinor: 10, ExcessMinor: 11, Early: true, EarlyDay: 11, OrderHashes: []uint64{16, 25},
			},
			SealedWorth:  []history.Worth{{}, {AmountMinor: 7, MarginMinor: 8, Own: &history.Own{Currency: yen, Minor: 300}, BackMinor: 5}},
			RefundHashes: []uint64{8},
			SealedMonths: []history.MonthSum{{Month: 656, Orders: 2, AmountMinor: 7, MarginMinor: 5}, {Month: 659, AmountMinor: -9, MarginMinor: -3}},
			Orders: []history.Order{
				{ID: "s", Tellings: history.Tellings{Day: 20}, SealedBefore: true, Worth: history.Worth{AmountMinor: 9, MarginMinor: 8, BackMinor: 1}, Refunds: []history.Refund{{
					ID: "r", Known: true, Counted: true, AmountMinor: 2, Tellings: history.Tellings{AtMicros: 1, Day: 20, FirstMicros: 1, FirstDay: 20, Newest: history.Telling{Micros: 1, EventID: "e1"}},
				}}},
				{ID: "p", Tellings: history.Tellings{AtMicros: 1, Day: 21, FirstMicros: 1, FirstDay: 21, Newest: history.Telling{Micros: 1, EventID: "p"}}, Placed: true,
					Worth: history.Worth{AmountMinor: 3, MarginMinor: -4, Own: &history.Own{Currency: yen, Minor: 300}}, Cancelled: true, Cancel: history.Telling{Micros: 7, Version: 6}, CancelDay: 22},
				{ID: "p-1", Tellings: history.Tellings{
					AtMicros: 5, Day: 22, FirstMicros: 3, FirstDay: 20, Dated: true,
					Newest: history.Telling{Micros: 8, Version: 4, EventID: "00112233-4455-6677-8899-aabbccddeeff"},
				}, Placed: true, Refunds: []history.Refund{{ID: "u", Tellings: history.Tellings{AtMicros: 9, Day: 23}, Reverted: true, RevertDay: 23, Revert: history.Telling{Micros: 9}}}},
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
		"06", "1f", "ac02", oneAndAHalf, // schema, flags, version, announced
		"04", "02", zero, zero, oneAndAHalf, zero, zero, "0807060504030201", "02" + "7631", // the last value
		"03", "0a", "02", "0c", "01", "01", "01", "00", "00", "00", "00", "00", // standing, settled
		"02", "0e", "01", "00", "00", "06", "10", "09", // told
		"12", "0d", "01", "b009", "04", "02", // due, cut, entries
		"06",                           // latest
		"04", "01", "02" + "6539", one, // churn
		"08", "03" + "653130", "e807", "02" + "7476", // acquired
		"01", "02", "06", "08", "0a", "0c", "0e", "10", "12", "14", "16", // sealed
		"02", "100000000000", "1f0000000000", "0e", "10", "4a5059" + "ac02", "05", // its orders
		"01", "080000000000", // and its refunds
		"02", "a00a", "02", "0e", "0a", "06", "00", "11", "05", // its months
		"16", // early
		"03", // ledger
		"22", "01" + "73", "28", "12", "10", "01", "01", "03", "01" + "72", "02", "28", "01" + "02" + "6531", "04",
		"15", "01" + "70", "2a", "02", "02" + "00", "06", "07", "4a5059" + "ac02", "2c", "0e", "06", "00",
		"09", "03" + "702d31", "2c", "0a", "00" + "00112233445566778899aabbccddeeff", "01", "06", "03", "03", "04", "00", "00",
		"01", "04", "01" + "75", "12", "2e", "2e", "12", "00",
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
		{"a flag without its part", append(change(1, flagSealed), make([]byte, 14)...), "differ"},
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
		again := AppendCustomer(nil, c)
		if b[0] < customerSchema { // of a layout before: what was read of it is stored in this one
			if read, err := DecodeCustomer(string(again)); err != nil || whole(read) != whole(c) {
				t.Errorf("%x is read as\n%s\nstored as %x, and read again as\n%s, %v", b, whole(c), again, whole(read), err)
			}
			return
		}
		if !bytes.Equal(again, b) {
			t.Errorf("%x is read, and stored again as %x", b, again)
		}
	})
}
