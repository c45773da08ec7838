"""Applies the changes of a topic of clvstream, with confluent-kafka.

usage: confluent_changes.py BROKERS TOPIC GROUP SCHEMA
"""
import json
import signal
import sys

from confluent_kafka import Consumer, KafkaException
from jsonschema import Draft202012Validator

brokers, topic, group, schema = sys.argv[1:]
with open(schema, encoding="utf-8") as file:
    check = Draft202012Validator(json.load(file))
consumer = Consumer({
    "bootstrap.servers": brokers,
    "group.id": group,
    "isolation.level": "read_committed",  # librdkafka's default; most clients have the other one
    "auto.offset.reset": "earliest",  # a new group begins with the oldest change, not with the next one
    "enable.auto.commit": False,  # a position is committed once its changes are applied
})
latest = {}  # each customer's version: in the database that holds the values, in the same transaction


def apply(message):
    customer = message.key().decode()
    if message.value() is None:  # a tombstone, on current: the customer is erased
        latest.pop(customer, None)
        tell({"customer_id": customer, "erased": True})
        return
    change = json.loads(message.value())
    check.validate(change)
    if change["version"] <= latest.get(customer, 0):  # read before: after a crash, a rebalance or a reset
        return
    latest[customer] = change["version"]
    headers = dict(message.headers() or [])
    trace = headers.get("traceparent")  # of the order, if its record had one
    tell({
        "customer_id": customer,
        "version": change["version"],
        "id": headers["ce_id"].decode(),
        "reason": change["reason"],
        "current": change["clv"]["current"],  # a decimal as text: decimal.Decimal, never float
        "currency": change["currency"],
        "as_of": change["as_of"],
        "traceparent": trace.decode() if trace else None,
    })


def tell(applied):
    print(json.dumps(applied), flush=True)


def stop(*_):
    raise SystemExit(0)


signal.signal(signal.SIGTERM, stop)
signal.signal(signal.SIGINT, stop)
consumer.subscribe([topic])
try:
    while True:
        messages = consumer.consume(500, timeout=1)
        for message in messages:
            if message.error():
                raise KafkaException(message.error())
            apply(message)
        if messages:
            consumer.commit(asynchronous=False)
finally:
    consumer.close()
