package workload

import "time"

// The shares of a hostile workload, in percent of its records. The rest are orders.
const (
	repeatedPercent = 5 // an earlier record once more
	latePercent     = 5 // an order of up to mostLate ago
	refundPercent   = 3 // half of them before their order
	brokenPercent   = 1
	churnPercent    = 1 // on the second topic

	// mostLate is the product's default limit (business.lateness_days), less an hour:
	// what is later is refused, which would be no work.
	mostLate = 90*24*time.Hour - time.Hour
	// remembered is how many of the latest records may be repeated or refunded.
	remembered = 10_000
)

// hostile makes what is not an order told once and in time.
type hostile struct {
	records []Record // the latest orders, overwritten in turn
	orders  []order  // of the same places
	pending []order  // orders whose refund came first
}

// next is an order, or something else in its place.
func (h *hostile) next(s *Stream, o order) Record {
	share := s.random.IntN(100)
	within := func(percent int) bool {
		share -= percent
		return share < 0
	}
	switch {
	case within(repeatedPercent) && len(h.records) > 0:
		return h.records[s.random.IntN(len(h.records))]
	case within(latePercent):
		o.at = o.at.Add(-time.Duration(s.random.Int64N(int64(mostLate))))
	case within(refundPercent) && len(h.orders) > 0:
		if s.random.IntN(2) == 0 {
			h.pending = append(h.pending, o)
			return s.refund(o)
		}
		refunded := h.orders[s.random.IntN(len(h.orders))]
		refunded.at = o.at
		return s.refund(refunded)
	case within(brokenPercent):
		whole := s.appendOrder(nil, o)
		return Record{Key: s.key(o.customer), Value: whole[:s.random.IntN(len(whole))]}
	case within(churnPercent):
		return s.churn(o)
	}
	// An order whose refund has come follows a hundred records later.
	if len(h.pending) > 0 && s.made-h.pending[0].number > 100 {
		o, h.pending = h.pending[0], h.pending[1:]
	}
	return h.remember(s, o)
}

func (h *hostile) remember(s *Stream, o order) Record {
	r := Record{Key: s.key(o.customer), Value: s.appendOrder(nil, o)}
	if len(h.records) < remembered {
		h.records, h.orders = append(h.records, r), append(h.orders, o)
	} else {
		h.records[s.made%remembered], h.orders[s.made%remembered] = r, o
	}
	return r
}

// refund is half of an order's money, sent back.
func (s *Stream) refund(o order) Record {
	b := append([]byte(nil), `{"type":"order.refunded","event_id":"`+s.o.Prefix...)
	b = appendNumber(append(b, "r-"...), uint64(s.made), 12)
	b = append(b, `","customer_id":"`...)
	b = append(b, s.key(o.customer)...)
	b = append(b, `","occurred_at":"`...)
	b = o.at.UTC().AppendFormat(b, timeLayout)
	b = append(b, `","order_id":"`...)
	b = s.appendOrderID(b, o.number)
	b = append(b, `","refund_id":"`...)
	b = appendNumber(append(b, "r-"...), uint64(s.made), 12)
	b = append(b, `","amount":"`...)
	b = appendAmount(b, o.amountMinor/2)
	b = append(b, `","currency":"`+s.o.Currency+`"}`...)
	return Record{Key: s.key(o.customer), Value: b}
}

// churn is another system's prediction.
func (s *Stream) churn(o order) Record {
	b := append([]byte(nil), `{"type":"churn.predicted","event_id":"`+s.o.Prefix...)
	b = appendNumber(append(b, "p-"...), uint64(s.made), 12)
	b = append(b, `","customer_id":"`...)
	b = append(b, s.key(o.customer)...)
	b = append(b, `","occurred_at":"`...)
	b = o.at.UTC().AppendFormat(b, timeLayout)
	b = append(b, `","probability":0.`...)
	b = append(appendNumber(b, uint64(1+s.random.IntN(98)), 2), '}')
	return Record{Topic: Churn, Key: s.key(o.customer), Value: b}
}
