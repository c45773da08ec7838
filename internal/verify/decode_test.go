package verify

import (
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/clvstream/clvstream/clv/calendar"
	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/clv/money"
	"github.com/clvstream/clvstream/stream/event"
)

// recorded is the Kafka timestamp of the records here.
var recorded = time.Date(2026, 3, 14, 10, 0, 0, 0, time.UTC)

// bothDecoders are the one that is verified and the one that verifies.
func bothDecoders(t testing.TB) (*event.Decoder, decoder) {
	t.Helper()
	business, _ := money.ParseCurrency("EUR")
	dollar, _ := money.ParseCurrency("USD")
	yen, _ := money.ParseCurrency("JPY")
	price, _ := money.ParseDecimal("0.92")
	small, _ := money.ParseDecimal("0.0061")
	rates, err := money.NewRates(business, money.Rate{Currency: dollar, From: 20_000, Price: price}, money.Rate{Currency: yen, Price: small})
	if err != nil {
		t.Fatal(err)
	}
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	rules := event.Rules{
		Rates: rates, Calendar: calendar.NewCalendar(berlin), FutureTolerance: time.Hour,
		Oldest: time.Date(1995, 1, 1, 0, 0, 0, 0, time.UTC), MaxEventBytes: 4096,
	}
	half, _ := money.ParseDecimal("0.5")
	margins, err := money.NewMargins(half)
	if err != nil {
		t.Fatal(err)
	}
	return event.NewDecoder(rules), newDecoder(rules, history.Rules{Calendar: rules.Calendar, Margins: margins})
}

// agree decodes a record both ways.
func agree(t testing.TB, fast *event.Decoder, slow *decoder, r *kgo.Record) {
	t.Helper()
	record := &event.Record{TimestampMillis: r.Timestamp.UnixMilli(), Key: r.Key, Value: r.Value}
	for _, h := range r.Headers {
		record.Headers = append(record.Headers, event.Header{Key: []byte(h.Key), Value: h.Value})
	}
	want, _, refused := fast.Decode(record)
	got := slow.decode(r)
	reason := history.RefusalReason(0)
	if refused != nil {
		reason = refused.Reason
	}
	if got.refused != reason {
		t.Errorf("%.300q %q: naively %s, else %s (%v)", r.Value, r.Headers, got.refused, reason, refused)
		return
	}
	if reason != 0 {
		return
	}
	calendar := slow.history.Calendar
	e := inputEvent{
		kind: want.Kind, day: calendar.Day(want.AtMicros), atMicros: want.AtMicros, hash: fnvOf(want.ID),
		id: want.ID, toldMicros: want.AtMicros, toldDay: calendar.Day(want.AtMicros), version: -1, own: got.event.own, amountMinor: want.AmountMinor, marginMinor: want.MarginMinor, probability: want.Probability, channel: want.Channel, order: want.OrderID, refund: want.RefundID,
	}
	if want.Kind == history.OrderPlaced && !want.MarginKnown {
		e.marginMinor = slow.history.Margins.MarginMinor(want.AmountMinor, want.Channel, e.day)
	}
	if want.UpdatedMicros != 0 {
		e.toldMicros, e.toldDay, e.dated = want.UpdatedMicros, calendar.Day(want.UpdatedMicros), true
	}
	if want.Versioned {
		e.version, e.dated = want.Version, true
	}
	if own := e.own; (own == nil) != (want.Own == history.Own{}) || own != nil && *own != (ownAmount{want.Own.Currency, want.Own.Minor}) {
		t.Errorf("%.300q: naively an own amount of %+v, else %+v", r.Value, own, want.Own)
	}
	if got.event != e || got.customer != want.CustomerID {
		t.Errorf("%.300q: naively %+v of %q, else %+v of %q", r.Value, got.event, got.customer, e, want.CustomerID)
	}
}

var names = []string{"type", "event_id", "customer_id", "occurred_at", "order_id", "refund_id", "amount", "currency",
	"channel", "margin", "cost", "probability", "version", "updated_at", "note"}

// sound is a value for each field that is in order.
var sound = map[string]string{
	"event_id": `"e"`, "customer_id": `"c"`, "occurred_at": `"2026-03-14T09:26:53.589793Z"`, "order_id": `"o"`, "refund_id": `"r"`,
	"amount": `"29.33"`, "currency": `"EUR"`, "channel": `"web"`, "cost": `"1.5"`, "probability": "0.25",
	"version": "7", "updated_at": `"2026-03-14T10:26:53.589793Z"`,
}

var kinds = []string{"order.placed", "order.refunded", "order.cancelled", "refund.reverted", "churn.confirmed", "churn.reverted", "churn.predicted", "customer.acquired"}

