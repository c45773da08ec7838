"""Applies the changes of a topic of clvstream, with aiokafka.

usage: aiokafka_changes.py BROKERS TOPIC GROUP SCHEMA

gzip is built in; snappy, lz4 and zstd need cramjam: pip install aiokafka cramjam jsonschema
"""
import asyncio
import json
import signal
import sys

from aiokafka import AIOKafkaConsumer
from jsonschema import Draft202012Validator

brokers, topic, group, schema = sys.argv[1:]
with open(schema, encoding="utf-8") as file:
    check = Draft202012Validator(json.load(file))
latest = {}  # each customer's version: in the database that holds the values, in the same transaction


def apply(record):
    customer = record.key.decode()
    if record.value is None:  # a tombstone, on current: the customer is erased
        latest.pop(customer, None)
        tell({"customer_id": customer, "erased": True})
        return
    change = json.loads(record.value)
    check.validate(change)
    if change["version"] <= latest.get(customer, 0):  # read before: after a crash, a rebalance or a reset
        return
    latest[customer] = change["version"]
    headers = dict(record.headers)
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


async def main():
    consumer = AIOKafkaConsumer(
        topic,
        bootstrap_servers=brokers.split(","),
        group_id=group,
        isolation_level="read_committed",  # the default shows what is aborted later
        auto_offset_reset="earliest",  # a new group begins with the oldest change, not with the next one
        enable_auto_commit=False,  # a position is committed once its changes are applied
    )
    stopped = asyncio.Event()
    for end in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(end, stopped.set)
    await consumer.start()
    try:
        while not stopped.is_set():
            for records in (await consumer.getmany(timeout_ms=500, max_records=500)).values():
                for record in records:
                    apply(record)
                await consumer.commit()
    finally:
        await consumer.stop()


asyncio.run(main())
