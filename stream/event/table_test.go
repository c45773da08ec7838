package event

import (
	"strings"

	"github.com/clvstream/clvstream/clv/history"
)

// wireCase is an event as bytes, and what the decoder says to it; 0 accepts.
// Where the event's schema says otherwise, schemaCannotSay names the reason why:
// these are the exceptions that docs/events.md lists.
type wireCase struct {
	name, value     string
	want            history.RefusalReason
	schemaCannotSay string
}

const accepted = history.RefusalReason(0)

// order is a good order.placed with members added at its end, where a name given
// again replaces the good value.
func order(members ...string) string {
	return eventOf("order.placed", append([]string{`"order_id":"o-1"`, `"amount":"29.33"`}, members...)...)
}

func eventOf(kind string, members ...string) string {
	all := append([]string{`"type":"` + kind + `"`, `"event_id":"e-1"`, `"customer_id":"c-1"`,
		`"occurred_at":"2026-03-14T09:26:53Z"`}, members...)
	last := map[string]int{}
	for i, member := range all {
		name, _, _ := strings.Cut(member, ":")
		last[name] = i
	}
	var kept []string
	for i, member := range all {
		if name, _, _ := strings.Cut(member, ":"); last[name] == i && !strings.HasSuffix(member, ":") {
			kept = append(kept, member)
		}
	}
	return "{" + strings.Join(kept, ",") + "}"
}

// without is a member to give to order or event: it leaves the name out.
func without(name string) string { return `"` + name + `":` }

const (
	bytesNotCharacters = "lengths are bytes, a schema counts characters"
	currencyNeeded     = "how many decimals, and whether a rate is known, depends on the currency"
	blanksOfUnicode    = "validators differ on which characters are blanks"
	limitsAreSettings  = "limits of amounts and times are settings"
	integersOfJSON     = "a schema takes 2933.0 and 1e3 for integers"
	syntaxNotValue     = "a schema sees the value, not how it was written"
)

