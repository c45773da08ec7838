"""A customer's lifetime value changed.

Printed by clvstream types: print it anew rather than edit it. Needs Python 3.11 or later.

    change = ClvChanged.of(json.loads(record.value))

What may be missing is None.
"""
from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Mapping


@dataclass(frozen=True)
class Cause:
    """What changed the value."""

    event_id: str  # The id of the event that changed the value; if time did, that of the change itself
    type: str  # Its type
    order_id: str | None  # Its order; null for other events than order.*
    occurred_at: datetime  # When it happened

    @classmethod
    def of(cls, said: Mapping[str, Any]) -> Cause:
        return cls(
            event_id=said["event_id"],
            type=said["type"],
            order_id=said.get("order_id"),
            occurred_at=datetime.fromisoformat(said["occurred_at"]),
        )


@dataclass(frozen=True)
class Clv:
    """The lifetime value and its parts."""

    previous: Decimal  # The value of the change before this one; 0 for the first
    current: Decimal  # The lifetime value: historic + predicted
    delta: Decimal  # current − previous
    historic: Decimal  # Net margin to date
    predicted: Decimal  # Discounted expected margin within the model's horizon
    residual: Decimal | None  # The same over the infinite horizon; absent if the model has none

    @classmethod
    def of(cls, said: Mapping[str, Any]) -> Clv:
        return cls(
            previous=Decimal(said["previous"]),
            current=Decimal(said["current"]),
            delta=Decimal(said["delta"]),
            historic=Decimal(said["historic"]),
            predicted=Decimal(said["predicted"]),
            residual=Decimal(said["residual"]) if said.get("residual") is not None else None,
        )


@dataclass(frozen=True)
class Stage:
    """The stage of silence; absent where no order stands, and none did as last announced."""

    previous: str  # As last announced
    current: str  # As of as_of
    since: datetime  # When the stage was entered
    silence_days: int  # Days since the last purchase day
    silence_quantile: float  # Probability that an alive customer with this customer's rate would have ordered by now; 0 if the model gives none
    expected_loss: Decimal | None  # By how much clv.predicted has fallen since the last purchase day; absent unless a stage of silence is entered
    best_moment: date | None  # The day on which clv.predicted falls most: the best day to contact the customer; absent unless a stage of silence is entered

    @classmethod
    def of(cls, said: Mapping[str, Any]) -> Stage:
        return cls(
            previous=said["previous"],
            current=said["current"],
            since=datetime.fromisoformat(said["since"]),
            silence_days=said["silence_days"],
            silence_quantile=said["silence_quantile"],
            expected_loss=Decimal(said["expected_loss"]) if said.get("expected_loss") is not None else None,
            best_moment=date.fromisoformat(said["best_moment"]) if said.get("best_moment") is not None else None,
        )


@dataclass(frozen=True)
class Tier:
    """The customer's tier; absent where no tiers are configured."""

    previous: str | None  # As last announced; null for none
    current: str | None  # As of as_of; null for none
    direction: str  # From previous to current
    next: str | None  # The next higher tier; null in the highest
    distance: Decimal | None  # The amount missing to the next tier; null in the highest
    approaching: bool  # distance is at most tiers.approaching

    @classmethod
    def of(cls, said: Mapping[str, Any]) -> Tier:
        return cls(
            previous=said.get("previous"),
            current=said.get("current"),
            direction=said["direction"],
            next=said.get("next"),
            distance=Decimal(said["distance"]) if said.get("distance") is not None else None,
            approaching=said["approaching"],
        )


