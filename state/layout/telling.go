package layout

import (
	"encoding/binary"
	"math"

	"github.com/clvstream/clvstream/clv/calendar"
	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/clv/money"
)

const tellingDated = 1

// toldOtherwise says whether there is more to store of tellings than the time and the event
// of one without version and updated_at.
func toldOtherwise(t *history.Tellings) bool {
	return t.Dated || t.Newest.Version != 0 || t.Newest.Micros != t.AtMicros || t.FirstMicros != t.AtMicros || t.FirstDay != t.Day
}

// appendTellings appends flags byte (dated 1); varints since the time and the day: told µs,
// first µs, first day; version uvarint (plus 1, 0: none).
func appendTellings(dst []byte, t *history.Tellings) []byte {
	dst = append(dst, flag(t.Dated, tellingDated))
	dst = binary.AppendVarint(dst, t.Newest.Micros-t.AtMicros)
	dst = binary.AppendVarint(dst, t.FirstMicros-t.AtMicros)
	dst = binary.AppendVarint(dst, int64(t.FirstDay)-int64(t.Day))
	return binary.AppendUvarint(dst, t.Newest.Version)
}

// tellings are those of an order or a refund that is there.
func (r *reader) tellings(t *history.Tellings, there bool) {
	t.Dated = r.flags(tellingDated) != 0
	t.Newest.Micros = t.AtMicros + r.varint()
	t.FirstMicros = t.AtMicros + r.varint()
	first := int64(t.Day) + r.varint()
	t.FirstDay, t.Newest.Version = calendar.Day(first), r.uvarint()
	if !there || int64(t.FirstDay) != first || !toldOtherwise(t) {
		r.fail(errForeign)
	}
}

// appendTaking appends what is stored of a cancel or a revert: told µs varint, version
// uvarint.
func appendTaking(dst []byte, t *history.Telling) []byte {
	return binary.AppendUvarint(binary.AppendVarint(dst, t.Micros), t.Version)
}

func (r *reader) taking() history.Telling {
	return history.Telling{Micros: r.varint(), Version: r.uvarint()}
}

const currencyBytes = 3

// appendOwn appends, of an amount in a currency of its own, the currency's code and uvarint
// minor.
func appendOwn(dst []byte, own *history.Own) []byte {
	if own == nil {
		return dst
	}
	return binary.AppendUvarint(append(dst, own.Currency.String()...), uint64(own.Minor))
}

func (r *reader) own(foreign bool) *history.Own {
	if !foreign {
		return nil
	}
	if len(r.rest) < currencyBytes {
		r.fail(errTruncated)
		return nil
	}
	code := r.rest[:currencyBytes]
	r.rest = r.rest[currencyBytes:]
	currency, err := money.ParseCurrency(code)
	if err != nil {
		r.fail(errForeign)
	}
	return &history.Own{Currency: currency, Minor: r.minor()}
}

// minor is an amount that is not negative.
func (r *reader) minor() int64 {
	v := r.uvarint()
	if v > math.MaxInt64 {
		r.fail(errForeign)
		return 0
	}
	return int64(v)
}

// appendEventID appends the id of an event of an order. Most are made of the order's id or
// are random; so it is either 0 and 16 bytes, of a UUID in lower case that is not the order's
// id, or a uvarint of 1 and more, how many bytes the two have in common from the beginning,
// plus 1, and a string: the rest of it.
func appendEventID(dst []byte, id, orderID string) []byte {
	common := 0
	for common < min(len(id), len(orderID)) && id[common] == orderID[common] {
		common++
	}
	if common < len(id) && isUUID(id) {
		return appendUUID(append(dst, 0), id)
	}
	return appendString(binary.AppendUvarint(dst, uint64(common)+1), id[common:])
}

// eventID reads what appendEventID has written; so many more may follow.
func (r *reader) eventID(orderID string, more int) string {
	header := r.uvarint()
	if header == 0 {
		id := r.uuid(more)
		if id == orderID[:min(len(id), len(orderID))] {
			r.fail(errForeign) // there is a shorter way
		}
		return id
	}
	rest := r.string()
	common := header - 1
	if common > uint64(len(orderID)) || rest != "" && common < uint64(len(orderID)) && rest[0] == orderID[common] {
		r.fail(errForeign)
		return ""
	}
	switch {
	case rest == "":
		return orderID[:common]
	case common == 0:
		return r.notUUID(rest)
	}
	return r.notUUID(r.put(orderID[:common], rest, "", more))
}

func (r *reader) notUUID(id string) string {
	if isUUID(id) {
		r.fail(errForeign)
	}
	return id
}
