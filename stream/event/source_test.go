package event

import (
	"encoding/hex"
	"strings"
	"testing"

	"github.com/clvstream/clvstream/clv/history"
)

// secret stands in the records below where a customer's data does.
const secret = "zz-secret"

// foreignRecords are as the tools write them (Debezium 3.7, Segment's and RudderStack's Node
// libraries, posthog-node 5, snowplow's trackers, Stripe, Shopify, commercetools, cloudevents
// for Python, serializers of Confluent, Apicurio and kafkajs), with fewer members.
var foreignRecords = []struct {
	name    string
	headers []string
	value   string
	reason  history.RefusalReason
	want    string
}{
	{"Debezium, an insert", debeziumHeaders,
		`{"before":null,"after":{"id":1,"customer_id":2,"total":"C3I=","note":"zz-secret"},"source":{"connector":"postgresql","lsn":27,"table":"orders"},"op":"c","ts_ms":1795974334131,"transaction":null}`,
		history.MissingField, "a change record of Debezium"},
	{"Debezium, a delete", nil,
		`{"before":{"id":1,"note":"zz-secret"},"after":null,"source":{"connector":"mysql"},"op":"d","ts_ms":1}`,
		history.MissingField, "a change record of Debezium"},
	{"Debezium with schemas", nil,
		`{"schema":{"type":"struct","fields":[{"type":"int64","field":"id"}]},"payload":{"before":null,"after":{"id":"zz-secret"},"source":{"connector":"postgresql"},"op":"r"}}`,
		history.MissingField, "a change record of Debezium"},
	{"Debezium, flattened", debeziumHeaders, `{"id":1001,"customer_id":1,"total":"19.90","note":"zz-secret"}`, history.MissingField, "a row from Debezium"},
	{"Debezium, flattened with a type of its own", nil, `{"id":1001,"type":"zz-secret","__op":"u","__source_lsn":7}`, history.UnknownType, "a row from Debezium"},
	{"Debezium's transactions", nil, `{"status":"BEGIN","id":"771:27051688","event_count":null,"data_collections":null,"ts_ms":1}`, history.MissingField, "leave its topic out"},
	{"Debezium's outbox, text", append(debeziumHeaders, "id"), `"{\"type\": \"order.placed\", \"order_id\": \"zz-secret\"}"`, history.Undecodable, "a JSON string that holds JSON"},
	{"Debezium's outbox, something else", append(debeziumHeaders, "id"), `{"order":"zz-secret","amount":29.3}`, history.MissingField, "its payload is no event"},
	{"Connect's envelope", nil, `{"schema":{"type":"struct","fields":[]},"payload":{"id":"zz-secret"}}`, history.MissingField, "value.converter.schemas.enable"},
	{"the text null", nil, "null", history.Undecodable, "the text null"},
	{"an array", nil, ` [{"type":"order.placed","order_id":"zz-secret"}]`, history.Undecodable, "one event a record"},

	{"Segment", nil, `{"timestamp":"2026-03-14T09:26:53.123Z","event":"Order Completed","type":"track","properties":{"order_id":"zz-secret","total":29.3},"userId":"zz-secret","messageId":"node-next-1"}`,
		history.UnknownType, "Segment or RudderStack"},
	{"RudderStack", nil, `{"userId":"zz-secret","event":"Order Completed","properties":{"total":29.3},"type":"track","channel":"server","originalTimestamp":"2026-03-14T09:26:53Z","messageId":"1"}`,
		history.UnknownType, "Segment or RudderStack"},
	{"Segment, a person", nil, `{"type":"identify","userId":"zz-secret","traits":{"email":"zz-secret"},"messageId":"2"}`, history.UnknownType, "Segment or RudderStack"},
	{"Segment, a batch", nil, `{"batch":[{"type":"track","userId":"zz-secret"}],"writeKey":"w","sentAt":"2026-03-14T09:26:53Z"}`, history.MissingField, "a batch of tracking messages"},
	{"PostHog", nil, `{"event":"Order Completed","properties":{"total":29.3},"timestamp":"2026-03-14T09:26:53Z","uuid":"1","distinct_id":"zz-secret"}`, history.MissingField, "PostHog"},
	{"Snowplow, a request", nil, `{"schema":"iglu:com.snowplowanalytics.snowplow/payload_data/jsonschema/1-0-4","data":[{"e":"tr","uid":"zz-secret"}]}`, history.MissingField, "Snowplow"},
	{"Snowplow, a transaction", nil, `{"e":"tr","tr_id":"zz-secret","tr_tt":"29.3","eid":"1","tv":"py-1.1.0","uid":"zz-secret"}`, history.MissingField, "Snowplow"},
	{"Stripe", nil, `{"id":"evt_1","object":"event","created":1773476814,"type":"invoice.paid","data":{"object":{"id":"in_1","object":"invoice","customer":"zz-secret"}}}`, history.UnknownType, "Stripe"},
	{"Shopify, an order", nil, `{"id":58,"admin_graphql_api_id":"gid://shopify/Order/58","email":"zz-secret","total_price":"29.30","financial_status":"paid"}`, history.MissingField, "Shopify"},
	{"Shopify, a refund", nil, `{"id":9,"order_id":"58","note":"zz-secret","refund_line_items":[],"transactions":[]}`, history.MissingField, "Shopify"},
	{"Shopify by its header", []string{"x-shopify-topic"}, `{"id":9,"email":"zz-secret"}`, history.MissingField, "Shopify"},
	{"commercetools", nil, `{"id":"m","sequenceNumber":1,"resource":{"typeId":"order","id":"zz-secret"},"resourceVersion":1,"type":"OrderCreated","order":{"customerId":"zz-secret"}}`,
		history.UnknownType, "commercetools"},
	{"CloudEvents labelled as JSON", []string{"content-type"}, `{"specversion":"1.0","type":"com.example.order.placed","source":"/s","id":"zz-secret","data":{"customer_id":"zz-secret","order_id":"o"}}`,
		history.MissingField, "content-type: application/cloudevents+json"},

	{"Avro, Confluent's prefix", nil, unhex("0000000002066f2d3108632d3432"), history.Undecodable, "through a schema registry"},
	{"Avro, eight bytes of id", nil, unhex("000000000000000016066f2d31"), history.Undecodable, "through a schema registry"},
	{"Avro, the id in a header", []string{"apicurio.value.globalId"}, unhex("066f2d3108632d3432040b72"), history.Undecodable, "through a schema registry"},
	{"Protobuf", nil, unhex("000000002a000a036f2d3112"), history.Undecodable, "through a schema registry"},
	{"JSON Schema", nil, unhex("0000000003") + `{"order_id":"zz-secret"}`, history.Undecodable, "JSON behind the prefix"},
	{"gzip", nil, unhex("1f8b080000000000000a"), history.Undecodable, "compressed by the writer"},
}

