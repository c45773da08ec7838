import com.networknt.schema.InputFormat;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.serialization.StringDeserializer;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * Applies the changes of a topic of clvstream, with Apache Kafka's own client.
 *
 * <p>usage: java -cp 'lib/*' Changes.java BROKERS TOPIC GROUP SCHEMA
 */
public final class Changes {
    private static final JsonMapper JSON = new JsonMapper();

    /** Each customer's version: in the database that holds the values, in the same transaction. */
    private final Map<String, Long> latest = new HashMap<>();

    private final Schema schema;

    private Changes(Schema schema) {
        this.schema = schema;
    }

    public static void main(String[] args) throws Exception {
        Map<String, Object> settings = Map.of(
                ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, args[0],
                ConsumerConfig.GROUP_ID_CONFIG, args[2],
                ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed", // the default shows what is aborted later
                ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest", // a new group begins with the oldest change
                ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false, // a position is committed once its changes are applied
                ConsumerConfig.KEY_DESERIALIZER_CLASS_CONFIG, StringDeserializer.class,
                ConsumerConfig.VALUE_DESERIALIZER_CLASS_CONFIG, StringDeserializer.class);
        Schema schema = SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
                .getSchema(Files.readString(Path.of(args[3])), InputFormat.JSON);
        Changes changes = new Changes(schema);
        try (KafkaConsumer<String, String> consumer = new KafkaConsumer<>(settings)) {
            Thread main = Thread.currentThread();
            Thread end = new Thread(() -> {
                consumer.wakeup();
                try {
                    main.join(); // until the group is left
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            });
            Runtime.getRuntime().addShutdownHook(end);
            consumer.subscribe(List.of(args[1]));
            while (true) {
                ConsumerRecords<String, String> records = consumer.poll(Duration.ofSeconds(1));
                for (ConsumerRecord<String, String> record : records) {
                    changes.apply(record);
                }
                consumer.commitSync();
            }
        } catch (WakeupException e) {
            // SIGTERM or SIGINT
        }
    }

    private void apply(ConsumerRecord<String, String> record) {
        String customer = record.key();
        if (record.value() == null) { // a tombstone, on current: the customer is erased
            latest.remove(customer);
            tell(JSON.createObjectNode().put("customer_id", customer).put("erased", true));
            return;
        }
        var errors = schema.validate(record.value(), InputFormat.JSON);
        if (!errors.isEmpty()) {
            throw new IllegalStateException(customer + ": " + errors);
        }
        JsonNode change = JSON.readTree(record.value());
        long version = change.get("version").longValue();
        if (version <= latest.getOrDefault(customer, 0L)) { // read before: after a crash, a rebalance or a reset
            return;
        }
        latest.put(customer, version);
        tell(JSON.createObjectNode()
                .put("customer_id", customer)
                .put("version", version)
                .put("id", header(record, "ce_id"))
                .put("reason", change.get("reason").stringValue())
                .put("current", change.get("clv").get("current").stringValue()) // new BigDecimal(…), never a double
                .put("currency", change.get("currency").stringValue())
                .put("as_of", change.get("as_of").stringValue())
                .put("traceparent", header(record, "traceparent"))); // of the order, if its record had one
    }

    private static String header(ConsumerRecord<?, ?> record, String name) {
        Header header = record.headers().lastHeader(name);
        return header == null || header.value() == null ? null : new String(header.value(), StandardCharsets.UTF_8);
    }

    private static void tell(ObjectNode applied) {
        System.out.println(applied);
    }
}
