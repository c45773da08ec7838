package event

import (
	"encoding/base64"
	"strings"
	"testing"
	"time"

	"github.com/clvstream/clvstream/clv/history"
)

func headers(pairs ...string) (made []Header) {
	for i := 0; i < len(pairs); i += 2 {
		made = append(made, Header{Key: []byte(pairs[i]), Value: []byte(pairs[i+1])})
	}
	return made
}

// bare is an order whose type, id and time are the envelope's to say.
const bare = `{"customer_id":"c-1","order_id":"o-1","amount":"29.33"}`

var wantBare = history.Event{Kind: history.OrderPlaced, ID: "ce-1", CustomerID: "c-1", OrderID: "o-1", AmountMinor: 2933,
	AtMicros: time.Date(2026, 3, 14, 9, 26, 53, 0, time.UTC).UnixMicro()}

func structured(members ...string) string {
	return `{"specversion":"1.0","type":"com.example.order.placed","source":"/shop","id":"ce-1","time":"2026-03-14T09:26:53Z"` +
		strings.Join(append([]string{""}, members...), ",") + "}"
}

func TestCloudEventsUnwrapped(t *testing.T) {
	binary := []string{"ce_specversion", "1.0", "ce_type", "com.example.order.placed", "ce_source", "/shop",
		"ce_id", "ce-1", "ce_time", "2026-03-14T09:26:53Z", "ce_subject", "c-9"}
	own := wantBare
	own.ID, own.Kind, own.OrderID, own.AmountMinor = "e-1", history.ChurnConfirmed, "", 0
	for name, row := range map[string]struct {
		headers []string
		value   string
		want    history.Event
	}{
		"binary":                  {binary, bare, wantBare},
		"binary, typed":           {append(binary, "content-type", "application/json"), bare, wantBare},
		"binary, data goes first": {binary, eventOf("churn.confirmed"), own},
		"binary, data null":       {binary, `{"type":null,"event_id":null,` + bare[1:], wantBare},
		"binary, not plain":       {binary, strings.Replace(bare, "c-1", `\u0063-1`, 1), wantBare},
		"structured":              {[]string{"content-type", "application/cloudevents+json"}, structured(`"data":` + bare), wantBare},
		"structured, charset":     {[]string{"Content-Type", "Application/CloudEvents+JSON; charset=UTF-8"}, structured(`"data": ` + bare + " "), wantBare},
		"structured goes before binary": {append([]string{"content-type", "application/cloudevents+json"}, binary...),
			structured(`"data":` + bare), wantBare},
		"structured, data goes first": {[]string{"content-type", "application/cloudevents+json"}, structured(`"data":` + eventOf("churn.confirmed")), own},
		"structured, base64": {[]string{"content-type", "application/cloudevents+json"},
			structured(`"data_base64":"` + base64.StdEncoding.EncodeToString([]byte(bare)) + `"`), wantBare},
		"structured, an extension": {[]string{"content-type", "application/cloudevents+json"},
			structured(`"data":`+bare, `"partitionkey":"c-1"`, `"data_base64":null`), wantBare},
	} {
		if got, refused := decodeValue(t, row.value, headers(row.headers...)...); refused != nil || got != row.want {
			t.Errorf("%s: %+v, %v; want %+v", name, got, refused, row.want)
		}
	}
}

func TestCloudEventsRefused(t *testing.T) {
	inStructured := []string{"content-type", "application/cloudevents+json"}
	for name, row := range map[string]struct {
		headers []string
		value   string
		want    history.RefusalReason
	}{
		"binary of another version":         {[]string{"ce_specversion", "0.3"}, order(), history.BadField},
		"binary with an id not in UTF-8":    {[]string{"ce_specversion", "1.0", "ce_id", "\xff"}, order(), history.Undecodable},
		"binary without an id":              {[]string{"ce_specversion", "1.0", "ce_type", "order.placed", "ce_time", "2026-03-14T09:26:53Z"}, bare, history.MissingField},
		"binary with an empty id":           {[]string{"ce_specversion", "1.0", "ce_type", "order.placed", "ce_id", ""}, bare, history.BadID},
		"binary of an unknown type":         {[]string{"ce_specversion", "1.0", "ce_type", "order.shipped"}, bare, history.UnknownType},
		"binary with a bad time":            {[]string{"ce_specversion", "1.0", "ce_type", "order.placed", "ce_id", "1", "ce_time", "now"}, bare, history.BadTime},
		"headers without a version":         {[]string{"ce_type", "order.placed", "ce_id", "1", "ce_time", "2026-03-14T09:26:53Z"}, bare, history.MissingField},
		"structured of another version":     {inStructured, `{"specversion":"0.3","data":{}}`, history.BadField},
		"structured without a version":      {inStructured, order(), history.BadField},
		"structured without data":           {inStructured, structured(), history.MissingField},
		"structured with null data":         {inStructured, structured(`"data":null`), history.MissingField},
		"structured with data twice":        {inStructured, structured(`"data":{}`, `"data":{}`), history.Undecodable},
		"structured with both kinds":        {inStructured, structured(`"data":{}`, `"data_base64":""`), history.BadField},
		"structured with data in a string":  {inStructured, structured(`"data":"{}"`), history.Undecodable},
		"structured with base64 that isn't": {inStructured, structured(`"data_base64":"{}"`), history.BadField},
		"structured with a number as bytes": {inStructured, structured(`"data_base64":1`), history.BadField},
		"structured with empty base64":      {inStructured, structured(`"data_base64":""`), history.Undecodable},
		"structured, not JSON":              {inStructured, "\x00\x01", history.Undecodable},
		"structured, cut off":               {inStructured, structured()[:40], history.Undecodable},
		"structured, empty":                 {inStructured, "", history.Undecodable},
		"structured with a number as type":  {inStructured, `{"specversion":"1.0","type":1,"data":{}}`, history.BadField},
		"structured, nested bomb":           {inStructured, structured(`"data":` + strings.Repeat("[", 1<<17)), history.Undecodable},
		"a batch":                           {[]string{"content-type", "application/cloudevents-batch+json"}, "[]", history.Undecodable},
		"structured Avro":                   {[]string{"content-type", "application/cloudevents+avro"}, "\x00", history.Undecodable},
	} {
		if _, refused := decodeValue(t, row.value, headers(row.headers...)...); reasonOf(refused) != row.want {
			t.Errorf("%s: %v, want %v", name, refused, row.want)
		}
	}
}

func TestTraceparent(t *testing.T) {
	const good = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
	decoder := NewDecoder(testRules(t))
	for value, want := range map[string]string{
		good:                                   good,
		strings.Replace(good, "00-", "cc-", 1): strings.Replace(good, "00-", "cc-", 1),
		strings.Replace(good, "00-", "ff-", 1): "",
		strings.ToUpper(good):                  "",
		good + "-x":                            "",
		good[:54]:                              "",
		"":                                     "",
		strings.Replace(good, "-01", "_01", 1): "",
		strings.Replace(good, "4bf", "4bg", 1): "",
		"00-" + strings.Repeat("0", 32) + good[35:]:     "",
		good[:36] + strings.Repeat("0", 16) + good[52:]: "",
	} {
		// A refused event keeps its trace: its dead letter links back too.
		for _, body := range []string{order(), "{"} {
			_, got, _ := decoder.Decode(&Record{TimestampMillis: testRecordMillis, Value: []byte(body),
				Headers: headers("tracestate", "a=b", "traceparent", value)})
			if string(got) != want || (want == "") != (got == nil) {
				t.Errorf("traceparent %q is passed on as %q, want %q", value, got, want)
			}
		}
	}
}
