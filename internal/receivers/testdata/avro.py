"""Reads a topic of Avro from its beginning with confluent-kafka and its deserializer, and says
what it got: decimals as text, instants in microseconds, days as ISO 8601.

usage: avro.py BROKERS TOPIC COUNT REGISTRY
"""
import datetime
import decimal
import faulthandler
import json
import sys

from confluent_kafka import Consumer, KafkaException
from confluent_kafka.schema_registry import SchemaRegistryClient, topic_subject_name_strategy
from confluent_kafka.schema_registry.avro import AvroDeserializer
from confluent_kafka.serialization import MessageField, SerializationContext

brokers, topic, count, registry = sys.argv[1:]
faulthandler.dump_traceback_later(120, exit=True)  # what hangs says where
deserialize = AvroDeserializer(
    SchemaRegistryClient({"url": registry, "timeout": 10}),  # there is none unless it is set
    conf={"subject.name.strategy": topic_subject_name_strategy},  # the default asks the registry about each topic
)
consumer = Consumer({
    "bootstrap.servers": brokers,
    "group.id": topic + "-python",
    "auto.offset.reset": "earliest",
    "isolation.level": "read_committed",
})
consumer.subscribe([topic])
epoch = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)


def plain(value):
    if isinstance(value, datetime.datetime):
        return (value - epoch) // datetime.timedelta(microseconds=1)
    if isinstance(value, datetime.date):
        return value.isoformat()
    if isinstance(value, decimal.Decimal):
        return str(value)
    raise TypeError(type(value))


said = []
while len(said) < int(count):
    message = consumer.poll(30)
    if message is None:
        sys.exit(f"no record for 30 s, after {len(said)}")
    if message.error():
        raise KafkaException(message.error())
    value = deserialize(message.value(), SerializationContext(topic, MessageField.VALUE))
    said.append({"id": dict(message.headers())["ce_id"].decode(), "change": value})
consumer.close()
json.dump(said, sys.stdout, default=plain)
