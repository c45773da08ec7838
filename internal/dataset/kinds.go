package dataset

import (
	"strings"

	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/clv/money"
)

// kindWords are what exports call the kinds, beside their names on the wire.
var kindWords = map[string]history.Kind{
	"order": history.OrderPlaced, "purchase": history.OrderPlaced, "sale": history.OrderPlaced,
	"refund": history.OrderRefunded, "return": history.OrderRefunded,
	"cancellation": history.OrderCancelled, "cancelled": history.OrderCancelled, "canceled": history.OrderCancelled, "cancel": history.OrderCancelled,
}

func parseKind(f field) (history.Kind, error) {
	if k, ok := kindWords[string(f.text)]; ok {
		return k, nil
	}
	name := strings.ToLower(string(f.text))
	if k, ok := kindWords[name]; ok {
		return k, nil
	}
	k, ok := history.ParseKind(name)
	if !ok {
		return 0, f.refuse(badKind, "the kind %s is none of order, refund, cancellation, nor a type of the wire such as churn.confirmed", shown(f.text))
	}
	if k == history.ChurnPredicted {
		return 0, f.refuse(badKind, "the kind %s has a probability, which a CSV has no column for: use jsonl", shown(f.text))
	}
	return k, nil
}

// complete reads what the row's kind needs beyond customer and time.
func (p *csvParser) complete(row *Row, r csvRow) error {
	switch row.Event.Kind {
	case history.OrderPlaced:
		return p.order(row, r)
	case history.OrderRefunded:
		return p.refund(row, r)
	case history.OrderCancelled:
		return p.cancellation(row, r)
	case history.CustomerAcquired:
		return p.acquired(row, r)
	}
	row.Currency = money.Currency{}
	row.Event.OrderID = ""
	return nil
}

// order reads a row of an order: the whole, or an item of it.
func (p *csvParser) order(row *Row, r csvRow) (err error) {
	e := &row.Event
	if err := p.value(row, r); err != nil {
		return err
	}
	if row.exact.Sign() < 0 && p.opts.Cancellations == CancellationsNamed {
		row.exact = row.exact.Negated()
		return p.namedRefund(row, r)
	}
	if e.OrderID, err = p.orderID(row, r); err != nil {
		return err
	}
	if e.Channel, err = p.ids.channel(r.get(channelField)); err != nil {
		return err
	}
	if margin := r.get(marginField); len(margin.text) > 0 {
		n, err := p.number(margin, "margin")
		if err != nil {
			return err
		}
		row.margin, e.MarginKnown = n.Decimal, true
	}
	row.ofOrder = true
	return nil
}

// orderID of an order without one is the made-up event id.
func (p *csvParser) orderID(row *Row, r csvRow) (string, error) {
	f := r.get(orderField)
	if len(f.text) == 0 && !p.has(eventField) {
		return row.Event.ID, nil
	}
	return p.orderIDOr(row, f)
}

// refund takes the amount with either sign: some exports write money back as
// negative even where the kind says so.
func (p *csvParser) refund(row *Row, r csvRow) (err error) {
	if err := p.value(row, r); err != nil {
		return err
	}
	if row.exact.Sign() < 0 {
		row.exact = row.exact.Negated()
	}
	if len(r.get(orderField).text) > 0 {
		return p.namedRefund(row, r)
	}
	row.exact = row.exact.Negated()
	row.Event.OrderID, err = p.orderID(row, r)
	row.Event.Kind, row.back, row.ofOrder = history.OrderPlaced, true, true
	return err
}

// namedRefund is a refund whose order id is that of the order.
func (p *csvParser) namedRefund(row *Row, r csvRow) (err error) {
	e, order := &row.Event, r.get(orderField)
	e.Kind = history.OrderRefunded
	if e.CustomerID == "" {
		return r.get(customerField).checkID("customer id")
	}
	if len(order.text) == 0 {
		return order.refuse(noOrder, "a refund needs the order id of the order that it refunds")
	}
	if e.OrderID, err = p.orderIDOr(row, order); err != nil {
		return err
	}
	if e.AmountMinor, err = row.minor(row.exact, p.opts.Rounding); err != nil {
		return err
	}
	e.RefundID, err = p.idOr(r.get(refundField), "refund id", row.Line)
	return err
}

// cancellation needs no amount. A negative one makes it money back, whose order
// id is its own number unless CancellationsNamed says otherwise.
func (p *csvParser) cancellation(row *Row, r csvRow) (err error) {
	e := &row.Event
	if p.hasAmounts() && len(r.get(amountField).text)+len(r.get(priceField).text) > 0 && p.opts.Cancellations != CancellationsNamed {
		if err := p.value(row, r); err != nil {
			return err
		}
		if row.exact.Sign() < 0 || row.back {
			e.Kind, row.ofOrder = history.OrderPlaced, true
			e.OrderID, err = p.orderID(row, r)
			return err
		}
	}
	row.Currency = money.Currency{}
	order := r.get(orderField)
	if len(order.text) == 0 {
		return order.refuse(noOrder, "a cancellation needs the order id of the order that it cancels")
	}
	e.OrderID, err = p.orderIDOr(row, order)
	return err
}

// acquired takes the amount as what it cost to win the customer.
func (p *csvParser) acquired(row *Row, r csvRow) (err error) {
	e := &row.Event
	e.OrderID = ""
	if err := p.value(row, r); err != nil {
		return err
	}
	if row.exact.Sign() < 0 {
		return r.get(amountField).refuse(negative, "the cost of winning a customer is negative")
	}
	if e.AmountMinor, err = row.minor(row.exact, p.opts.Rounding); err != nil {
		return err
	}
	e.Channel, err = p.ids.channel(r.get(channelField))
	return err
}
