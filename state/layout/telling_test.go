package layout

import (
	"bytes"
	"strings"
	"testing"
)

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
		if got := r.eventID(c.orderID, 0); got != c.id || r.end("id") != nil || len(stored) != c.bytes {
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
		r.eventID(c.orderID, 0)
		wantError(t, c.stored, r.end("id"), ErrDamaged)
	}
	// Ids that are put together stay what they are while others are.
	r := &reader{rest: string(bytes.Repeat(appendEventID(nil, "order-1b", "order-1a"), 200))}
	for range 200 {
		if got := r.eventID("order-1a", 200); got != "order-1b" {
			t.Fatalf("read as %q", got)
		}
	}
}
