package layout

import (
	"encoding/binary"

	"github.com/clvstream/clvstream/clv/history"
)

// Rerouted is an event of a record that named no customer, and whose customer is known now: what
// the repartition topic holds of it.
type Rerouted struct {
	CustomerID      string // the record's key
	Value           []byte // the event as JSON, with its customer
	TimestampMillis int64
	Origin          history.Place // where the record stands that told it
}

// appendRerouted appends customer id string, value string, timestamp varint ms, origin place.
func appendRerouted(dst []byte, d *Rerouted) []byte {
	dst = appendString(dst, d.CustomerID)
	dst = appendBytes(dst, d.Value)
	dst = binary.AppendVarint(dst, d.TimestampMillis)
	return appendPlace(dst, &d.Origin)
}

func readRerouted(r *reader) *Rerouted {
	return &Rerouted{CustomerID: r.string(), Value: r.bytes(), TimestampMillis: r.varint(), Origin: readPlace(r)}
}

// unlocatedSchema is the only layout of what waits in the index of orders.
const unlocatedSchema = 1

// AppendUnlocated appends the stored form of the events of a shard that name no customer, and
// whose orders have not come: schema byte, then as a customer's waiting events are stored.
func AppendUnlocated(dst []byte, waiting []history.Waiting) []byte {
	return appendWaiting(append(dst, unlocatedSchema), waiting)
}

// DecodeUnlocated is the inverse of AppendUnlocated, and as strict as DecodeCustomer.
func DecodeUnlocated(stored string) ([]history.Waiting, error) {
	r := &reader{rest: stored}
	r.schema(unlocatedSchema, unlocatedSchema)
	waiting := readWaiting(r)
	if err := r.end("events that wait for their orders"); err != nil {
		return nil, err
	}
	return waiting, nil
}
