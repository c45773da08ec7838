package recognise

import (
	"slices"
	"strings"
)

// source is something that writes JSON objects which are no events.
type source struct {
	wrote  func(r *Record, o members) bool
	advice string
}

// sources are in the order in which they are asked: what wraps others comes first.
var sources = []source{
	{isCloudEvent, adviceCloudEvent},
	{isDebezium, adviceDebezium},
	{isConnectEnvelope, adviceConnectEnvelope},
	{isBatch, adviceBatch},
	{isSegment, adviceSegment},
	{isPostHog, advicePostHog},
	{isSnowplow, adviceSnowplow},
	{isStripe, adviceStripe},
	{isShopify, adviceShopify},
	{isCommercetools, adviceCommercetools},
	{isDebeziumTransaction, adviceDebeziumTransaction},
	{isOutbox, adviceOutbox},
	{isDebeziumRow, adviceDebeziumRow},
}

// isCloudEvent: an envelope whose header did not say that it is one, or it would have been
// unwrapped.
func isCloudEvent(_ *Record, o members) bool {
	return o.has("specversion", "type") && o.hasAny("data", "data_base64", "source")
}

func isDebezium(_ *Record, o members) bool {
	return isChange(o) || o.has("schema", "payload") && isChange(o.object("payload"))
}

func isChange(o members) bool {
	return len(o.text("op")) == 1 && o.has("source") && o.hasAny("before", "after", "ts_ms")
}

// isDebeziumTransaction: where a transaction of the database began or ended
// (provide.transaction.metadata).
func isDebeziumTransaction(_ *Record, o members) bool {
	return slices.Contains([]string{"BEGIN", "END"}, o.text("status")) && o.has("id", "event_count", "data_collections")
}

// isOutbox: the router gives each record the id of its row in the outbox.
func isOutbox(r *Record, o members) bool {
	return r.hasHeader("__debezium.") && slices.Contains(r.Headers, "id") && !o.has("event_id")
}

// isDebeziumRow: the row alone, without op and source.
func isDebeziumRow(r *Record, o members) bool {
	return r.hasHeader("__debezium.") && !o.has("event_id") || o.hasAny("__deleted", "__op", "__source_ts_ms", "__source_lsn")
}

func isConnectEnvelope(_ *Record, o members) bool {
	return len(o) == 2 && o.has("schema", "payload") && o.object("schema").has("type")
}

func isBatch(_ *Record, o members) bool {
	return o.has("batch") && o.hasAny("writeKey", "sentAt", "api_key", "sent_at")
}

// messageTypes are those of Segment's messages, which RudderStack has taken over.
var messageTypes = []string{"track", "identify", "page", "screen", "group", "alias"}

func isSegment(_ *Record, o members) bool {
	return slices.Contains(messageTypes, o.text("type")) && o.hasAny("messageId", "userId", "anonymousId", "properties")
}

func isPostHog(_ *Record, o members) bool {
	return o.has("distinct_id", "event") && o.hasAny("properties", "uuid")
}

// isSnowplow: what a tracker sends, one of its events, or an enriched event.
func isSnowplow(_ *Record, o members) bool {
	return o.has("data") && strings.HasPrefix(o.text("schema"), "iglu:") ||
		o.has("e") && o.hasAny("eid", "tv", "aid") || o.has("collector_tstamp", "event_id")
}

func isStripe(_ *Record, o members) bool {
	return o.text("object") == "event" && o.has("data")
}

func isShopify(r *Record, o members) bool {
	return r.hasHeader("X-Shopify-") || strings.HasPrefix(o.text("admin_graphql_api_id"), "gid://shopify/") ||
		o.has("total_price", "financial_status") || o.has("order_id", "refund_line_items")
}

func isCommercetools(_ *Record, o members) bool {
	return o.object("resource").has("typeId") && o.hasAny("sequenceNumber", "resourceVersion", "projectKey")
}
