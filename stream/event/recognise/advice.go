package recognise

// What is said of each form and source: what it is, and what to do. docs/events.md has more of
// each under "Records of other sources", and docs/mapping.md of mappings.
const (
	adviceNull = "this is the text null, as Debezium writes flattened deletes and empty outbox payloads: " +
		"a mapping of its topic takes it for a record without a value"
	adviceString = "this is a JSON string that holds JSON, as Debezium's outbox writes it: " +
		"name its topic in a mapping (preset: debezium-outbox), or write the text itself (value.converter StringConverter)"
	adviceArray = "this is a JSON array: name its topic in a mapping that takes it as a batch, or write one event a record"
	adviceGzip  = "this is compressed by the writer (gzip): send plain JSON, and have Kafka compress it (compression.type)"

	adviceRegistry = "this was written through a schema registry (Avro, Protobuf or JSON Schema): " +
		"name its topic in a mapping that says how (registry)"
	adviceRegistryJSON = "this is JSON behind the prefix of a schema registry: " +
		"name its topic in a mapping that says how it is written (registry)"

	adviceCloudEvent = "this is a CloudEvents envelope without its header: " +
		"send it with content-type: application/cloudevents+json, or name its topic in a mapping (preset: cloudevents)"
	adviceDebezium            = "this is a change record of Debezium: name its topic in a mapping (preset: debezium)"
	adviceDebeziumRow         = "this is a row from Debezium without its envelope: name its topic in a mapping (preset: debezium-flattened)"
	adviceDebeziumTransaction = "this is Debezium's record of a transaction: leave its topic out of input.topics"
	adviceOutbox              = "this came through Debezium's outbox, and its payload is no event: " +
		"have the program write one there, with type, event_id and the other fields, or name its topic in a mapping of your own"
	adviceConnectEnvelope = "this is Kafka Connect's envelope of schema and payload: " +
		"name its topic in a mapping, which opens it, or set value.converter.schemas.enable to false"
	adviceBatch         = "this is a batch of tracking messages: name its topic in a mapping (preset: segment or posthog)"
	adviceSegment       = "this is a message of Segment or RudderStack: name its topic in a mapping (preset: segment)"
	advicePostHog       = "this is an event of PostHog: name its topic in a mapping (preset: posthog)"
	adviceSnowplow      = "this is an event of Snowplow: name its topic in a mapping (preset: snowplow)"
	adviceStripe        = "this is an event of Stripe: name its topic in a mapping (preset: stripe)"
	adviceShopify       = "this is a webhook of Shopify: name its topic in a mapping (preset: shopify)"
	adviceCommercetools = "this is a message of commercetools: name its topic in a mapping (preset: commercetools)"
)