var debeziumHeaders = []string{"__debezium.context.connectorName", "__debezium.context.taskId"}

func unhex(text string) string {
	bytes, err := hex.DecodeString(text)
	if err != nil {
		panic(err)
	}
	return string(bytes)
}

func named(names []string) (headers []Header) {
	for _, name := range names {
		headers = append(headers, Header{Key: []byte(name), Value: []byte("application/json; " + secret)})
	}
	return headers
}

// A record of a known source is refused as before, and the detail names the source and what
// to do, without a word of the record.
func TestRefusalsNameTheSource(t *testing.T) {
	for _, c := range foreignRecords {
		_, refused := decodeValue(t, c.value, named(c.headers)...)
		if reasonOf(refused) != c.reason {
			t.Errorf("%s: reason %s, want %s", c.name, reasonOf(refused), c.reason)
			continue
		}
		if !strings.Contains(refused.Detail, ": this ") || !strings.Contains(refused.Detail, c.want) || strings.Contains(refused.Detail, secret) {
			t.Errorf("%s: the detail %q does not say %q", c.name, refused.Detail, c.want)
		}
	}
}

// What resembles a source and is ours, or of nobody known, gets no advice.
func TestRefusalsOfOthersNameNoSource(t *testing.T) {
	for name, value := range map[string]string{
		"our event, with members of a change":  `{"type":"order.placed","event_id":"1","customer_id":"c","op":"c","source":{},"before":null}`,
		"our event, without its time":          `{"type":"order.placed","event_id":"1","customer_id":"c","object":"event","data":{}}`,
		"somebody's object":                    `{"hello":"world"}`,
		"an object whose data speaks of track": `{"kind":"x","note":"{\"type\":\"track\",\"messageId\":\"1\"}"}`,
		"a type without anything of Segment":   `{"type":"track"}`,
		"a JSON string":                        `"order placed"`,
		"a number":                             `12`,
		"broken JSON":                          `{"specversion":"1.0","type":"a","data":{`,
		"too short for a prefix":               "\x00\x00\x00\x00\x01",
		"nothing":                              "",
	} {
		_, refused := decodeValue(t, value)
		if refused == nil || strings.Contains(refused.Detail, "this ") {
			t.Errorf("%s: %+v", name, refused)
		}
	}
	structured := Header{Key: []byte("content-type"), Value: []byte("application/cloudevents+json")}
	if _, refused := decodeValue(t, `{"specversion":"1.0","type":"a.b","source":"/s","id":"1","data":{"x":1}}`, structured); refused == nil || strings.Contains(refused.Detail, "this ") {
		t.Errorf("an envelope that has its header: %+v", refused)
	}
	inside := `{"specversion":"1.0","type":"a.b","source":"/s","id":"1","data":{"object":"event","data":{}}}`
	if _, refused := decodeValue(t, inside, structured); refused == nil || !strings.Contains(refused.Detail, "Stripe") {
		t.Errorf("Stripe's event in an envelope: %+v", refused)
	}
}

// An event of ours is taken whatever else its record has.
func TestEventsThatResembleASourceAreTaken(t *testing.T) {
	event := `{"type":"order.placed","event_id":"1","customer_id":"c","occurred_at":"2026-03-14T09:00:00Z","order_id":"o","amount":"1.00",` +
		`"op":"c","source":{"connector":"x"},"before":null,"messageId":"1","specversion":"1.0","data":{}}`
	if _, refused := decodeValue(t, event, named(append(debeziumHeaders, "id", "X-Shopify-Topic"))...); refused != nil {
		t.Errorf("refused: %+v", refused)
	}
}
