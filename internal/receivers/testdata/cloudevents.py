"""Reads a topic from its beginning with confluent-kafka, in read_committed, and says which
CloudEvents the SDK sees in it.

usage: cloudevents.py BROKERS TOPIC COUNT
"""
import json
import sys

from cloudevents.core.bindings.kafka import KafkaMessage, from_kafka
from cloudevents.core.formats.json import JSONFormat
from confluent_kafka import Consumer, KafkaException

brokers, topic, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
consumer = Consumer({
    "bootstrap.servers": brokers,
    "group.id": topic + "-python",
    "auto.offset.reset": "earliest",
    "isolation.level": "read_committed",
})
consumer.subscribe([topic])

events = []
while len(events) < count:
    message = consumer.poll(30)
    if message is None:
        sys.exit(f"no record for 30 s, after {len(events)}")
    if message.error():
        raise KafkaException(message.error())
    headers = dict(message.headers())
    event = from_kafka(KafkaMessage(headers=headers, key=message.key(), value=message.value()), JSONFormat())
    trace = headers.get("traceparent")
    events.append({
        "specversion": event.get_specversion(),
        "type": event.get_type(),
        "source": event.get_source(),
        "id": event.get_id(),
        "time_millis": round(event.get_time().timestamp() * 1000),
        "subject": event.get_subject(),
        "datacontenttype": event.get_datacontenttype(),
        "data": event.get_data(),
        "traceparent": trace.decode() if trace else None,
    })
consumer.close()
json.dump(events, sys.stdout)