// nasty are values that some field must refuse, or read with care.
var nasty = []string{
	"null", "true", "{}", "[]", `[1,{"a":null}]`, `""`, `"x"`, `"\u0041\t\"\\"`, `"caf\u00e9 \ud83d\ude00"`, `"` + "caf\xc3\xa9" + `"`,
	`"\ud800"`, `"\udc00\ud800"`, `"\ud800\ud800"`, `"\\ud800"`, "\"\xff\"", "\"a\nb\"", `"` + strings.Repeat("x", 256) + `"`, `"` + strings.Repeat("x", 257) + `"`,
	`"` + strings.Repeat("é", 33) + `"`, strings.Repeat("[", 63) + strings.Repeat("]", 63), strings.Repeat("[", 64) + strings.Repeat("]", 64),
	strings.Repeat("[", 1500), `{"a":1,"a":2}`, `{"a":{"b":[{"c":1,"\u0063":2}]}}`, `{"a":1,"A":2}`,
	"0", "-0", "-1", "1", "01", "+1", "1.", "2933", "2933.0", "1e3", "1E999", "0.5", "1.01", "9223372036854775807", "9223372036854775808", "1000000000000", "1000000000001",
	`"0"`, `"-0.00"`, `"-1"`, `"+1"`, `"1e3"`, `"1_000"`, `"0x10"`, `"1/3"`, `".5"`, `"5."`, `"1.5"`, `"1.55"`, `"1.555"`, `"1.550"`, `"1.5500000000000000"`, `"29.330000000000000000000"`, `"500.00"`, `"-500.000000000000000000000"`, `"   "`, `"\t\u00a0"`, `" x"`, `" 1"`, `"1,5"`, `"NaN"`, `"Infinity"`, `"٣"`,
	`"10000000000.00"`, `"10000000000.01"`, `"0000000000000000000000001"`, `"00000000000000000000000001"`, `"00000000000000000000001.50"`, `"00000000000000000000000001.5"`, `"18446744073709551616"`,
	`"USD"`, `"DEM"`, `"ITL"`, `"JPY"`, `"GBP"`, `"usd"`, `"XXX"`, `"EURO"`,
	`"com.shop.order.placed"`, `"order.placed.v2"`, `"reorder.placed"`, `".order.placed"`, `"placed"`, `"churn.predicted"`, `"customer.acquired"`, `"ORDER.PLACED"`, `"order..placed"`,
	`"2026-03-14T09:26:53"`, `"2026-03-14"`, `"2026-03-14t09:26:53z"`, `"2026-03-14 09:26:53Z"`, `"2026-02-29T00:00:00Z"`, `"2024-02-29T23:59:59.9999999Z"`, `"2026-03-14T24:00:00Z"`,
	`"2026-03-14T09:60:00Z"`, `"2016-12-31T23:59:60Z"`, `"2026-03-14T09:26:53.Z"`, `"2026-03-14T09:26:53,5Z"`, `"2026-03-14T9:26:53Z"`, `"2026-03-14T09:26:53+25:00"`, `"2026-03-14T09:26:53+24:00"`,
	`"2026-03-14T09:26:53+23:59"`, `"2026-03-14T09:26:53-00:00"`, `"2026-03-14T09:26:53+0100"`, `"2026-03-14T11:00:00Z"`, `"2026-03-14T11:00:00.001Z"`, `"2026-03-14T11:00:00.000999Z"`, `"0000-01-01T00:00:00Z"`,
	`"1994-12-31T23:59:59.999999Z"`, `"1995-01-01T00:00:00Z"`, `"1995-01-01T00:30:00+01:00"`, `"9999-12-31T23:59:59Z"`, `"2024-10-04T21:59:59Z"`, `"2024-10-04T22:00:00Z"`,
	`"2026-03-14T09:26:53.1234567890123Z"`, "1773480413",
}

// object writes the sound event of a kind, with some fields replaced or added.
func object(kind string, replaced map[string]string) string {
	var members []string
	for _, name := range names {
		value, other := replaced[name]
		switch {
		case other && value == "":
			continue
		case name == "type" && !other:
			value = `"` + kind + `"`
		case !other:
			value = sound[name]
		}
		if value != "" && (other || name != "cost" || kind == "customer.acquired") {
			members = append(members, `"`+name+`":`+value)
		}
	}
	return "{" + strings.Join(members, ",") + "}"
}

func TestDecodersAgreeOnEveryField(t *testing.T) {
	fast, slow := bothDecoders(t)
	for _, kind := range kinds {
		agree(t, fast, &slow, &kgo.Record{Timestamp: recorded, Value: []byte(object(kind, nil))})
		for _, name := range names {
			for _, value := range append(nasty, "") {
				agree(t, fast, &slow, &kgo.Record{Timestamp: recorded, Value: []byte(object(kind, map[string]string{name: value}))})
			}
		}
	}
}

