package layout

import (
	"bytes"
	"encoding/hex"
	"reflect"
	"strings"
	"testing"

	"github.com/clvstream/clvstream/clv/calendar"
	"github.com/clvstream/clvstream/clv/history"
)

// A customer as the version before stored it: an order sealed with a refund that counted
// and a late one, one that was edited on its next day and cancelled, one that was refunded
// twice under one id.
func TestReadsACustomerOfTheVersionBefore(t *testing.T) {
	const zero, one = "0000000000000000", "000000000000f03f"
	text := strings.Join([]string{
		"05", "07", "01", zero, // schema, flags, version, announced
		"04", "01", zero, zero, zero, zero, zero, zero, "00", // the last value
		"01", "00", "00", "00", "00", "00", "00", "00", "00", "00", "00", "00", "00", "00", "00", "00", "00", // standing, told, due, cut, entries
		"06",                                // latest
		"04", "01", "0900000000000000", one, // churn
		"08", "0a00000000000000", "e807", "02" + "7476", // acquired
		"02", "02", "28", "2a", "0a", "0c", "c801", "64", "28", "14", // sealed: 100, of it 50 margin; 20 and 10 late
		"02", "0100000000000080", "0800000000000080", "00", // hashes, months
		"03",                          // ledger
		"02", "01" + "73", "28", "02", // sealed before
		"01" + "72", "02", "28", "04", "02", "01", "01" + "74", "04", "2a", "06", "02", "00",
		"05", "01" + "70", "2a", "1c", "0200000000000000", "28", "06", "07", "2c", "00",
		"01", "01" + "71", "2c", "1e", "0300000000000000", "2c", "14", "0a",
		"02", "01" + "72", "20", "2c", "04", "02", "00", "01" + "72", "22", "2c", "06", "02", "00",
		"01", "04" + "02776562", // the first order: an extension
	}, "")
	stored, err := hex.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	c, err := DecodeCustomer(string(stored))
	if err != nil {
		t.Fatal(err)
	}
	h := &c.History
	telling := func(micros int64) history.Telling { return history.Telling{Micros: micros} }
	refund := func(id string, at int64, day, amount int, counted bool) history.Refund {
		return history.Refund{ID: id, Known: true, Counted: counted, AmountMinor: int64(amount), Tellings: history.Tellings{
			Newest: telling(at), AtMicros: at, FirstMicros: at, Day: calendar.Day(day), FirstDay: calendar.Day(day),
		}}
	}
	left := history.Worth{AmountMinor: 100 - 20, MarginMinor: 50 - 10}
	want := []history.Order{
		{ID: "s", Tellings: history.Tellings{Day: 20}, SealedBefore: true, Worth: left, Refunds: []history.Refund{refund("r", 1, 20, 2, true), refund("t", 2, 21, 3, false)}},
		{ID: "p", Placed: true, Worth: history.Worth{AmountMinor: 3, MarginMinor: -4}, Cancelled: true, CancelDay: 22, Cancel: telling(noon(22)), Tellings: history.Tellings{
			Newest: telling(14), Dated: true, AtMicros: 14, Day: 21, FirstMicros: noon(20), FirstDay: 20, // the day of the edit, until it is told again
		}},
		{ID: "q", Placed: true, Worth: history.Worth{AmountMinor: 10, MarginMinor: 5}, Refunds: []history.Refund{refund("r", 17, 22, 3, false)}, Tellings: history.Tellings{
			Newest: telling(15), AtMicros: 15, Day: 22, FirstMicros: 15, FirstDay: 22,
		}},
	}
	if !reflect.DeepEqual(h.Orders, want) {
		t.Errorf("orders are read as\n%+v, want\n%+v", h.Orders, want)
	}
	if !reflect.DeepEqual(h.Sealed.OrderHashes, []uint64{1, 8}) || !reflect.DeepEqual(h.SealedWorth, []history.Worth{left, {}}) {
		t.Errorf("sealed orders are read as %x %+v", h.Sealed.OrderHashes, h.SealedWorth)
	}
	if h.Churn.EventID != "" || h.Churn.Probability != 1 || h.Acquisition.CostMinor != 500 || h.First.Channel != "web" {
		t.Errorf("read as %+v, %+v, %+v", h.Churn, h.Acquisition, h.First)
	}
	again := AppendCustomer(nil, c)
	if back, err := DecodeCustomer(string(again)); err != nil || whole(back) != whole(c) {
		t.Errorf("stored again, it is read as %v, %v", back, err)
	}
}

// Ids of events are stored by what they have in common with the order's, or as a UUID, and
// each in one way only.
func TestEventIDs(t *testing.T) {
	const uuid, other = "00112233-4455-6677-8899-aabbccddeeff", "00112233-4455-6677-8899-aabbccddee00"
	for _, c := range []struct {
		id, orderID string
		bytes       int
	}{
		{"o-7", "o-7", 2}, {"o-7-placed", "o-7", 9}, {"o-8", "o-7", 3}, {"evt-1", "o-7", 7}, {"o", "o-7", 2}, {"", "o-7", 2},
		{uuid, "o-7", 17}, {uuid, uuid, 2}, {other, uuid, 17}, {uuid + "-1", uuid, 4}, {strings.ToUpper(uuid), "o-7", 38}, {uuid[:35], uuid, 2},
	} {
		stored := appendEventID(nil, c.id, c.orderID)
		r := &reader{rest: string(stored)}
		if got := r.eventID(c.orderID); got != c.id || r.end("id") != nil || len(stored) != c.bytes {
			t.Errorf("%q of %q: %d bytes, read as %q, %v", c.id, c.orderID, len(stored), got, r.err)
		}
	}
	for _, c := range []struct{ stored, orderID string }{
		{"\x01\x03o-8", "o-7"},                       // it has more in common
		{"\x05\x00", "o-7"},                          // more than there is
		{"\x01\x24" + uuid, "o-7"},                   // a UUID that is not packed
		{"\x24\x01f", uuid[:35] + "e"},               // the same, in two parts
		{string(appendEventID(nil, uuid, "")), uuid}, // packed, though it is the order's
	} {
		r := &reader{rest: c.stored}
		r.eventID(c.orderID)
		wantError(t, c.stored, r.end("id"), ErrDamaged)
	}
	// Ids that are put together stay what they are while others are.
	r := &reader{rest: string(bytes.Repeat(appendEventID(nil, "order-1b", "order-1a"), 200))}
	for range 200 {
		if got := r.eventID("order-1a"); got != "order-1b" {
			t.Fatalf("read as %q", got)
		}
	}
}
