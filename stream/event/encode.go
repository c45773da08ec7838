package event

import (
	"strconv"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/clv/money"
)

// Append appends an event in the wire's JSON, with its amounts as decimal
// strings in the given currency, which is the business's; of a refund in its own. A
// decoder reads it back as the same event; an order whose currency is another, as what it
// comes to in the business's.
func Append(dst []byte, e *history.Event, currency money.Currency) []byte {
	dst = append(dst, '{')
	dst = appendText(dst, fieldType, e.Kind.String())
	dst = appendText(dst, fieldEventID, e.ID)
	dst = appendText(dst, fieldCustomerID, e.CustomerID)
	dst = append(appendName(dst, fieldOccurredAt), '"')
	dst = time.UnixMicro(e.AtMicros).UTC().AppendFormat(dst, time.RFC3339Nano)
	dst = append(dst, '"', ',')
	if e.UpdatedMicros != 0 {
		dst = append(appendName(dst, fieldUpdatedAt), '"')
		dst = time.UnixMicro(e.UpdatedMicros).UTC().AppendFormat(dst, time.RFC3339Nano)
		dst = append(dst, '"', ',')
	}
	if e.Versioned {
		dst = append(strconv.AppendInt(appendName(dst, fieldVersion), e.Version, 10), ',')
	}
	dst = appendSpecifics(dst, e, currency)
	dst[len(dst)-1] = '}'
	return dst
}

// appendSpecifics appends what the event's kind has beyond the common fields.
func appendSpecifics(dst []byte, e *history.Event, currency money.Currency) []byte {
	switch e.Kind {
	case history.OrderPlaced:
		dst = appendText(dst, fieldOrderID, e.OrderID)
		dst = appendAmount(dst, fieldAmount, e.AmountMinor, currency)
		if e.MarginKnown {
			dst = appendAmount(dst, fieldMargin, e.MarginMinor, currency)
		}
		dst = appendText(dst, fieldCurrency, currency.String())
		dst = appendChannel(dst, e.Channel)
	case history.OrderRefunded:
		dst = appendText(dst, fieldOrderID, e.OrderID)
		dst = appendText(dst, fieldRefundID, e.RefundID)
		minor, currency := e.AmountMinor, currency
		if e.Own != (history.Own{}) { // it counts against its order in that
			minor, currency = e.Own.Minor, e.Own.Currency
		}
		dst = appendAmount(dst, fieldAmount, minor, currency)
		dst = appendText(dst, fieldCurrency, currency.String())
	case history.RefundReverted:
		dst = appendText(dst, fieldOrderID, e.OrderID)
		dst = appendText(dst, fieldRefundID, e.RefundID)
	case history.OrderCancelled:
		dst = appendText(dst, fieldOrderID, e.OrderID)
	case history.ChurnPredicted:
		dst = append(strconv.AppendFloat(appendName(dst, fieldProbability), e.Probability, 'g', -1, 64), ',')
	case history.CustomerAcquired:
		dst = appendAmount(dst, fieldCost, e.AmountMinor, currency)
		dst = appendText(dst, fieldCurrency, currency.String())
		dst = appendChannel(dst, e.Channel)
	}
	return dst
}

func appendName(dst []byte, f field) []byte {
	return append(append(append(dst, '"'), fieldNames[f]...), '"', ':')
}

func appendText(dst []byte, f field, text string) []byte {
	dst, _ = jsontext.AppendQuote(appendName(dst, f), text) // events hold valid UTF-8
	return append(dst, ',')
}

func appendChannel(dst []byte, channel string) []byte {
	if channel == "" {
		return dst
	}
	return appendText(dst, fieldChannel, channel)
}

func appendAmount(dst []byte, f field, minor int64, currency money.Currency) []byte {
	dst = money.AppendMinor(append(appendName(dst, f), '"'), minor, currency.Exponent())
	return append(dst, '"', ',')
}
