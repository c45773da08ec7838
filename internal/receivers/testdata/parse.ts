// What a user writes with the types that quicktype made. It has to compile in strict mode: a
// number that may be null is no number, and a word that may be new is any string.
import { Convert, type Change } from "./Change";

export function said(line: string) {
    let change: Change;
    try {
        change = Convert.toChange(line);
    } catch (refusal) {
        return { refused: String(refusal) };
    }
    const pAlive: number | null = change.p_alive;
    const silenceDays: number | undefined = change.stage?.silence_days;
    const reason: string = change.reason;
    const causeType: string = change.cause.type;
    return {
        customer_id: change.customer_id,
        version: change.version,
        reason,
        cause_type: causeType,
        as_of_millis: change.as_of.getTime(),
        current: change.clv.current,
        p_alive: pAlive,
        days_between_orders: change.days_between_orders,
        silence_days: silenceDays ?? null,
        added: change.added ?? null,
        added_to_cause: change.cause.added ?? null,
    };
}