@dataclass(frozen=True)
class Acquisition:
    """The acquisition cost, and whether the value covers it; absent before customer.acquired."""

    cost: Decimal  # The acquisition cost
    channel: str | None  # The acquisition channel; null if unknown
    net_clv: Decimal  # clv.current − cost
    clv_to_cac: float | None  # clv.current ÷ cost; null when the cost is 0
    worthwhile: bool  # clv_to_cac is not below the configured floor
    break_even: date | None  # The day by which margin covers the cost, past or expected; null if it is not expected within the model's horizon
    broken_even: bool  # break_even has been reached

    @classmethod
    def of(cls, said: Mapping[str, Any]) -> Acquisition:
        return cls(
            cost=Decimal(said["cost"]),
            channel=said.get("channel"),
            net_clv=Decimal(said["net_clv"]),
            clv_to_cac=said.get("clv_to_cac"),
            worthwhile=said["worthwhile"],
            break_even=date.fromisoformat(said["break_even"]) if said.get("break_even") is not None else None,
            broken_even=said["broken_even"],
        )


@dataclass(frozen=True)
class Model:
    """The model that valued the customer."""

    name: str  # Its name, such as mbgnbd
    version: str  # Its parameters: a hash of the model file, or the parameters themselves

    @classmethod
    def of(cls, said: Mapping[str, Any]) -> Model:
        return cls(
            name=said["name"],
            version=said["version"],
        )


@dataclass(frozen=True)
class ClvChanged:
    """A customer's lifetime value changed."""

    customer_id: str  # The customer, and the record's key
    version: int  # 1 for the customer's first change, then one more for each: a gap means a missed change
    reason: str  # Why the value, the stage or the tier changed
    as_of: datetime  # The instant of the value: the customer's latest event time or last due time, whichever is later; never before that of the previous change
    cause: Cause  # What changed the value
    currency: str  # ISO 4217 code of every amount here
    clv: Clv  # The lifetime value and its parts
    status: str  # Whether the customer orders
    p_alive: float | None  # Probability that the customer has not left; null while no order stands (unless churned), and where the model has none and no churn event says it
    expected_orders: float  # Purchase days expected within the model's horizon
    expected_spend: Decimal  # Expected amount of a purchase day
    next_order_days: float | None  # Median days to the next order if the customer is alive; null where the model has none
    orders: int  # Orders that stand: not cancelled, not refunded in full
    purchase_days: int  # Days with an order that stands
    revenue: Decimal  # Revenue to date, net of refunds
    margin: Decimal  # Margin to date, net of refunds
    recency_days: int  # Days from the first purchase day to the last
    age_days: int  # Days from the first purchase day to as_of
    average_order_value: Decimal | None  # Revenue per order; null while no order stands
    days_between_orders: float | None  # Mean days between purchase days; null before the second
    first_channel: str | None  # The channel of the earliest order, as it was placed; null where that order names none, or was stored before this field was
    stage: Stage | None  # The stage of silence; absent where no order stands, and none did as last announced
    tier: Tier | None  # The customer's tier; absent where no tiers are configured
    acquisition: Acquisition | None  # The acquisition cost, and whether the value covers it; absent before customer.acquired
    model: Model  # The model that valued the customer

    @classmethod
    def of(cls, said: Mapping[str, Any]) -> ClvChanged:
        return cls(
            customer_id=said["customer_id"],
            version=said["version"],
            reason=said["reason"],
            as_of=datetime.fromisoformat(said["as_of"]),
            cause=Cause.of(said["cause"]),
            currency=said["currency"],
            clv=Clv.of(said["clv"]),
            status=said["status"],
            p_alive=said.get("p_alive"),
            expected_orders=said["expected_orders"],
            expected_spend=Decimal(said["expected_spend"]),
            next_order_days=said.get("next_order_days"),
            orders=said["orders"],
            purchase_days=said["purchase_days"],
            revenue=Decimal(said["revenue"]),
            margin=Decimal(said["margin"]),
            recency_days=said["recency_days"],
            age_days=said["age_days"],
            average_order_value=Decimal(said["average_order_value"]) if said.get("average_order_value") is not None else None,
            days_between_orders=said.get("days_between_orders"),
            first_channel=said.get("first_channel"),
            stage=Stage.of(said["stage"]) if said.get("stage") is not None else None,
            tier=Tier.of(said["tier"]) if said.get("tier") is not None else None,
            acquisition=Acquisition.of(said["acquisition"]) if said.get("acquisition") is not None else None,
            model=Model.of(said["model"]),
        )
