package dataset

import (
	"errors"
	"iter"
	"time"

	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/clv/money"
)

// rowSeq are rows, and errors between them about rows that are none.
type rowSeq = iter.Seq2[Row, error]

// sums makes orders of their rows, which stand together: what the file has a row per item
// of is one order with their sum. Rows of other kinds pass.
type sums struct {
	opts  Options
	stats *Stats
	order Row   // the order of which rows come
	open  bool  // there is one
	queue []Row // what came in between of the same order, such as its refunds
	yield func(Row, error) bool
	ended bool
}

func summed(opts Options, stats *Stats, rows rowSeq) rowSeq {
	return func(yield func(Row, error) bool) {
		s := &sums{opts: opts, stats: stats, yield: yield}
		for row, err := range rows {
			s.take(&row, err)
			if s.ended {
				return
			}
		}
		s.flush()
	}
}

func (s *sums) give(row Row, err error) {
	if !s.ended {
		s.ended = !s.yield(row, err)
	}
}

func (s *sums) take(row *Row, err error) {
	switch {
	case err != nil:
		s.give(Row{}, err)
		return
	case !row.ofOrder:
		if s.open && row.Event.OrderID == s.order.Event.OrderID {
			s.queue = append(s.queue, *row)
			return
		}
		s.flush()
		s.give(*row, nil)
		return
	case !s.open || s.order.Event.OrderID != row.Event.OrderID || s.order.Event.CustomerID != row.Event.CustomerID || s.opts.Repeated == RepeatedLatest:
		if s.open && s.order.Event.OrderID == row.Event.OrderID && s.order.Event.CustomerID != row.Event.CustomerID {
			s.note(manyCustomers, row.Line)
		}
		s.flush()
		s.order, s.open = *row, true
		return
	}
	s.add(row)
}

func (s *sums) note(trouble Trouble, line int) {
	s.stats.Notes = count(s.stats.Notes, &RowError{Line: line, Trouble: trouble, Refusal: history.Refusal{Reason: trouble.reason}})
}

const dayMicros = int64(24 * time.Hour / time.Microsecond)

// add takes one more row of the order.
func (s *sums) add(row *Row) {
	order := &s.order
	order.rows += row.rows
	order.back = order.back && row.back
	if apart := row.Event.AtMicros - order.Event.AtMicros; !order.apart && !row.torn && !order.torn && (apart > dayMicros || apart < -dayMicros) {
		order.apart = true
		s.note(manyDays, row.Line)
	}
	if order.torn || row.torn {
		order.torn = true
		order.lost += row.lost
		return
	}
	order.Event.AtMicros = min(order.Event.AtMicros, row.Event.AtMicros)
	order.items = append(order.items, row.items...)
	at := place{row.Line, max(row.column, 1)}
	if row.Currency != order.Currency {
		s.tear(at.refuse(twoMoneys, "the row is in %s, the one before in %s", row.Currency, order.Currency))
		return
	}
	if s.opts.Repeated == RepeatedTotal {
		if row.exact.Less(order.exact) || order.exact.Less(row.exact) {
			s.tear(at.refuse(twoTotals, "the row says %s, the one before %s", row.exact, order.exact))
		}
		return
	}
	var err, err2 error
	order.exact, err = order.exact.Plus(row.exact)
	order.margin, err2 = order.margin.Plus(row.margin)
	order.Event.MarginKnown = order.Event.MarginKnown && row.Event.MarginKnown
	if err = errors.Join(err, err2); err != nil {
		s.tear(at.refuse(tooMuch, "the order's sum is %v", err))
	}
}

// tear gives up an order for one of its rows.
func (s *sums) tear(refused *RowError) {
	s.order.torn = true
	s.order.lost++
	s.give(Row{}, refused)
}

// flush hands on the order, and what came in between.
func (s *sums) flush() {
	if s.open {
		s.open = false
		if err := s.finish(&s.order); err != nil {
			s.give(Row{}, err)
		} else if s.order.rows > s.order.lost {
			s.give(s.order, nil)
		}
	}
	for _, row := range s.queue {
		s.give(row, nil)
	}
	s.queue = s.queue[:0]
}

// finish makes the order's sum its amount: of an order of the customer's or of money back. An
// error says why it is no event.
func (s *sums) finish(order *Row) error {
	at := place{order.Line, max(order.column, 1)}
	if order.torn {
		left := order.rows - order.lost
		if left == 0 {
			return nil
		}
		refused := at.refuse(torn, "")
		refused.Rows = left
		return refused
	}
	minor, err := order.minor(order.exact, s.opts.Rounding)
	if err == nil && order.Event.MarginKnown {
		order.Event.MarginMinor, err = order.minor(order.margin, s.opts.Rounding)
	}
	order.Event.AmountMinor = minor
	var refused *RowError
	switch {
	case err != nil:
		refused = refusalOf(err)
	case order.Event.CustomerID == "":
		refused = place{order.Line, 1}.refuse(noCustomer, "the customer id is empty")
	case minor >= 0 && !order.back:
		return nil
	case s.opts.Cancellations == CancellationsRefund:
		order.credit = true
		return nil
	default:
		refused = at.refuse(namesNone, "a refund without an order")
	}
	refused.Rows = order.rows
	if refused.Trouble.Aside && order.Currency != (money.Currency{}) {
		refused.Minor, refused.Currency = minor, order.Currency
	}
	return refused
}
