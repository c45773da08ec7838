package event

import (
	"strconv"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/clv/money"
)

// Append appends an event in the wire's JSON, without a customer where it has none, with its amounts as decimal
// strings in the given currency, which is the business's; of a refund in its own. A
// decoder reads it back as the same event; an order whose currency is another, as what it
// comes to in the business's.
func Append(dst []byte, e *history.Event, currency money.Currency) []byte {
	dst = append(dst, '{')
	dst = appendText(dst, FieldType, e.Kind.String())
	dst = appendText(dst, FieldEventID, e.ID)
	if e.CustomerID != "" {
		dst = appendText(dst, FieldCustomerID, e.CustomerID)
	}
	dst = append(appendName(dst, FieldOccurredAt), '"')
	dst = time.UnixMicro(e.AtMicros).UTC().AppendFormat(dst, time.RFC3339Nano)
	dst = append(dst, '"', ',')
	if e.UpdatedMicros != 0 {
		dst = append(appendName(dst, FieldUpdatedAt), '"')
		dst = time.UnixMicro(e.UpdatedMicros).UTC().AppendFormat(dst, time.RFC3339Nano)
		dst = append(dst, '"', ',')
	}
	if e.Versioned {
		dst = append(strconv.AppendInt(appendName(dst, FieldVersion), e.Version, 10), ',')
	}
	dst = appendSpecifics(dst, e, currency)
	dst[len(dst)-1] = '}'
	return dst
}

// appendSpecifics appends what the event's kind has beyond the common fields.
func appendSpecifics(dst []byte, e *history.Event, currency money.Currency) []byte {
	switch e.Kind {
	case history.OrderPlaced:
		dst = appendText(dst, FieldOrderID, e.OrderID)
		dst = appendAmount(dst, FieldAmount, e.AmountMinor, currency)
		if e.MarginKnown {
			dst = appendAmount(dst, FieldMargin, e.MarginMinor, currency)
		}
		dst = appendText(dst, FieldCurrency, currency.String())
		dst = appendChannel(dst, e.Channel)
	case history.OrderRefunded:
		dst = appendText(dst, FieldOrderID, e.OrderID)
		dst = appendText(dst, FieldRefundID, e.RefundID)
		minor, currency := e.AmountMinor, currency
		if e.Own != (history.Own{}) { // it counts against its order in that
			minor, currency = e.Own.Minor, e.Own.Currency
		}
		dst = appendAmount(dst, FieldAmount, minor, currency)
		dst = appendText(dst, FieldCurrency, currency.String())
	case history.RefundReverted:
		dst = appendText(dst, FieldOrderID, e.OrderID)
		dst = appendText(dst, FieldRefundID, e.RefundID)
	case history.OrderCancelled:
		dst = appendText(dst, FieldOrderID, e.OrderID)
	case history.ChurnPredicted:
		dst = append(strconv.AppendFloat(appendName(dst, FieldProbability), e.Probability, 'g', -1, 64), ',')
	case history.CustomerAcquired:
		dst = appendAmount(dst, FieldCost, e.AmountMinor, currency)
		dst = appendText(dst, FieldCurrency, currency.String())
		dst = appendChannel(dst, e.Channel)
	}
	return dst
}

func appendName(dst []byte, f Field) []byte {
	return append(append(append(dst, '"'), fieldNames[f]...), '"', ':')
}

func appendText(dst []byte, f Field, text string) []byte {
	dst, _ = jsontext.AppendQuote(appendName(dst, f), text) // events hold valid UTF-8
	return append(dst, ',')
}

func appendChannel(dst []byte, channel string) []byte {
	if channel == "" {
		return dst
	}
	return appendText(dst, FieldChannel, channel)
}

func appendAmount(dst []byte, f Field, minor int64, currency money.Currency) []byte {
	dst = money.AppendMinor(append(appendName(dst, f), '"'), minor, currency.Exponent())
	return append(dst, '"', ',')
}
