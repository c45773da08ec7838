package dataset

import (
	"errors"
	"slices"
	"strconv"

	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/clv/money"
	"github.com/clvstream/clvstream/internal/dataset/amounts"
)

// item is so many of a thing, and their money.
type item struct {
	name            string
	quantity, value amounts.Decimal
}

// keptOrders is how many orders of a customer a cancellation looks back at.
const keptOrders = 32

// openOrder is an order and what of it has not gone back.
type openOrder struct {
	id       string
	left     amounts.Decimal
	currency money.Currency
	items    []item
}

// openOrders are the latest orders by customer, latest last.
type openOrders map[string][]openOrder

// matching makes refunds of cancellations that fit an earlier order. Rows come in the order
// of time.
type matching struct {
	opts  Options
	stats *Stats
	open  openOrders
}

func matched(opts Options, stats *Stats, rows rowSeq) rowSeq {
	return func(yield func(Row, error) bool) {
		m := &matching{opts, stats, openOrders{}}
		for row, err := range rows {
			switch {
			case err != nil || !row.credit:
				if err == nil {
					m.see(&row)
				}
				if !yield(row, err) {
					return
				}
			default:
				for _, one := range m.refunds(&row) {
					if !yield(one.row, one.err) {
						return
					}
				}
			}
		}
	}
}

// see remembers orders, and what the file itself gives back of them.
func (m *matching) see(row *Row) {
	e := &row.Event
	switch e.Kind {
	case history.OrderPlaced:
		m.open.add(e.CustomerID, openOrder{e.OrderID, row.exact, row.Currency, row.items})
	case history.OrderRefunded:
		m.open.reduce(e.CustomerID, e.OrderID, row.exact)
	case history.OrderCancelled:
		m.open[e.CustomerID] = slices.DeleteFunc(m.open[e.CustomerID], func(o openOrder) bool { return o.id == e.OrderID })
	}
}

func (o openOrders) add(customer string, order openOrder) {
	kept := o[customer]
	if len(kept) == keptOrders {
		kept = slices.Delete(kept, 0, 1)
	}
	o[customer] = append(kept, order)
}

func (o openOrders) reduce(customer, orderID string, value amounts.Decimal) {
	for i := range o[customer] {
		order := &o[customer][i]
		if order.id != orderID {
			continue
		}
		order.left = order.left.Minus(value)
	}
}

// refund is one that came of a cancellation, or what became of it otherwise.
type refund struct {
	row Row
	err error
}

// refunds finds the orders that a cancellation gives back, item by item.
func (m *matching) refunds(row *Row) []refund {
	items := row.items
	if len(items) == 0 {
		items = []item{{value: row.exact}}
	}
	var orders []string
	values := map[string]amounts.Decimal{}
	rows := map[string]int{}
	var lost amounts.Decimal
	var errs []error
	lostRows := 0
	each := max(row.rows/len(items), 1)
	for _, it := range items {
		id, found := m.open.latest(row, it)
		var err error
		if !found {
			lostRows += each
			lost, err = lost.Plus(it.value)
		} else {
			if !slices.Contains(orders, id) {
				orders = append(orders, id)
			}
			rows[id] += each
			values[id], err = values[id].Plus(it.value)
		}
		errs = append(errs, err)
	}
	at := place{row.Line, max(row.column, 1)}
	if errors.Join(errs...) != nil {
		return []refund{{err: at.refuse(tooMuch, "the cancellation's sum is too long")}}
	}
	var all []refund
	for i, id := range orders {
		all = append(all, m.refund(row, id, i, values[id], rows[id]))
	}
	if lostRows > 0 {
		refused := at.refuse(fitsNone, "none of the customer's last %d orders before it holds as much", keptOrders)
		refused.Rows = lostRows
		if minor, err := row.minor(lost, amounts.RoundHalfEven); err == nil {
			refused.Minor, refused.Currency = minor, row.Currency
		}
		all = append(all, refund{err: refused})
	}
	return all
}

// refund is the part of a cancellation that is of one order.
func (m *matching) refund(credit *Row, orderID string, nth int, value amounts.Decimal, rows int) refund {
	row := *credit
	row.items, row.rows, row.exact, row.credit = nil, rows, value.Negated(), false
	minor, err := row.minor(row.exact, m.opts.Rounding)
	if err == nil && minor < 0 {
		err = place{row.Line, max(row.column, 1)}.refuse(negative, "the cancellation takes more than it gives back")
	}
	if err != nil {
		return refund{err: err}
	}
	e := &row.Event
	e.Kind, e.RefundID, e.OrderID, e.AmountMinor = history.OrderRefunded, e.OrderID, orderID, minor
	e.Channel, e.MarginMinor, e.MarginKnown = "", 0, false
	if nth > 0 {
		e.ID += "-" + strconv.Itoa(nth+1)
	}
	m.stats.Notes = count(m.stats.Notes, &RowError{Line: row.Line, Rows: rows, Trouble: matchedBest, Refusal: history.Refusal{Reason: matchedBest.reason}, Minor: -minor, Currency: row.Currency})
	return refund{row: row}
}

// latest takes what comes back from the latest order that holds it.
func (o openOrders) latest(credit *Row, back item) (orderID string, ok bool) {
	kept := o[credit.Event.CustomerID]
	quantity, value := back.quantity.Negated(), back.value.Negated()
	for i := range slices.Backward(kept) {
		order := &kept[i]
		if order.currency != credit.Currency || order.left.Less(value) {
			continue
		}
		if back.name != "" {
			at := slices.IndexFunc(order.items, func(it item) bool { return it.name == back.name && !it.quantity.Less(quantity) })
			if at < 0 {
				continue
			}
			order.items[at].quantity = order.items[at].quantity.Minus(quantity)
		}
		order.left = order.left.Minus(value)
		return order.id, true
	}
	return "", false
}
