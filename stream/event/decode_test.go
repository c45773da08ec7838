package event

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/clvstream/clvstream/clv/calendar"
	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/clv/money"
)

// testRecordMillis is 2026-03-14T10:00:00Z, the timestamp of most records here.
var testRecordMillis = time.Date(2026, 3, 14, 10, 0, 0, 0, time.UTC).UnixMilli()

// testRules: a business in EUR at UTC; from 2026 on USD at 0.5, JPY at 0.0061.
func testRules(tb testing.TB) Rules {
	tb.Helper()
	calendar := calendar.NewCalendar(time.UTC)
	newYear := calendar.Day(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).UnixMicro())
	rates, err := money.NewRates(testCurrency(tb, "EUR"),
		money.Rate{Currency: testCurrency(tb, "USD"), From: newYear, Price: testDecimal(tb, "0.5")},
		money.Rate{Currency: testCurrency(tb, "JPY"), From: newYear, Price: testDecimal(tb, "0.0061")})
	if err != nil {
		tb.Fatal(err)
	}
	return Rules{
		Rates: rates, Calendar: calendar, FutureTolerance: time.Hour,
		Oldest: time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC),
	}
}

func testCurrency(tb testing.TB, code string) money.Currency {
	tb.Helper()
	c, err := money.ParseCurrency(code)
	if err != nil {
		tb.Fatalf("ParseCurrency(%q): %v", code, err)
	}
	return c
}

func testDecimal(tb testing.TB, text string) money.Decimal {
	tb.Helper()
	d, err := money.ParseDecimal(text)
	if err != nil {
		tb.Fatalf("ParseDecimal(%q): %v", text, err)
	}
	return d
}

func decodeValue(tb testing.TB, value string, headers ...Header) (history.Event, *history.Refusal) {
	tb.Helper()
	e, _, refused := NewDecoder(testRules(tb)).Decode(&Record{
		TimestampMillis: testRecordMillis, Value: []byte(value), Headers: headers})
	return e, refused
}

func reasonOf(refused *history.Refusal) history.RefusalReason {
	if refused == nil {
		return accepted
	}
	return refused.Reason
}

func TestDecodeVerdicts(t *testing.T) {
	decoder := NewDecoder(testRules(t)) // one for all: nothing may leak from one to the next
	for _, row := range wireCases {
		t.Run(row.name, func(t *testing.T) {
			_, _, refused := decoder.Decode(&Record{TimestampMillis: testRecordMillis, Value: []byte(row.value)})
			if reasonOf(refused) != row.want {
				t.Errorf("refused as %v, want %v; input %.200s", refused, row.want, row.value)
			}
		})
	}
}

// Every reason that the decoder can give is given by a case; too_late, unmatched and erased
// are for the customer's history to say, unmapped for a mapping, and null_value has no
// bytes to list.
func TestDecodeVerdictsCoverTheReasons(t *testing.T) {
	seen := map[history.RefusalReason]bool{history.TooLate: true, history.Unmatched: true, history.Unmapped: true, history.NullValue: true, history.Erased: true}
	for _, row := range wireCases {
		seen[row.want] = true
	}
	for _, reason := range history.RefusalReasons() {
		if !seen[reason] {
			t.Errorf("no case is refused as %s", reason)
		}
	}
}

