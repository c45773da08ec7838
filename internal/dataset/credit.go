package dataset

import (
	"math"
	"slices"

	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/clv/money"
)

const maxAmountMinor = math.MaxInt64

// credit makes a row with the negative amount in its event a refund, as far as
// the options allow.
func (p *csvParser) credit(row *Row, r csvRow) (err error) {
	e, amount := &row.Event, r.get(amountField)
	e.Kind = history.OrderRefunded
	e.AmountMinor = -e.AmountMinor
	if e.AmountMinor < 0 {
		return amount.refuse(history.BadAmount, "the amount is beyond 64 bits")
	}
	order := r.get(orderField)
	switch p.credits {
	case CreditsLatest:
		var found bool
		if e.OrderID, found = p.open.latest(e.CustomerID, e.AmountMinor, row.Currency); !found {
			return amount.refuse(history.BadAmount, "none of the customer's last %d orders before this row has as much left to refund", keptOrders)
		}
		e.RefundID, err = p.idOr(order, "order id", row.Line)
		return err
	case CreditsNamed:
		if len(order.text) == 0 {
			return order.refuse(history.MissingField, "a refund needs the order id of the order that it refunds")
		}
		if e.OrderID, err = p.idOr(order, "order id", row.Line); err != nil {
			return err
		}
		e.RefundID, err = p.idOr(r.get(refundField), "refund id", row.Line)
		return err
	}
	return amount.refuse(history.BadAmount, "a refund without an order: set credits to %s (refund the customer's latest order) or %s (the order id is that of the refunded order)",
		CreditsLatest, CreditsNamed)
}

// keptOrders is how many orders of a customer CreditsLatest looks back at. Of
// the Online Retail data's 3,654 credits, 3,261 fit the latest order, 3,431 one
// of the last eight, and 3,434 any at all.
const keptOrders = 8

// openOrder is an order and what of it has not gone back.
type openOrder struct {
	id        string
	leftMinor int64
	currency  money.Currency
}

// openOrders are the latest orders by customer, latest last. The nil map keeps
// nothing.
type openOrders map[string][]openOrder

func (o openOrders) add(customer string, order openOrder) {
	if o == nil {
		return
	}
	kept := o[customer]
	if len(kept) == keptOrders {
		kept = slices.Delete(kept, 0, 1)
	}
	o[customer] = append(kept, order)
}

// latest takes amountMinor from the latest order that has it.
func (o openOrders) latest(customer string, amountMinor int64, currency money.Currency) (orderID string, ok bool) {
	for _, order := range slices.Backward(o[customer]) {
		if order.leftMinor >= amountMinor && order.currency == currency {
			o.reduce(customer, order.id, amountMinor)
			return order.id, true
		}
	}
	return "", false
}

// reduce takes up to amountMinor from an order, if it is kept.
func (o openOrders) reduce(customer, orderID string, amountMinor int64) {
	kept := o[customer]
	for i := range kept {
		if kept[i].id == orderID {
			kept[i].leftMinor = max(kept[i].leftMinor-amountMinor, 0)
			return
		}
	}
}
