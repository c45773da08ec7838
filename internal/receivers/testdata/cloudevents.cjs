// Reads a topic from its beginning with kafkajs, in read_committed (its default), and prints
// which CloudEvents the SDK sees in it.
//
// usage: cloudevents.cjs BROKERS TOPIC COUNT
const { CloudEvent, Kafka: binding } = require("cloudevents");
const { Kafka, logLevel } = require("kafkajs");

const [, , brokers, topic, count] = process.argv;
const kafka = new Kafka({ brokers: brokers.split(","), logLevel: logLevel.ERROR });
const consumer = kafka.consumer({ groupId: `${topic}-javascript`, readUncommitted: false });
const events = [];

// kafkajs gives keys and headers as bytes, and the SDK takes them as text: see
// findings/cloudevents-js-bytes.sh.
const text = (bytes) => bytes?.toString();
const textual = ({ key, value, headers }) => ({
    key: text(key),
    value,
    headers: Object.fromEntries(Object.entries(headers).map(([name, bytes]) => [name, text(bytes)])),
});

async function eachMessage({ message }) {
    const { key, value, headers } = textual(message);
    const event = binding.toEvent({ key, value, headers });
    if (!(event instanceof CloudEvent) || !event.validate()) throw new Error("not a CloudEvent");
    events.push({
        specversion: event.specversion,
        type: event.type,
        source: event.source,
        id: event.id,
        time_millis: Date.parse(event.time),
        subject: event.subject,
        datacontenttype: event.datacontenttype,
        data: event.data,
        traceparent: headers.traceparent ?? null,
    });
    if (events.length === Number(count)) done();
}

let done, failed;
const all = new Promise((resolve, reject) => ([done, failed] = [resolve, reject]));

(async () => {
    consumer.on(consumer.events.CRASH, ({ payload }) => failed(payload.error));
    await consumer.connect();
    await consumer.subscribe({ topic, fromBeginning: true });
    await consumer.run({ eachMessage });
    await all;
    await consumer.disconnect();
    process.stdout.write(JSON.stringify(events));
})().catch((error) => {
    console.error(error);
    process.exit(1);
});
