#!/bin/sh
# The guess: a kafka.Reader of segmentio/kafka-go with IsolationLevel: kafka.ReadCommitted hands out
# what was committed, as a consumer of Apache Kafka with isolation.level=read_committed does.
#
# What is so: kafka-go 0.4.51 asks the broker for committed records, and the broker's answer ends
# before what is open. But an answer holds what was aborted as well, with a list of it that the
# client has to apply; the Reader does not, and hands all of it out. The markers by which the broker
# ends transactions come as messages, too, with a binary key and value. franz-go, on the same topic,
# leaves both out.
#
#	in the topic    1 aborted, 2 committed, 3 aborted, 4 committed
#	kafka-go        1 marker 2 marker 3 marker 4
#	franz-go        2 4
#
# Why it matters here: a subscriber with a kafka.Reader gets a message that is no JSON behind each
# transaction of a publisher, changes twice where one was aborted and, after a failover of Redis that
# lost commits, changes that never came to be. So the consumer in docs/receivers.md fetches by itself.
#
# usage: findings/kafka-go-aborted.sh
#
# Needs Go, Java 17 or later and Maven. It fetches Apache Kafka and the pinned modules, the former
# into a temporary directory, and runs a broker there on ports 39092 and 39093; nothing is installed.
# Exits 1 if the behaviour is another one.
set -eu

kafka=4.3.1
kafkago=v0.4.51
franzgo=v1.22.2
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

mkdir try
cd try
cat >main.go <<'GO'
package main

import (
	"context"
	"fmt"
	"log"
	"os"
	"strings"
	"time"

	"github.com/segmentio/kafka-go"
	"github.com/twmb/franz-go/pkg/kgo"
)

const (
	broker = "127.0.0.1:39092"
	topic  = "numbers"
)

func must(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

// write puts one number into each transaction, of which each second one is committed.
func write(ctx context.Context) {
	client, err := kgo.NewClient(kgo.SeedBrokers(broker), kgo.TransactionalID("writer"), kgo.AllowAutoTopicCreation(), kgo.DefaultProduceTopic(topic))
	must(err)
	defer client.Close()
	for i := 1; i <= 4; i++ {
		must(client.BeginTransaction())
		must(client.ProduceSync(ctx, &kgo.Record{Value: fmt.Append(nil, i)}).FirstErr())
		must(client.EndTransaction(ctx, kgo.TransactionEndTry(i%2 == 0)))
	}
}

func byKafkaGo(ctx context.Context) (read []string) {
	reader := kafka.NewReader(kafka.ReaderConfig{Brokers: []string{broker}, Topic: topic, IsolationLevel: kafka.ReadCommitted})
	defer reader.Close()
	for len(read) == 0 || read[len(read)-1] != "4" {
		m, err := reader.ReadMessage(ctx)
		must(err)
		if len(m.Value) > 1 {
			read = append(read, "marker") // of the end of a transaction: a version and an epoch, in binary
		} else {
			read = append(read, string(m.Value))
		}
	}
	return read
}

func byFranzGo(ctx context.Context) (read []string) {
	client, err := kgo.NewClient(kgo.SeedBrokers(broker), kgo.ConsumeTopics(topic), kgo.FetchIsolationLevel(kgo.ReadCommitted()),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))
	must(err)
	defer client.Close()
	for len(read) == 0 || read[len(read)-1] != "4" {
		fetches := client.PollFetches(ctx)
		must(fetches.Err())
		fetches.EachRecord(func(r *kgo.Record) { read = append(read, string(r.Value)) })
	}
	return read
}

func main() {
	ctx, stop := context.WithTimeout(context.Background(), 2*time.Minute)
	defer stop()
	write(ctx)
	segmentio, twmb := strings.Join(byKafkaGo(ctx), " "), strings.Join(byFranzGo(ctx), " ")
	fmt.Println("in the topic    1 aborted, 2 committed, 3 aborted, 4 committed")
	fmt.Println("kafka-go       ", segmentio)
	fmt.Println("franz-go       ", twmb)
	if segmentio != "1 marker 2 marker 3 marker 4" || twmb != "2 4" {
		os.Exit(1)
	}
}
GO
go mod init try 2>/dev/null
go get "github.com/segmentio/kafka-go@$kafkago" "github.com/twmb/franz-go@$franzgo" 2>/dev/null
go mod tidy 2>/dev/null
go run .