func TestDecodeEvents(t *testing.T) {
	at := time.Date(2026, 3, 14, 9, 26, 53, 0, time.UTC).UnixMicro()
	for name, row := range map[string]struct {
		value string
		want  history.Event
	}{
		"order": {order(`"channel":"web"`),
			history.Event{Kind: history.OrderPlaced, OrderID: "o-1", AmountMinor: 2933, Channel: "web"}},
		"order in minor units with margin": {order(`"amount":2933`, `"margin":-150`),
			history.Event{Kind: history.OrderPlaced, OrderID: "o-1", AmountMinor: 2933, MarginMinor: -150, MarginKnown: true}},
		"margin of zero is known": {order(`"margin":0`),
			history.Event{Kind: history.OrderPlaced, OrderID: "o-1", AmountMinor: 2933, MarginKnown: true}},
		"cost above the amount": {order(`"cost":"30.00"`),
			history.Event{Kind: history.OrderPlaced, OrderID: "o-1", AmountMinor: 2933, MarginMinor: -67, MarginKnown: true}},
		"amount and cost convert each": {order(`"currency":"USD"`, `"amount":"0.03"`, `"cost":"0.01"`), // 1.5 and 0.5 cents
			history.Event{Kind: history.OrderPlaced, OrderID: "o-1", AmountMinor: 2, Own: history.Own{Currency: testCurrency(t, "USD"), Minor: 3}, MarginMinor: 1, MarginKnown: true}},
		"yen have no decimals": {order(`"currency":"JPY"`, `"amount":"1000"`),
			history.Event{Kind: history.OrderPlaced, OrderID: "o-1", AmountMinor: 610, Own: history.Own{Currency: testCurrency(t, "JPY"), Minor: 1000}}},
		"refund": {eventOf("order.refunded", `"order_id":"o"`, `"refund_id":"r"`, `"amount":"1.5"`),
			history.Event{Kind: history.OrderRefunded, OrderID: "o", RefundID: "r", AmountMinor: 150}},
		"refund in yen": {eventOf("order.refunded", `"order_id":"o"`, `"refund_id":"r"`, `"amount":1000`, `"currency":"JPY"`),
			history.Event{Kind: history.OrderRefunded, OrderID: "o", RefundID: "r", AmountMinor: 610, Own: history.Own{Currency: testCurrency(t, "JPY"), Minor: 1000}}},
		"revert": {eventOf("refund.reverted", `"order_id":"o"`, `"refund_id":"r"`, `"amount":"?"`),
			history.Event{Kind: history.RefundReverted, OrderID: "o", RefundID: "r"}},
		"order with a version": {order(`"version":0`), history.Event{Kind: history.OrderPlaced, OrderID: "o-1", AmountMinor: 2933, Versioned: true}},
		"order updated": {order(`"version":9223372036854775807`, `"updated_at":"2026-03-14T10:26:53+01:00"`),
			history.Event{Kind: history.OrderPlaced, OrderID: "o-1", AmountMinor: 2933, Versioned: true, Version: 9223372036854775807, UpdatedMicros: at}},
		"a prediction has neither": {eventOf("churn.predicted", `"probability":0.83`, `"version":"x"`, `"updated_at":7`),
			history.Event{Kind: history.ChurnPredicted, Probability: 0.83}},
		"cancel": {eventOf("order.cancelled", `"order_id":"o"`, `"currency":"???"`),
			history.Event{Kind: history.OrderCancelled, OrderID: "o"}},
		"prediction": {eventOf("churn.predicted", `"probability":0.83`),
			history.Event{Kind: history.ChurnPredicted, Probability: 0.83}},
		"acquisition": {eventOf("customer.acquired", `"cost":"12.50"`, `"channel":"se\u0061rch"`),
			history.Event{Kind: history.CustomerAcquired, AmountMinor: 1250, Channel: "search"}},
		"erasure": {eventOf("customer.erased", `"order_id":7`, `"cost":"?"`),
			history.Event{Kind: history.CustomerErased}},
	} {
		row.want.ID, row.want.CustomerID, row.want.AtMicros = "e-1", "c-1", at
		if got, refused := decodeValue(t, row.value); refused != nil || got != row.want {
			t.Errorf("%s: %+v, %v; want %+v", name, got, refused, row.want)
		}
	}
}

func TestDecodeNullAndTimestamp(t *testing.T) {
	decoder := NewDecoder(testRules(t))
	if _, _, refused := decoder.Decode(&Record{TimestampMillis: testRecordMillis}); reasonOf(refused) != history.NullValue {
		t.Errorf("null value: %v", refused)
	}
	for _, millis := range []int64{-1 << 63, -1, 0} { // -1: the record has no timestamp
		if _, _, refused := decoder.Decode(&Record{TimestampMillis: millis, Value: []byte(order())}); reasonOf(refused) != history.FutureTime {
			t.Errorf("timestamp %d: %v, want future", millis, refused)
		}
	}
	if _, _, refused := decoder.Decode(&Record{TimestampMillis: 1<<63 - 1, Value: []byte(order())}); refused != nil {
		t.Errorf("timestamp far ahead: %v", refused)
	}
}

// An event outlives its record: nothing of it may be part of the record's memory.
func TestDecodedEventIsItsOwn(t *testing.T) {
	for _, value := range []string{order(`"channel":"web"`), order(`"channel":"w\u0065b"`)} {
		record := Record{TimestampMillis: testRecordMillis, Value: []byte(value)}
		got, _, refused := NewDecoder(testRules(t)).Decode(&record)
		if refused != nil {
			t.Fatal(refused)
		}
		for i := range record.Value {
			record.Value[i] = '#'
		}
		if got.ID != "e-1" || got.CustomerID != "c-1" || got.OrderID != "o-1" || got.Channel != "web" {
			t.Errorf("%+v changed with its record", got)
		}
	}
}

// Details are for people who may not see customers' data.
func TestRefusalsHoldNoCustomerData(t *testing.T) {
	const secret = "jane@example.com"
	for _, value := range []string{
		secret, `{"` + secret + `":1,"` + secret + `":2}`, `{"a":` + secret, order(`"type":"` + secret + `"`),
		order(`"currency":"` + secret + `"`), order(`"amount":"` + secret + `"`), order(`"occurred_at":"` + secret + `"`),
		order(`"customer_id":"` + strings.Repeat(secret, 20) + `"`), order(`"channel":"` + strings.Repeat(secret, 20) + `"`),
		order("\"x\":\"" + secret + "\xff\""),
	} {
		_, refused := decodeValue(t, value)
		if refused == nil || strings.Contains(refused.Error(), "jane") {
			t.Errorf("%.80s: %v", value, refused)
		}
	}
}

