package workload

import (
	"strconv"
	"time"
)

// order is one order to be written.
type order struct {
	number      int // of the event, from 0: its id and the order's
	customer    uint64
	at          time.Time
	amountMinor int64
	channel     string
}

var channels = [...]string{"web", "app", "store", "phone"}

// order draws the next order.
func (s *Stream) order() order {
	o := order{
		number: s.made, customer: (s.draw()*spread + 12_345) % s.customers, at: s.At(s.made),
		amountMinor: s.amountMinor(), channel: channels[s.random.IntN(len(channels))],
	}
	s.seen[o.customer]++
	s.largest = max(s.largest, s.seen[o.customer])
	return o
}

// key is a customer's id.
func (s *Stream) key(customer uint64) []byte {
	return appendNumber(append(make([]byte, 0, 16), s.o.Prefix+"c-"...), customer, 8)
}

const timeLayout = "2006-01-02T15:04:05.000Z"

// appendOrder appends an order as JSON, with its fields in the order in which Number and
// the peer look for them.
func (s *Stream) appendOrder(b []byte, o order) []byte {
	b = append(b, `{"type":"order.placed","event_id":"`+s.o.Prefix...)
	b = appendNumber(append(b, "e-"...), uint64(o.number), 12)
	b = append(b, `","order_id":"`...)
	b = s.appendOrderID(b, o.number)
	b = append(b, `","customer_id":"`...)
	b = append(b, s.key(o.customer)...)
	b = append(b, `","occurred_at":"`...)
	b = o.at.UTC().AppendFormat(b, timeLayout)
	b = append(b, `","amount":"`...)
	b = appendAmount(b, o.amountMinor)
	b = append(b, `","currency":"`+s.o.Currency...)
	b = append(b, `","channel":"`+o.channel...)
	return append(b, `"}`...)
}

func (s *Stream) appendOrderID(b []byte, number int) []byte {
	return appendNumber(append(b, s.o.Prefix+"o-"...), uint64(number), 12)
}

// appendNumber appends a number of at least so many digits.
func appendNumber(b []byte, n uint64, digits int) []byte {
	var text [20]byte
	decimal := strconv.AppendUint(text[:0], n, 10)
	for range digits - len(decimal) {
		b = append(b, '0')
	}
	return append(b, decimal...)
}

// appendAmount appends an amount of a currency with two decimals.
func appendAmount(b []byte, minor int64) []byte {
	b = append(strconv.AppendInt(b, minor/100, 10), '.')
	return appendNumber(b, uint64(minor%100), 2)
}