var wireCases = []wireCase{
	{"order", order(), accepted, ""},
	{"order in minor units", order(`"amount":2933`), accepted, ""},
	{"order of zero", order(`"amount":"0.00"`), accepted, ""},
	{"order of zero minor units", order(`"amount":0`), accepted, ""},
	{"order with channel and margin", order(`"channel":"web"`, `"margin":"-1.50"`), accepted, ""},
	{"order with cost", order(`"cost":1000`), accepted, ""},
	{"order with version", order(`"version":0`), accepted, ""},
	{"order with the highest version", order(`"version":9223372036854775807`), accepted, ""},
	{"order with a version beyond it", order(`"version":9223372036854775808`), history.BadField, ""},
	{"order with a negative version", order(`"version":-1`), history.BadField, ""},
	{"order with version −0", order(`"version":-0`), history.BadField, integersOfJSON},
	{"order with a version of text", order(`"version":"7"`), history.BadField, ""},
	{"order with a version with a point", order(`"version":7.5`), history.BadField, ""},
	{"order with a version with an exponent", order(`"version":1e3`), history.BadField, integersOfJSON},
	{"order without version", order(`"version":null`, `"updated_at":null`), accepted, ""},
	{"order updated", order(`"updated_at":"2026-03-14T09:30:00+01:00"`), accepted, ""},
	{"order updated before it was placed", order(`"updated_at":"2026-03-13T09:30:00Z"`), accepted, ""},
	{"order updated without a zone", order(`"updated_at":"2026-03-14T09:30:00"`), history.BadTime, ""},
	{"order updated at a number", order(`"updated_at":1773480413`), history.BadField, ""},
	{"order updated in the far future", order(`"updated_at":"2026-03-16T09:26:53Z"`), history.FutureTime, limitsAreSettings},
	{"order updated before the oldest time", order(`"updated_at":"1999-03-14T09:26:53Z"`), history.BadTime, limitsAreSettings},
	{"cancel with version", eventOf("order.cancelled", `"order_id":"o"`, `"version":7`, `"updated_at":"2026-03-14T09:26:53Z"`), accepted, ""},
	{"revert", eventOf("refund.reverted", `"order_id":"o"`, `"refund_id":"r"`, `"version":7`), accepted, ""},
	{"revert of no refund", eventOf("refund.reverted", `"order_id":"o"`), history.MissingField, ""},
	{"prediction with any version", eventOf("churn.predicted", `"probability":0.5`, `"version":"x"`), accepted, ""},
	{"order in another currency", order(`"currency":"USD"`), accepted, ""},
	{"order without decimals", order(`"amount":"500"`, `"currency":"JPY"`), accepted, ""},
	{"order with zeros beyond the decimals", order(`"amount":"29.3300"`), accepted, ""},
	{"order with many zeros beyond the decimals", order(`"amount":"29.3300000000000000000000"`), accepted, ""}, // 25 characters
	{"order with zeros before its digits", order(`"amount":"0000000000000000000029.33"`), accepted, ""},
	{"order with a negative margin of 25 characters", order(`"margin":"-29.3300000000000000000000"`), accepted, ""},
	{"order with zeros beyond the decimals in JPY", order(`"amount":"500.00"`, `"currency":"JPY"`), accepted, ""},
	{"id with blanks around", order(`"order_id":" o "`), accepted, ""},
	{"order with optional fields null", order(`"channel":null`, `"currency":null`, `"margin":null`, `"cost":1`), accepted, ""},
	{"dotted type", eventOf("com.example.shop.order.placed", `"order_id":"o"`, `"amount":"1"`), accepted, ""},
	{"unknown fields", order(`"items":[{"sku":"a","n":1}]`, `"note":"x"`, `"gift":true`), accepted, ""},
	{"fields of another kind", eventOf("churn.confirmed", `"amount":-3.5`, `"probability":"?"`), accepted, ""},
	{"zone with offset", order(`"occurred_at":"2026-03-14T10:26:53.123456789+01:00"`), accepted, ""},
	{"id of 256 bytes", order(`"customer_id":"` + strings.Repeat("x", 256) + `"`), accepted, ""},
	{"id with escapes", order(`"customer_id":"caf\u00e9 \"1\" 😀"`), accepted, ""},
	{"white space around", " \r\n\t" + strings.ReplaceAll(order(), ",", " ,\n") + "\n", accepted, ""},
	{"refund", eventOf("order.refunded", `"order_id":"o"`, `"refund_id":"r"`, `"amount":"1.5"`), accepted, ""},
	{"cancel", eventOf("order.cancelled", `"order_id":"o"`), accepted, ""},
	{"churn", eventOf("churn.confirmed"), accepted, ""},
	{"churn reverted", eventOf("churn.reverted"), accepted, ""},
	{"prediction", eventOf("churn.predicted", `"probability":0.25`), accepted, ""},
	{"prediction of certainty", eventOf("churn.predicted", `"probability":1e0`), accepted, ""},
	{"acquisition", eventOf("customer.acquired", `"cost":"12.50"`, `"channel":"search"`), accepted, ""},

	{"empty", "", history.Undecodable, ""},
	{"binary", "\x00\x00\x00\x00\x07\x02e-1\x04", history.Undecodable, ""},
	{"not an object", `[` + order() + `]`, history.Undecodable, ""},
	{"a string", `"order.placed"`, history.Undecodable, ""},
	{"a JSON null", `null`, history.Undecodable, ""},
	{"cut off", order()[:60], history.Undecodable, ""},
	{"cut off in a name", `{"typ`, history.Undecodable, ""},
	{"two objects", order() + order(), history.Undecodable, ""},
	{"trailing comma", strings.Replace(order(), "}", ",}", 1), history.Undecodable, ""},
	{"single quotes", strings.ReplaceAll(order(), `"`, "'"), history.Undecodable, ""},
	{"NaN", order(`"amount":NaN`), history.Undecodable, ""},
	{"leading zero", order(`"amount":01`), history.Undecodable, ""},
	{"byte order mark", "\ufeff" + order(), history.Undecodable, ""},
	{"invalid UTF-8 in an id", order("\"customer_id\":\"c-\xff\""), history.Undecodable, syntaxNotValue},
	{"invalid UTF-8 in a field nobody reads", order("\"note\":\"\xc3\x28\""), history.Undecodable, syntaxNotValue},
	{"half a surrogate pair", order(`"customer_id":"\ud800"`), history.Undecodable, syntaxNotValue},
	{"control character", order("\"customer_id\":\"a\nb\""), history.Undecodable, ""},
	{"name twice", strings.Replace(order(), "{", `{"amount":"1",`, 1), history.Undecodable, syntaxNotValue},
	{"unknown name twice", order(`"x":1`, ` "x":2`), history.Undecodable, syntaxNotValue},
	{"name twice, escaped", order(`"amoun\u0074":"1"`), history.Undecodable, syntaxNotValue},
	{"nested name twice", order(`"items":{"a":1,"a":2}`), history.Undecodable, syntaxNotValue},
	{"nested bomb", order(`"x":` + strings.Repeat("[", 100_000)), history.Undecodable, ""},
	{"nested bomb, well-formed", order(`"x":` + strings.Repeat("[", 65) + strings.Repeat("]", 65)), history.Undecodable, syntaxNotValue},
	{"bomb in place of a name", "{" + strings.Repeat(`{"a":`, 100_000), history.Undecodable, ""},

	{"too large", order(`"note":"` + strings.Repeat("x", 1<<20) + `"`), history.TooLarge, syntaxNotValue},
	{"10 MB", strings.Repeat("x", 10<<20), history.TooLarge, ""},

	{"no type", order(without("type")), history.MissingField, ""},
	{"no event id", order(without("event_id")), history.MissingField, ""},
	{"no customer id", order(without("customer_id")), history.MissingField, ""},
	{"no time", order(without("occurred_at")), history.MissingField, ""},
	{"no order id", order(without("order_id")), history.MissingField, ""},
	{"no amount", order(without("amount")), history.MissingField, ""},
	{"no order id to cancel", eventOf("order.cancelled"), history.MissingField, ""},
	{"no refund id", eventOf("order.refunded", `"order_id":"o"`, `"amount":"1"`), history.MissingField, ""},
	{"no probability", eventOf("churn.predicted"), history.MissingField, ""},
	{"no cost", eventOf("customer.acquired"), history.MissingField, ""},
	{"customer id null", order(`"customer_id":null`), history.MissingField, ""},
	{"nothing", `{}`, history.MissingField, ""},

	{"type a number", order(`"type":7`), history.BadField, ""},
	{"customer id a number", order(`"customer_id":42`), history.BadField, ""},
	{"order id an object", order(`"order_id":{}`), history.BadField, ""},
	{"time a number", order(`"occurred_at":1773480413`), history.BadField, ""},
	{"amount true", order(`"amount":true`), history.BadField, ""},
	{"amount an object", order(`"amount":{"value":"1"}`), history.BadField, ""},
	{"currency a number", order(`"currency":978`), history.BadField, ""},
	{"channel an array", order(`"channel":["web"]`), history.BadField, ""},
	{"channel too long", order(`"channel":"` + strings.Repeat("x", 65) + `"`), history.BadField, ""},
	{"channel too long in bytes", order(`"channel":"` + strings.Repeat("é", 33) + `"`), history.BadField, bytesNotCharacters},
	{"margin and cost", order(`"margin":"1"`, `"cost":"2"`), history.BadField, ""},
	{"probability a string", eventOf("churn.predicted", `"probability":"0.5"`), history.BadField, ""},
	{"probability above 1", eventOf("churn.predicted", `"probability":1.01`), history.BadField, ""},
	{"probability below 0", eventOf("churn.predicted", `"probability":-0.01`), history.BadField, ""},
	{"probability beyond floats", eventOf("churn.predicted", `"probability":1e999`), history.BadField, ""},

	{"unknown type", eventOf("order.shipped"), history.UnknownType, ""},
	{"empty type", eventOf(""), history.UnknownType, ""},
	{"type in upper case", eventOf("ORDER.PLACED"), history.UnknownType, ""},
	{"type glued to a prefix", eventOf("reorder.placed", `"order_id":"o"`, `"amount":"1"`), history.UnknownType, ""},
	{"type with a suffix", eventOf("order.placed.v2"), history.UnknownType, ""},

	{"empty customer id", order(`"customer_id":""`), history.BadID, ""},
	{"empty event id", order(`"event_id":""`), history.BadID, ""},
	{"customer id of blanks", order(`"customer_id":"   "`), history.BadID, ""},
	{"event id of a tab", order(`"event_id":"\t"`), history.BadID, ""},
	{"order id of a no-break space", order(`"order_id":"\u00a0"`), history.BadID, blanksOfUnicode},
	{"refund id of blanks", eventOf("order.refunded", `"order_id":"o"`, `"refund_id":" "`, `"amount":"1.5"`), history.BadID, ""},
	{"id of 257 bytes", order(`"order_id":"` + strings.Repeat("x", 257) + `"`), history.BadID, ""},
	{"id too long in bytes", order(`"order_id":"` + strings.Repeat("é", 129) + `"`), history.BadID, bytesNotCharacters},
	{"id of nearly a megabyte", order(`"customer_id":"` + strings.Repeat("x", 1<<20-500) + `"`), history.BadID, ""},

	{"negative amount", order(`"amount":"-0.01"`), history.BadAmount, ""},
	{"negative minor units", order(`"amount":-1`), history.BadAmount, ""},
	{"negative cost", order(`"cost":"-1"`), history.BadAmount, ""},
	{"zero with a minus sign", order(`"amount":"-0.00"`), history.BadAmount, ""},
	{"absurd amount", order(`"amount":"10000000000.01"`), history.BadAmount, limitsAreSettings},
	{"absurd margin", order(`"margin":"-10000000000.01"`), history.BadAmount, limitsAreSettings},
	{"amount beyond 64 bits", order(`"amount":"9999999999999999999"`), history.BadAmount, limitsAreSettings},
	{"minor units beyond 64 bits", order(`"amount":9223372036854775808`), history.BadAmount, limitsAreSettings},
	{"amount of a hundred digits", order(`"amount":"` + strings.Repeat("9", 100) + `"`), history.BadAmount, ""},
	{"amount of 26 characters", order(`"amount":"29.33000000000000000000000"`), history.BadAmount, ""},
	{"margin of 26 characters", order(`"margin":"29.33000000000000000000000"`), history.BadAmount, ""},
	{"amount with a point and no quotes", order(`"amount":29.33`), history.BadAmount, ""},
	{"amount with a zero fraction and no quotes", order(`"amount":29.0`), history.BadAmount, integersOfJSON},
	{"amount with an exponent", order(`"amount":1e3`), history.BadAmount, integersOfJSON},
	{"amount of too many decimals", order(`"amount":"29.333"`), history.BadAmount, currencyNeeded},
	{"amount of too many decimals in JPY", order(`"amount":"500.5"`, `"currency":"JPY"`), history.BadAmount, currencyNeeded},
	{"amount NaN in a string", order(`"amount":"NaN"`), history.BadAmount, ""},
	{"amount Infinity", order(`"amount":"Infinity"`), history.BadAmount, ""},
	{"amount with a comma", order(`"amount":"29,33"`), history.BadAmount, ""},
	{"amount with a currency sign", order(`"amount":"€29.33"`), history.BadAmount, ""},
	{"amount with spaces", order(`"amount":" 29.33"`), history.BadAmount, ""},
	{"amount empty", order(`"amount":""`), history.BadAmount, ""},
	{"negative refund", eventOf("order.refunded", `"order_id":"o"`, `"refund_id":"r"`, `"amount":"-1"`), history.BadAmount, ""},
	{"negative acquisition cost", eventOf("customer.acquired", `"cost":-5`), history.BadAmount, ""},

	{"currency not in ISO 4217", order(`"currency":"XYZ"`), history.UnknownCurrency, currencyNeeded},
	{"currency in lower case", order(`"currency":"eur"`), history.UnknownCurrency, ""},
	{"currency empty", order(`"currency":""`), history.UnknownCurrency, ""},
	{"currency without a rate", order(`"currency":"GBP"`), history.UnknownCurrency, currencyNeeded},
	{"currency before its first rate", order(`"currency":"USD"`, `"occurred_at":"2025-12-31T23:59:59Z"`), history.UnknownCurrency, currencyNeeded},

	{"time without a zone", order(`"occurred_at":"2026-03-14T09:26:53"`), history.BadTime, ""},
	{"a date", order(`"occurred_at":"2026-03-14"`), history.BadTime, ""},
	{"30 February", order(`"occurred_at":"2026-02-30T09:26:53Z"`), history.BadTime, ""},
	{"time empty", order(`"occurred_at":""`), history.BadTime, ""},
	{"time decades ago", order(`"occurred_at":"1970-01-01T00:00:00Z"`), history.BadTime, limitsAreSettings},
	{"time in the future", order(`"occurred_at":"2026-03-14T11:00:00.001Z"`), history.FutureTime, limitsAreSettings},
	{"time decades ahead", order(`"occurred_at":"9999-12-31T23:59:59Z"`), history.FutureTime, limitsAreSettings},
	{"time at the tolerance", order(`"occurred_at":"2026-03-14T11:00:00Z"`), accepted, ""},
}
