package layout

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/clvstream/clvstream/clv/calendar"
	"github.com/clvstream/clvstream/clv/history"
)

// placed are orders of one day each, by the ids of the orders and their events in turn.
func placed(ids ...string) (orders []history.Order) {
	for i := 0; i < len(ids); i += 2 {
		at := (day0+int64(len(orders)))*microsPerDay + 5_000_000
		orders = append(orders, history.Order{ID: ids[i], Placed: true, Worth: history.Worth{AmountMinor: 1000, MarginMinor: 350}, Tellings: history.Tellings{
			Newest: history.Telling{Micros: at, EventID: ids[i+1]}, AtMicros: at, FirstMicros: at, Day: day0 + calendar.Day(len(orders)), FirstDay: day0 + calendar.Day(len(orders)),
		}})
	}
	return orders
}

// An order that shops name as most do takes some bytes for its ids.
func TestIDsOfALedger(t *testing.T) {
	const uuid, other, third, fourth = "00112233-4455-6677-8899-aabbccddeeff", "f0112233-4455-6677-8899-aabbccddeef0", "e0112233-4455-6677-8899-aabbccddee00", "d0112233-4455-6677-8899-aabbccddee01"
	long := strings.Repeat("l", mostShared-1)
	for what, c := range map[string]struct {
		ids   []string
		bytes int // of the last order's ids
	}{
		"numbers of the shop":           {[]string{"o-000000000100", "e-000000000100", "o-000000000133", "e-000000000133"}, 1},
		"numbers without zeros":         {[]string{"o-98", "o-98-v1", "o-101", "o-101-v1"}, 1},
		"numbers that go down":          {[]string{"o-101", "o-101", "o-098", "o-098"}, 1},
		"numbers with fewer digits":     {[]string{"ord-101", "ord-101", "ord-98", "ord-98"}, 2 + 1 + 2},
		"numbers of 19 digits":          {[]string{"9999999999999999998", "e", "9999999999999999999", "f"}, 1 + 2},
		"events with their own numbers": {[]string{"o-7", "evt-0099", "o-8", "evt-0107"}, 1 + 1},
		"the same id":                   {[]string{"a-1", "a-1", "a-2", "a-2"}, 1},
		"random":                        {[]string{uuid, other, third, fourth}, 32},
		"random, and a version":         {[]string{uuid, uuid + "-1", third, third + "-1"}, 16},
		"upper case":                    {[]string{strings.ToUpper(uuid), "", strings.ToUpper(third), ""}, 37 + 1},
		"letters":                       {[]string{"order:abc", "event:abc", "order:xyz", "event:xyz"}, 1 + 1 + 4},
		"nothing in common":             {[]string{"a", "b", "c", "d"}, 4},
		"none":                          {[]string{"", "", "", ""}, 1},
		"as long as may be shared":      {[]string{long, long, long + "1", long + "1-v1"}, 4 + 6},
		"too long to be shared":         {[]string{long + "12", long + "12", long + "13", long + "13"}, 2 + mostShared + 1},
	} {
		orders := placed(c.ids...)
		stored := appendLedger(nil, orders, 0)
		r, h := &reader{rest: string(stored)}, history.History{}
		if readLedger(r, &h, 0); r.end("ledger") != nil || !reflect.DeepEqual(h.Orders, orders) {
			t.Errorf("%s: stored as %x, read as %+v, %v", what, stored, h.Orders, r.err)
		}
		const head, instant, amount, margin = 1, 3, 2, 1
		if got := len(stored) - len(appendLedger(nil, orders[:1], 0)) - head - instant - amount - margin; got != c.bytes {
			t.Errorf("%s: the ids take %d bytes, want %d", what, got, c.bytes)
		}
	}
}

// Each ledger is stored in one way: no other byte in its place is read as the same.
func TestALedgerIsStoredInOneWay(t *testing.T) {
	for _, orders := range [][]history.Order{
		placed("o-000000000100", "e-000000000100", "o-000000000133", "e-000000000133", "o-x", "e-y"),
		placed("ord-7", "evt-0099", "ord-8", "evt-0107", "ord-10", "evt-0109"),
		placed("00112233-4455-6677-8899-aabbccddeeff", "", "e0112233-4455-6677-8899-aabbccddee00", "e0112233-4455-6677-8899-aabbccddee00-1", "a", "a"),
	} {
		stored := appendLedger(nil, orders, 0)
		for at := range stored {
			for b := range 256 {
				other := []byte(string(stored))
				other[at] = byte(b)
				r, h := &reader{rest: string(other)}, history.History{}
				readLedger(r, &h, 0)
				if r.end("ledger") != nil {
					continue
				}
				if again := appendLedger(nil, h.Orders, 0); string(again) != string(other) {
					t.Errorf("%x is read, and stored again as %x", other, again)
				}
			}
		}
	}
}

// Days are those of the business's time zone, or any others.
func TestDaysOfALedger(t *testing.T) {
	for days, bytes := range map[int]int{0: 0, 1: 0, -1: 0, 2: 1, -40: 1, 100: 2} {
		orders := placed("o", "o")
		orders[0].Day += calendar.Day(days)
		orders[0].FirstDay = orders[0].Day
		plain, stored := appendLedger(nil, placed("o", "o"), 0), appendLedger(nil, orders, 0)
		r, h := &reader{rest: string(stored)}, history.History{}
		if readLedger(r, &h, 0); r.end("ledger") != nil || !reflect.DeepEqual(h.Orders, orders) {
			t.Errorf("%d days off: stored as %x, read as %+v, %v", days, stored, h.Orders, r.err)
		}
		if len(stored)-len(plain) != bytes {
			t.Errorf("%d days off take %d bytes, want %d", days, len(stored)-len(plain), bytes)
		}
	}
}

// The margin of each order is read as it was, whatever that of the one before.
func TestMargins(t *testing.T) {
	const most, least = 1<<63 - 1, -1 << 63
	amounts := []int64{0, 1, 3, 999, 1000, 1<<31 - 1, 1 << 31, most, -5, least}
	margins := []int64{0, 350, -1, 1<<31 - 1, -1<<31 + 1, most, least}
	for _, amount := range amounts {
		for _, margin := range margins {
			var stored []byte
			var written, read share
			for _, next := range amounts {
				stored = appendMoney(appendMoney(stored, amount, margin, &written), next, margin/3, &written)
			}
			r := &reader{rest: string(stored)}
			for _, next := range amounts {
				a, m := r.money(&read)
				a2, m2 := r.money(&read)
				if got, want := fmt.Sprint(a, m, a2, m2), fmt.Sprint(amount, margin, next, margin/3); got != want {
					t.Fatalf("%s is read as %s", want, got)
				}
			}
		}
	}
	var s share
	s.take(10_000, 3500)
	if stored := appendMoney(nil, 4900, 1715, &s); len(stored) != 3 {
		t.Errorf("a margin by the share of the order before takes %d bytes", len(stored)-2)
	}
}

// What is put into each order's event is not so long that a few bytes make much of
// themselves.
func TestLongMiddlesAreNotShared(t *testing.T) {
	long := strings.Repeat("l", 10*mostShared)
	orders := placed("o-1", long+"o-1", "o-2", long+"o-2")
	if stored := appendLedger(nil, orders, 0); len(stored) < 2*len(long) {
		t.Errorf("an id of %d bytes is made of one that is too long: %d bytes in all", len(long), len(stored))
	}
}
