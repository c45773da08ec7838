package recognise

// What is said of each form and source: what it is, and what works today. docs/events.md has
// more of each under "Records of other sources".
const (
	adviceNull = "this is the text null, as Debezium writes flattened deletes and empty outbox payloads: " +
		"leave such records out on the way"
	adviceString = "this is a JSON string that holds JSON, as Debezium's outbox writes it: " +
		"write the text itself (value.converter StringConverter), or the object"
	adviceArray = "this is a JSON array: write one event a record"
	adviceGzip  = "this is compressed by the writer (gzip): send plain JSON, and have Kafka compress it (compression.type)"

	adviceRegistry = "this was written through a schema registry (Avro, Protobuf or JSON Schema), which is not read: " +
		"write plain JSON without the serializer, or convert on the way"
	adviceRegistryJSON = "this is JSON behind the prefix of a schema registry, which is not read: " +
		"write plain JSON without the serializer, or cut the prefix off on the way"

	adviceCloudEvent = "this is a CloudEvents envelope without its header: " +
		"send the record with content-type: application/cloudevents+json"
	adviceDebezium = "this is a change record of Debezium, which is not read as it is: " +
		"write events to an outbox table and route them (EventRouter), or map each change to an event on the way"
	adviceDebeziumRow = "this is a row from Debezium without its envelope, which is not read as it is: " +
		"write events to an outbox table and route them (EventRouter), or map each row to an event on the way"
	adviceDebeziumTransaction = "this is Debezium's record of a transaction: " +
		"leave its topic out of input.topics"
	adviceOutbox = "this came through Debezium's outbox, and its payload is no event: " +
		"have the program write one there, with type, event_id and the other fields"
	adviceConnectEnvelope = "this is Kafka Connect's envelope of schema and payload: " +
		"set value.converter.schemas.enable to false, so that the payload is written alone"
	adviceBatch = "this is a batch of tracking messages: " +
		"forward one message a record, each mapped to an event"
	adviceSegment = "this is a message of Segment or RudderStack, which is not read as it is: " +
		"map Order Completed to order.placed and Order Refunded to order.refunded on the way, and forward no others"
	advicePostHog = "this is an event of PostHog, which is not read as it is: " +
		"map orders to order.placed and refunds to order.refunded on the way, and forward no others"
	adviceSnowplow = "this is an event of Snowplow, which is not read as it is: " +
		"map each transaction (e=tr), not its items, to order.placed on the way"
	adviceStripe = "this is an event of Stripe, which is not read as it is: " +
		"map one type of payment (invoice.paid or charge.succeeded) to order.placed and refund.created to order.refunded on the way"
	adviceShopify = "this is a webhook of Shopify, which is not read as it is: " +
		"map orders to order.placed, cancellations to order.cancelled and refunds to order.refunded on the way"
	adviceCommercetools = "this is a message of commercetools, which is not read as it is: " +
		"map OrderCreated to order.placed and the change to Cancelled to order.cancelled on the way"
)
