// Printed by clvstream types: print it anew rather than edit it.
import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.LocalDate;

/**
 * A customer's lifetime value changed. Jackson 3 reads it; Jackson 2 needs jackson-datatype-jsr310.
 * What may be missing is null.
 */
@JsonIgnoreProperties(ignoreUnknown = true)
public record ClvChanged(
        /* The customer, and the record's key */
        @JsonProperty("customer_id") String customerId,
        /* 1 for the customer's first change, then one more for each: a gap means a missed change */
        @JsonProperty("version") long version,
        /* Why the value, the stage or the tier changed */
        @JsonProperty("reason") String reason,
        /* The instant of the value: the customer's latest event time or last due time, whichever is later; never before that of the previous change */
        @JsonProperty("as_of") Instant asOf,
        /* What changed the value */
        @JsonProperty("cause") Cause cause,
        /* ISO 4217 code of every amount here */
        @JsonProperty("currency") String currency,
        /* The lifetime value and its parts */
        @JsonProperty("clv") Clv clv,
        /* Whether the customer orders */
        @JsonProperty("status") String status,
        /* Probability that the customer has not left; null while no order stands (unless churned), and where the model has none and no churn event says it */
        @JsonProperty("p_alive") Double pAlive,
        /* Purchase days expected within the model's horizon */
        @JsonProperty("expected_orders") double expectedOrders,
        /* Expected amount of a purchase day */
        @JsonProperty("expected_spend") BigDecimal expectedSpend,
        /* Median days to the next order if the customer is alive; null where the model has none */
        @JsonProperty("next_order_days") Double nextOrderDays,
        /* Orders that stand: not cancelled, not refunded in full */
        @JsonProperty("orders") long orders,
        /* Days with an order that stands */
        @JsonProperty("purchase_days") long purchaseDays,
        /* Revenue to date, net of refunds */
        @JsonProperty("revenue") BigDecimal revenue,
        /* Margin to date, net of refunds */
        @JsonProperty("margin") BigDecimal margin,
        /* Days from the first purchase day to the last */
        @JsonProperty("recency_days") long recencyDays,
        /* Days from the first purchase day to as_of */
        @JsonProperty("age_days") long ageDays,
        /* Revenue per order; null while no order stands */
        @JsonProperty("average_order_value") BigDecimal averageOrderValue,
        /* Mean days between purchase days; null before the second */
        @JsonProperty("days_between_orders") Double daysBetweenOrders,
        /* The channel of the earliest order, as it was placed; null where that order names none, or was stored before this field was */
        @JsonProperty("first_channel") String firstChannel,
        /* The stage of silence; absent where no order stands, and none did as last announced */
        @JsonProperty("stage") Stage stage,
        /* The customer's tier; absent where no tiers are configured */
        @JsonProperty("tier") Tier tier,
        /* The acquisition cost, and whether the value covers it; absent before customer.acquired */
        @JsonProperty("acquisition") Acquisition acquisition,
        /* The model that valued the customer */
        @JsonProperty("model") Model model) {

    /** What changed the value. */
    @JsonIgnoreProperties(ignoreUnknown = true)
    public record Cause(
            /* The id of the event that changed the value; if time did, that of the change itself */
            @JsonProperty("event_id") String eventId,
            /* Its type */
            @JsonProperty("type") String type,
            /* Its order; null for other events than order.* */
            @JsonProperty("order_id") String orderId,
            /* When it happened */
            @JsonProperty("occurred_at") Instant occurredAt) {}

    /** The lifetime value and its parts. */
    @JsonIgnoreProperties(ignoreUnknown = true)
    public record Clv(
            /* The value of the change before this one; 0 for the first */
            @JsonProperty("previous") BigDecimal previous,
            /* The lifetime value: historic + predicted */
            @JsonProperty("current") BigDecimal current,
            /* current − previous */
            @JsonProperty("delta") BigDecimal delta,
            /* Net margin to date */
            @JsonProperty("historic") BigDecimal historic,
            /* Discounted expected margin within the model's horizon */
            @JsonProperty("predicted") BigDecimal predicted,
            /* The same over the infinite horizon; absent if the model has none */
            @JsonProperty("residual") BigDecimal residual) {}

    /** The stage of silence; absent where no order stands, and none did as last announced. */
    @JsonIgnoreProperties(ignoreUnknown = true)
    public record Stage(
            /* As last announced */
            @JsonProperty("previous") String previous,
            /* As of as_of */
            @JsonProperty("current") String current,
            /* When the stage was entered */
            @JsonProperty("since") Instant since,
            /* Days since the last purchase day */
            @JsonProperty("silence_days") long silenceDays,
            /* Probability that an alive customer with this customer's rate would have ordered by now; 0 if the model gives none */
            @JsonProperty("silence_quantile") double silenceQuantile,
            /* By how much clv.predicted has fallen since the last purchase day; absent unless a stage of silence is entered */
            @JsonProperty("expected_loss") BigDecimal expectedLoss,
            /* The day on which clv.predicted falls most: the best day to contact the customer; absent unless a stage of silence is entered */
            @JsonProperty("best_moment") LocalDate bestMoment) {}

    /** The customer's tier; absent where no tiers are configured. */
    @JsonIgnoreProperties(ignoreUnknown = true)
    public record Tier(
            /* As last announced; null for none */
            @JsonProperty("previous") String previous,
            /* As of as_of; null for none */
            @JsonProperty("current") String current,
            /* From previous to current */
            @JsonProperty("direction") String direction,
            /* The next higher tier; null in the highest */
            @JsonProperty("next") String next,
            /* The amount missing to the next tier; null in the highest */
            @JsonProperty("distance") BigDecimal distance,
            /* distance is at most tiers.approaching */
            @JsonProperty("approaching") boolean approaching) {}

    /** The acquisition cost, and whether the value covers it; absent before customer.acquired. */
    @JsonIgnoreProperties(ignoreUnknown = true)
    public record Acquisition(
            /* The acquisition cost */
            @JsonProperty("cost") BigDecimal cost,
            /* The acquisition channel; null if unknown */
            @JsonProperty("channel") String channel,
            /* clv.current − cost */
            @JsonProperty("net_clv") BigDecimal netClv,
            /* clv.current ÷ cost; null when the cost is 0 */
            @JsonProperty("clv_to_cac") Double clvToCac,
            /* clv_to_cac is not below the configured floor */
            @JsonProperty("worthwhile") boolean worthwhile,
            /* The day by which margin covers the cost, past or expected; null if it is not expected within the model's horizon */
            @JsonProperty("break_even") LocalDate breakEven,
            /* break_even has been reached */
            @JsonProperty("broken_even") boolean brokenEven) {}

    /** The model that valued the customer. */
    @JsonIgnoreProperties(ignoreUnknown = true)
    public record Model(
            /* Its name, such as mbgnbd */
            @JsonProperty("name") String name,
            /* Its parameters: a hash of the model file, or the parameters themselves */
            @JsonProperty("version") String version) {}
}