// Where several things are amiss, both must name the same one.
func TestDecodersAgreeOnSeveralFields(t *testing.T) {
	fast, slow := bothDecoders(t)
	seed := rand.Uint64()
	rnd := rand.New(rand.NewPCG(seed, 1))
	for range 20_000 {
		replaced := map[string]string{}
		for range 1 + rnd.IntN(4) {
			replaced[names[rnd.IntN(len(names))]] = append(nasty, "")[rnd.IntN(len(nasty)+1)]
		}
		value := object(kinds[rnd.IntN(len(kinds))], replaced)
		if rnd.IntN(8) == 0 {
			at := rnd.IntN(len(value))
			value = value[:at] + string("{}[]\",:\\ n0\x00"[rnd.IntN(12)]) + value[at+rnd.IntN(2):]
		}
		agree(t, fast, &slow, &kgo.Record{Timestamp: recorded, Value: []byte(value)})
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}

func TestDecodersAgreeOnWholeRecords(t *testing.T) {
	fast, slow := bothDecoders(t)
	placed := object("order.placed", nil)
	bare := object("order.placed", map[string]string{"type": "", "event_id": "", "occurred_at": ""})
	envelope := func(members string) string {
		return `{"specversion":"1.0","type":"a.order.placed","id":"1","time":"2026-03-14T09:00:00Z"` + members + `}`
	}
	values := []string{"", " ", "{}", "null", "[]", "1", placed + placed, " \r\n\t" + placed + "\n", "\ufeff" + placed, placed[:50], strings.Repeat("x", 4097), placed, bare,
		`{"type":"order.placed","type":"order.placed"}`, `{"type":null}`, strings.Replace(placed, "type", `typ\u0065`, 1), strings.Replace(placed, "amount", `amoun\ud800`, 1),
		envelope(""), envelope(`,"data":` + bare), envelope(`,"data":null`), envelope(`,"data":` + placed), envelope(`,"data":"{}"`), envelope(`,"data":{},"data_base64":""`),
		envelope(`,"data_base64":"e30="`), envelope(`,"data_base64":"e30"`), envelope(`,"data_base64":1`), envelope(`,"data_base64":""`), envelope(`,"data":{},"data":{}`),
		envelope(`,"x":` + strings.Repeat("[", 63) + strings.Repeat("]", 63) + `,"data":` + bare), `{"specversion":"0.3","data":{}}`, `{"specversion":1.0,"data":{}}`,
		`{"specversion":"1.0","type":1,"id":"1","time":"2026-03-14T09:00:00Z","data":` + bare + `}`}
	header := func(pairs ...string) (headers []kgo.RecordHeader) {
		for i := 0; i < len(pairs); i += 2 {
			headers = append(headers, kgo.RecordHeader{Key: pairs[i], Value: []byte(pairs[i+1])})
		}
		return headers
	}
	binary := []string{"ce_specversion", "1.0", "ce_type", "x.order.placed", "ce_id", "1", "ce_time", "2026-03-14T09:00:00Z"}
	for _, headers := range [][]kgo.RecordHeader{
		nil, header(binary...), header(append(binary, "ce_id", "2")...), header(binary[2:]...), header(append(binary, "ce_id", "\xff")...), header(append(binary, "ce_id", "")...),
		header(append(binary, "ce_time", "now")...), header("ce_specversion", "0.3"), append(header(binary...), kgo.RecordHeader{Key: "ce_id"}),
		header("content-type", "application/cloudevents+json"), header("Content-Type", " Application/CloudEvents+JSON ; charset=utf-8"), header("CONTENT-TYPE", "application/cloudevents+json"),
		header("content-type", "application/cloudevents-batch+json"), header("content-type", "application/cloudevents+avro"), header("content-type", "application/json"),
		header("content-type", "application/json", "Content-Type", "application/cloudevents+json"), header(append(binary, "content-type", "application/cloudevents+json")...),
	} {
		for _, value := range values {
			agree(t, fast, &slow, &kgo.Record{Timestamp: recorded, Value: []byte(value), Headers: headers})
		}
		agree(t, fast, &slow, &kgo.Record{Timestamp: recorded, Headers: headers})
	}
	agree(t, fast, &slow, &kgo.Record{Timestamp: time.UnixMilli(-1), Value: []byte(placed)})
}

func FuzzDecodersAgree(f *testing.F) {
	for _, kind := range kinds {
		f.Add([]byte(object(kind, nil)), "", "")
		f.Add([]byte(object(kind, map[string]string{"margin": `"1"`})), "ce_specversion", "1.0")
	}
	for _, value := range nasty {
		f.Add([]byte(object("order.placed", map[string]string{"note": value})), "content-type", "application/cloudevents+json")
	}
	fast, slow := bothDecoders(f)
	f.Fuzz(func(t *testing.T, value []byte, header, text string) {
		r := &kgo.Record{Timestamp: recorded, Value: value}
		if header != "" {
			r.Headers = []kgo.RecordHeader{{Key: header, Value: []byte(text)}}
		}
		agree(t, fast, &slow, r)
	})
}
