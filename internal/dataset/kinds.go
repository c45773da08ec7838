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
		return 0, f.refuse(history.UnknownType, "the kind %s is none of order, refund, cancellation, nor a type of the wire such as churn.confirmed", shown(f.text))
	}
	if k == history.ChurnPredicted {
		return 0, f.refuse(history.UnknownType, "the kind %s has a probability, which a CSV has no column for: use jsonl", shown(f.text))
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
	return nil
}

func (p *csvParser) order(row *Row, r csvRow) (err error) {
	e := &row.Event
	if p.has(amountField) {
		if e.AmountMinor, err = p.amount(r.get(amountField), row.Currency); err != nil {
			return err
		}
		if e.AmountMinor < 0 {
			return p.credit(row, r)
		}
	}
	if e.OrderID, err = p.orderID(row, r); err != nil {
		return err
	}
	if e.Channel, err = p.ids.channel(r.get(channelField)); err != nil {
		return err
	}
	if margin := r.get(marginField); len(margin.text) > 0 {
		if e.MarginMinor, err = p.amount(margin, row.Currency); err != nil {
			return err
		}
		e.MarginKnown = true
	}
	p.open.add(e.CustomerID, openOrder{e.OrderID, e.AmountMinor, row.Currency})
	return nil
}

// orderID of an order without one is the made-up event id.
func (p *csvParser) orderID(row *Row, r csvRow) (string, error) {
	f := r.get(orderField)
	if len(f.text) == 0 && !p.has(eventField) {
		return row.Event.ID, nil
	}
	return p.idOr(f, "order id", row.Line)
}

// refund takes the amount with either sign: some exports write money back as
// negative even where the kind says so.
func (p *csvParser) refund(row *Row, r csvRow) (err error) {
	e, amount := &row.Event, r.get(amountField)
	if e.AmountMinor, err = p.amount(amount, row.Currency); err != nil {
		return err
	}
	order := r.get(orderField)
	if len(order.text) == 0 {
		if e.AmountMinor > 0 {
			e.AmountMinor = -e.AmountMinor
		}
		return p.credit(row, r)
	}
	if e.AmountMinor < 0 {
		e.AmountMinor = -e.AmountMinor
	}
	if e.AmountMinor < 0 {
		return amount.refuse(history.BadAmount, "the amount is beyond 64 bits")
	}
	if e.OrderID, err = p.idOr(order, "order id", row.Line); err != nil {
		return err
	}
	p.open.reduce(e.CustomerID, e.OrderID, e.AmountMinor)
	e.RefundID, err = p.idOr(r.get(refundField), "refund id", row.Line)
	return err
}

// cancellation needs no amount. A negative one makes it money back, whose order
// id is its own number unless CreditsNamed says otherwise.
func (p *csvParser) cancellation(row *Row, r csvRow) (err error) {
	e, amount := &row.Event, r.get(amountField)
	if len(amount.text) > 0 && p.credits != CreditsNamed {
		if e.AmountMinor, err = p.amount(amount, row.Currency); err != nil {
			return err
		}
		if e.AmountMinor < 0 {
			return p.credit(row, r)
		}
	}
	e.AmountMinor = 0
	row.Currency = money.Currency{}
	order := r.get(orderField)
	if len(order.text) == 0 {
		return order.refuse(history.MissingField, "a cancellation needs the order id of the order that it cancels")
	}
	e.OrderID, err = p.idOr(order, "order id", row.Line)
	p.open.reduce(e.CustomerID, e.OrderID, maxAmountMinor)
	return err
}

// acquired takes the amount as what it cost to win the customer.
func (p *csvParser) acquired(row *Row, r csvRow) (err error) {
	e, amount := &row.Event, r.get(amountField)
	if e.AmountMinor, err = p.amount(amount, row.Currency); err != nil {
		return err
	}
	if e.AmountMinor < 0 {
		return amount.refuse(history.BadAmount, "the cost of winning a customer is negative")
	}
	e.Channel, err = p.ids.channel(r.get(channelField))
	return err
}
