package layout

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

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
	if rnd.IntN(3) == 0 {
		c.Refreshed, _ = c.RefreshedAt(c.Value.AsOfMicros+rnd.Int64N(700)*microsPerDay, v)
		c.Refreshed.ByOther = c.Refreshed.Known && rnd.IntN(4) == 0
	}
	return &c
}

// whole is all that a customer holds, except what is derived in memory.
func whole(c *clv.Customer) string {
	h := c.History
	return fmt.Sprintf("%+v", []any{h.Orders, h.Sealed, h.SealedMonths, h.SealedWorth, h.RefundHashes, h.Churn, h.Acquisition, h.First, h.Waiting, h.LatestMicros, c.Value, c.Refreshed, c.Version, c.AnnouncedMinor, c.Standing, c.Settled, c.Announced, c.DueMicros, c.Cut, c.Entries, c.Extensions, c.Erasure})
}

func TestCustomerRoundTrip(t *testing.T) {
	seed := rand.Uint64()
	rnd := rand.New(rand.NewPCG(seed, 0))
	v := newValuation(t)
	early, parts, contracts, refreshed := 0, 0, 0, 0
	for range 500 {
		v.Rules.LatenessDays = []calendar.Day{5, 90}[rnd.IntN(2)]
		v.Rules.LedgerLimit = []int{16, 1024}[rnd.IntN(2)]
		v.Rules.Contract = []history.Period{{}, {Months: 1}, {Days: 7}}[rnd.IntN(3)]
		v.Rules.Calendar = calendarOf(t, []string{"UTC", "America/New_York", "Asia/Tokyo", "Pacific/Kiritimati"}[rnd.IntN(4)])
		v.Awake = []standing.Awake{{}, watchful(t).Awake}[rnd.IntN(2)]
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
		if want.Refreshed.Known {
			refreshed++
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
	if early == 0 || parts == 0 || contracts == 0 || refreshed == 0 {
		t.Errorf("%d customers were sealed early, %d on a day in part, %d have a contract, %d are refreshed: the test does not cover it", early, parts, contracts, refreshed)
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
		v.Rules.Calendar = calendarOf(t, []string{"UTC", "America/New_York", "Asia/Tokyo"}[rnd.IntN(3)])
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
		Value:   estimate.Valued{AsOfMicros: 2, Status: history.Churned, CLVMinor: 1.5, AliveKnown: true, Digest: 0x0102030405060708, ModelVersion: "v1"},
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
	const oneAndAHalf, one = "000000000000f83f", "000000000000f03f"
	want := strings.Join([]string{
		"08", "1f1f", "ac02", // schema, flags, version
		"2d5ab405", "06", "01", "06", "08", "0a", "0c", "0e", // instants: forms, latest, as-of, stage and tier, those announced, when, due
		"02", "04", "00", oneAndAHalf, "0807060504030201", // the last value
		"d3", "02", "01", "01", "00", "00", // standing, settled
		"62", "01", "09", "0d", "01", "b009", "04", "02", // announced, held, cut, entries
		"04", "05" + "07", "02" + "6539", one, // churn
		"05" + "02", "03" + "653130", "e807", "02" + "7476", // acquired
		"01", "02", "06", "08", "05" + "04", "0c", "12", "14", "16", "07", "10", // sealed
		"02", "100000000000", "1f0000000000", "07", "02", "4a5059" + "ac02", "05", // its orders
		"01", "080000000000", // and its refunds
		"02", "a00a", "02", "07", "03", "06", "00", "f7ffffffffffffffff01", "05", // its months
		"16", // early
		"0e", // ledger
		"e0", "a3", "01" + "73", "28", "09", "10", "01", "01", "03", "01" + "72", "02", "28", "01" + "02" + "6531", "04",
		"f4", "14", "01" + "70", "03", "2a", "03", "0b", "4a5059" + "ac02", "2c", "0e", "06",
		"e8", "88", "03" + "702d31", "08", "00112233445566778899aabbccddeeff", "2c", "01", "06", "03", "03", "04", "00", "00",
		"01", "04", "01" + "75", "12", "2e", "2e", "12", "00",
		"02" + "7631", // model
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
		{"a flag without its part", append(change(1, byte(flagSealed)), make([]byte, 14)...), "differ"},
		{"more than a customer", append(bytes.Clone(whole), 0), "too many"},
		{"a number in two bytes too many", append([]byte{customerSchema, 0, 0, 0x80, 0}, whole[4:]...), "never written"},
		{"a number without end", append([]byte{customerSchema, 0, 0}, bytes.Repeat([]byte{0xff}, 30)...), ""},
		{"a ledger of more orders than bytes", change(len(whole)-2, 100), "too soon"},
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
	for _, former := range goldenOf(f, Number-1) {
		f.Add(former)
	}
	extended := drawn(rnd, newValuation(f))
	extended.Extensions = block(unknownTag, "one", unknownTag+1, "")
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