func TestRefusedWithinMemory(t *testing.T) {
	decoder := NewDecoder(testRules(t))
	bomb := []byte(order(`"x":` + strings.Repeat("[", 1<<19)))
	if n := testing.AllocsPerRun(10, func() { decoder.Decode(&Record{Value: bomb}) }); n > 200 {
		t.Errorf("a bomb of %d bytes costs %v allocations", len(bomb), n)
	}
}

func TestFieldNames(t *testing.T) {
	for f := range FieldCount {
		if got, known := FieldOf([]byte(f.String())); !known || got != f {
			t.Errorf("FieldOf(%q) = %d, %v; want %d", f, got, known, f)
		}
	}
	if f, known := FieldOf([]byte("note")); known {
		t.Errorf("note is taken for %q", f)
	}
}

func TestParseTime(t *testing.T) {
	for text, want := range map[string]time.Time{
		"2026-03-14T09:26:53Z":                                 time.Date(2026, 3, 14, 9, 26, 53, 0, time.UTC),
		"2026-03-14T09:26:53.5Z":                               time.Date(2026, 3, 14, 9, 26, 53, 500_000_000, time.UTC),
		"2026-03-14T09:26:53.123456789+05:30":                  time.Date(2026, 3, 14, 3, 56, 53, 123_456_000, time.UTC),
		"2024-02-29T00:00:00-23:59":                            time.Date(2024, 2, 29, 23, 59, 0, 0, time.UTC),
		"1969-12-31T23:59:59.999999Z":                          time.Date(1969, 12, 31, 23, 59, 59, 999_999_000, time.UTC),
		"0000-01-01T00:00:00Z":                                 time.Date(0, 1, 1, 0, 0, 0, 0, time.UTC),
		"9999-12-31T23:59:59Z":                                 time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC),
		"2026-03-14T09:26:53." + strings.Repeat("9", 40) + "Z": time.Date(2026, 3, 14, 9, 26, 53, 999_999_000, time.UTC),
	} {
		if got, ok := parseTime([]byte(text)); !ok || got != want.UnixMicro() {
			t.Errorf("parseTime(%s) = %d, %v; want %d", text, got, ok, want.UnixMicro())
		}
	}
	for _, text := range []string{
		"", "Z", "2026-03-14T09:26:53", "2026-03-14 09:26:53Z", "2026-03-14t09:26:53z", "2026-3-14T09:26:53Z",
		"2026-03-14T9:26:53Z", "2026-03-14T09:26:53,5Z", "2026-03-14T09:26:53.Z", "2026-13-01T00:00:00Z", "2026-00-01T00:00:00Z",
		"2026-02-29T00:00:00Z", "2026-03-00T00:00:00Z", "2026-03-14T24:00:00Z", "2026-03-14T23:60:00Z", "2016-12-31T23:59:60Z",
		"2026-03-14T09:26:53+24:00", "2026-03-14T09:26:53+01:60", "2026-03-14T09:26:53+0100", "2026-03-14T09:26:53+01",
		"2026-03-14T09:26:53Z ", "2026-03-14T09:26:53ZZ", "02026-03-14T09:26:53Z", "-026-03-14T09:26:53Z",
	} {
		if got, ok := parseTime([]byte(text)); ok {
			t.Errorf("parseTime(%s) = %d, want none", text, got)
		}
	}
}

func FuzzDecode(f *testing.F) {
	for _, row := range wireCases {
		if len(row.value) < 1<<12 {
			f.Add([]byte(row.value))
		}
	}
	for _, foreign := range foreignRecords {
		f.Add([]byte(foreign.value))
	}
	decoder, eur := NewDecoder(testRules(f)), testCurrency(f, "EUR")
	f.Fuzz(func(t *testing.T, value []byte) {
		before := bytes.Clone(value)
		got, _, refused := decoder.Decode(&Record{TimestampMillis: testRecordMillis, Value: value})
		if !bytes.Equal(before, value) {
			t.Fatal("decoding changed the record")
		}
		if plain, strict := readBoth(value); plain != nil && (strict == nil || !sameFields(plain, strict)) {
			t.Fatalf("the plain reader reads %q, the strict one %v", plain.json, strict)
		}
		if refused != nil {
			return
		}
		encoded := Append(nil, &got, eur)
		got.Own = history.Own{} // amounts are written in the business's currency
		again, _, refused := decoder.Decode(&Record{TimestampMillis: testRecordMillis, Value: encoded})
		if refused != nil || again != got {
			t.Fatalf("%s decodes as %+v, %v; want %+v", encoded, again, refused, got)
		}
	})
}

// readBoth reads a value with each reader alone; nil where it did not accept it.
func readBoth(value []byte) (plain, strict *fields) {
	var p, s fields
	if p.readPlain(value) {
		plain = &p
	}
	if s.readStrict(new(objectReader), value) == nil {
		strict = &s
	}
	return plain, strict
}

func sameFields(a, b *fields) bool {
	for f := range FieldCount {
		if !bytes.Equal(a.json[f], b.json[f]) {
			return false
		}
	}
	return true
}
