// Applies the changes of a topic of clvstream, with kafkajs.
//
// usage: node kafkajs_changes.mjs BROKERS TOPIC GROUP SCHEMA
//
// npm install kafkajs kafkajs-snappy lz4-napi ajv
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import zlib from "node:zlib";

const require = createRequire(import.meta.url); // these are CommonJS
const { CompressionCodecs, CompressionTypes, Kafka, logLevel } = require("kafkajs");
const Ajv = require("ajv/dist/2020").default;
const lz4 = require("lz4-napi");

// gzip is built in. The others fail with "not implemented" unless they are given, and zstd
// needs Node.js 22.15 or later.
CompressionCodecs[CompressionTypes.Snappy] = require("kafkajs-snappy");
CompressionCodecs[CompressionTypes.LZ4] = () => ({
    compress: ({ buffer }) => lz4.compressFrame(buffer),
    decompress: (buffer) => lz4.decompressFrame(buffer),
});
CompressionCodecs[CompressionTypes.ZSTD] = () => ({
    compress: async ({ buffer }) => zlib.zstdCompressSync(buffer),
    decompress: async (buffer) => zlib.zstdDecompressSync(buffer),
});

const [, , brokers, topic, groupId, schema] = process.argv;
const check = new Ajv({ validateFormats: false }).compile(JSON.parse(readFileSync(schema, "utf8")));
const kafka = new Kafka({ brokers: brokers.split(","), logLevel: logLevel.ERROR });
const consumer = kafka.consumer({
    groupId,
    readUncommitted: false, // the default; said because most clients have the other one
});
const latest = new Map(); // each customer's version: in the database that holds the values, in the same transaction

function apply({ key, value, headers }) {
    const customer = key.toString();
    if (value === null) { // a tombstone, on current: the customer is erased
        latest.delete(customer);
        tell({ customer_id: customer, erased: true });
        return;
    }
    const change = JSON.parse(value);
    if (!check(change)) throw new Error(`${customer}: ${JSON.stringify(check.errors)}`);
    if (change.version <= (latest.get(customer) ?? 0)) return; // read before: after a crash, a rebalance or a reset
    latest.set(customer, change.version);
    tell({
        customer_id: customer,
        version: change.version,
        id: headers.ce_id.toString(),
        reason: change.reason,
        current: change.clv.current, // a decimal as text: no Number holds it
        currency: change.currency,
        as_of: change.as_of,
        traceparent: headers.traceparent?.toString() ?? null, // of the order, if its record had one
    });
}

function tell(applied) {
    process.stdout.write(JSON.stringify(applied) + "\n");
}

// What is thrown is tried five times more, for seconds, unless it says that this is of no use.
async function eachMessage({ message }) {
    try {
        apply(message);
    } catch (error) {
        throw Object.assign(error, { retriable: false });
    }
}

consumer.on(consumer.events.CRASH, ({ payload }) => {
    console.error(payload.error);
    if (!payload.restart) process.exit(1);
});
for (const end of ["SIGTERM", "SIGINT"]) {
    process.once(end, () => consumer.disconnect().then(() => process.exit(0)));
}
await consumer.connect();
await consumer.subscribe({ topic, fromBeginning: true }); // a new group begins with the oldest change
await consumer.run({ eachMessage }); // positions are committed after their messages are applied
