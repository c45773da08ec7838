// Printed by clvstream types: print it anew rather than edit it.
//
//     const change: ClvChanged = JSON.parse(text);

/** A decimal in major units, as text: no number holds it. */
export type Amount = string;

/** RFC 3339 in UTC, to the microsecond: a Date holds milliseconds. */
export type Instant = string;

/** An ISO 8601 date. */
export type Day = string;

/** A customer's lifetime value changed. */
export interface ClvChanged {
    /** The customer, and the record's key. */
    customer_id: string;
    /** 1 for the customer's first change, then one more for each: a gap means a missed change. */
    version: number;
    /** Why the value, the stage or the tier changed. */
    reason: string;
    /** The instant of the value: the customer's latest event time or last due time, whichever is later; never before that of the previous change. */
    as_of: Instant;
    /** What changed the value. */
    cause: Cause;
    /** ISO 4217 code of every amount here. */
    currency: string;
    /** The lifetime value and its parts. */
    clv: Clv;
    /** Whether the customer orders. */
    status: "prospect" | "active" | "churned";
    /** Probability that the customer has not left; null while no order stands (unless churned), and where the model has none and no churn event says it. */
    p_alive: number | null;
    /** Purchase days expected within the model's horizon. */
    expected_orders: number;
    /** Expected amount of a purchase day. */
    expected_spend: Amount;
    /** Median days to the next order if the customer is alive; null where the model has none. */
    next_order_days: number | null;
    /** Orders that stand: not cancelled, not refunded in full. */
    orders: number;
    /** Days with an order that stands. */
    purchase_days: number;
    /** Revenue to date, net of refunds. */
    revenue: Amount;
    /** Margin to date, net of refunds. */
    margin: Amount;
    /** Days from the first purchase day to the last. */
    recency_days: number;
    /** Days from the first purchase day to as_of. */
    age_days: number;
    /** Revenue per order; null while no order stands. */
    average_order_value: Amount | null;
    /** Mean days between purchase days; null before the second. */
    days_between_orders: number | null;
    /** The channel of the earliest order, as it was placed; null where that order names none, or was stored before this field was. */
    first_channel: string | null;
    /** The stage of silence; absent where no order stands, and none did as last announced. */
    stage?: Stage;
    /** The customer's tier; absent where no tiers are configured. */
    tier?: Tier;
    /** The acquisition cost, and whether the value covers it; absent before customer.acquired. */
    acquisition?: Acquisition;
    /** The model that valued the customer. */
    model: Model;
}

/** What changed the value. */
export interface Cause {
    /** The id of the event that changed the value; if time did, that of the change itself. */
    event_id: string;
    /** Its type. */
    type: string;
    /** Its order; null for other events than order.*. */
    order_id: string | null;
    /** When it happened. */
    occurred_at: Instant;
}

/** The lifetime value and its parts. */
export interface Clv {
    /** The value of the change before this one; 0 for the first. */
    previous: Amount;
    /** The lifetime value: historic + predicted. */
    current: Amount;
    /** current − previous. */
    delta: Amount;
    /** Net margin to date. */
    historic: Amount;
    /** Discounted expected margin within the model's horizon. */
    predicted: Amount;
    /** The same over the infinite horizon; absent if the model has none. */
    residual?: Amount;
}

/** The stage of silence; absent where no order stands, and none did as last announced. */
export interface Stage {
    /** As last announced. */
    previous: "none" | "active" | "cooling" | "dormant" | "lost" | "won_back";
    /** As of as_of. */
    current: "none" | "active" | "cooling" | "dormant" | "lost" | "won_back";
    /** When the stage was entered. */
    since: Instant;
    /** Days since the last purchase day. */
    silence_days: number;
    /** Probability that an alive customer with this customer's rate would have ordered by now; 0 if the model gives none. */
    silence_quantile: number;
    /** By how much clv.predicted has fallen since the last purchase day; absent unless a stage of silence is entered. */
    expected_loss?: Amount;
    /** The day on which clv.predicted falls most: the best day to contact the customer; absent unless a stage of silence is entered. */
    best_moment?: Day;
}

/** The customer's tier; absent where no tiers are configured. */
export interface Tier {
    /** As last announced; null for none. */
    previous: string | null;
    /** As of as_of; null for none. */
    current: string | null;
    /** From previous to current. */
    direction: "up" | "down" | "same";
    /** The next higher tier; null in the highest. */
    next: string | null;
    /** The amount missing to the next tier; null in the highest. */
    distance: Amount | null;
    /** distance is at most tiers.approaching. */
    approaching: boolean;
}

/** The acquisition cost, and whether the value covers it; absent before customer.acquired. */
export interface Acquisition {
    /** The acquisition cost. */
    cost: Amount;
    /** The acquisition channel; null if unknown. */
    channel: string | null;
    /** clv.current − cost. */
    net_clv: Amount;
    /** clv.current ÷ cost; null when the cost is 0. */
    clv_to_cac: number | null;
    /** clv_to_cac is not below the configured floor. */
    worthwhile: boolean;
    /** The day by which margin covers the cost, past or expected; null if it is not expected within the model's horizon. */
    break_even: Day | null;
    /** break_even has been reached. */
    broken_even: boolean;
}

/** The model that valued the customer. */
export interface Model {
    /** Its name, such as mbgnbd. */
    name: string;
    /** Its parameters: a hash of the model file, or the parameters themselves. */
    version: string;
}
