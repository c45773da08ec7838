package config

import (
	"log/slog"
	"slices"
	"time"

	"github.com/clvstream/clvstream/clv/catalog"
	"github.com/clvstream/clvstream/clv/model"
	"github.com/clvstream/clvstream/clv/money"
)

// settings is the table that everything follows from. A new setting is a field
// of Config and a row here.
var settings = slices.Concat(
	[]setting{
		set("namespace", func(c *Config) *string { return &c.Namespace }, namespaceName, "clv",
			"Prefix of clvstream's topics, consumer groups and Redis keys. Deployments that share a Kafka or a Redis need different ones.").flagged("namespace", AllBinaries),
		set("shutdown_timeout", func(c *Config) *time.Duration { return &c.ShutdownTimeout }, duration(time.Second, 10*time.Minute), "25s",
			"How long a shutdown may take after SIGTERM. Kubernetes kills after 30s by default."),
	},
	kafkaSettings, redisSettings, inputSettings, registrySettings, eventSettings, businessSettings, erasureSettings, stateSettings,
	modelSettings, awakeSettings, tierSettings, policySettings, audienceSettings, webhookSettings, publisherSettings, topicSettings, telemetrySettings,
)

// sections says what each section is about.
var sections = map[string]string{
	"kafka":         "How to reach Kafka.",
	"kafka.tls":     "TLS to Kafka.",
	"kafka.sasl":    "How clvstream authenticates to Kafka.",
	"redis":         "How to reach Redis or Valkey.",
	"redis.tls":     "TLS to Redis.",
	"input":         "What the consumer reads, and in which batches.",
	"registry":      "How to reach the schema registry of topics whose mapping names one (see docs/registry.md), and of what is published as Avro (see docs/receivers.md).",
	"registry.tls":  "TLS to the registry. Without it, https trusts what the system trusts.",
	"events":        "What is accepted as an event. Anything else becomes a dead letter.",
	"business":      "The conventions of the business. Changing one changes values: rebuild the state from the log afterwards.",
	"erasure":       "What becomes of customers who were erased: see docs/identity.md.",
	"state":         "How customers are stored in Redis.",
	"model":         "How customers are valued: by a named model, or by a fitted one from a file. Once a model is activated with `clvstream model activate`, that model is in force in all processes, whatever is configured here.",
	"model.refit":   "When the publisher fits a new model to the customers in Redis, and under which condition it activates it.",
	"awake":         "Changes caused by time alone: stages of silence, levels of P(alive), drift.",
	"awake.cooling": "When a customer becomes cooling: as soon as one condition holds. 0 disables a condition.",
	"awake.dormant": "When a customer becomes dormant.",
	"awake.lost":    "When a customer becomes lost.",
	"tiers.cut":     "When tiers given by percentile get new borders, computed from the statistics of the base.",
	"tiers":         "Tiers of customers, by value.",
	"policy":        "Which changes are announced. The state is exact, whatever is announced.",
	"publisher":     "How changes are published.",
	"topics":        "How `clvstream topics create` creates clvstream's own topics.",
	"telemetry":     "Metrics, health endpoints and logs. OTEL_* variables apply as well.",
}

var kafkaSettings = slices.Concat(
	[]setting{
		set("kafka.brokers", func(c *Config) *[]string { return &c.Kafka.Brokers }, listOf(address), "localhost:9092",
			"Bootstrap brokers. The others are discovered from them.").flagged("brokers", AllBinaries),
		set("kafka.client_id", func(c *Config) *string { return &c.Kafka.ClientID }, anyText, "clvstream",
			"Client id that appears in the brokers' logs and quotas."),
		set("kafka.session_timeout", func(c *Config) *time.Duration { return &c.Kafka.SessionTimeout }, duration(500*time.Millisecond, 30*time.Minute), "10s",
			"Consumer group session timeout: after this long without a heartbeat, a process loses its partitions or lanes. Brokers allow 6s or more by default (group.min.session.timeout.ms)."),
	},
	tlsSettings("kafka.tls", func(c *Config) *TLS { return &c.Kafka.TLS }),
	[]setting{
		set("kafka.sasl.mechanism", func(c *Config) *SASLMechanism { return &c.Kafka.SASL.Mechanism },
			oneOf(SASLNone, SASLPlain, SASLScramSHA256, SASLScramSHA512), "none",
			"SASL mechanism. plain sends the password unencrypted, so use it under TLS only."),
		set("kafka.sasl.username", func(c *Config) *string { return &c.Kafka.SASL.Username }, anyText, "",
			"User name."),
		set("kafka.sasl.password_file", func(c *Config) *string { return &c.Kafka.SASL.PasswordFile }, filePath, "",
			"File that holds the password. One newline at its end is dropped."),
		set("kafka.sasl.password", func(c *Config) *Secret { return &c.Kafka.SASL.Password }, secret, "",
			"The password itself, if there is no file.").hidden(),
	},
)

var redisSettings = slices.Concat(
	[]setting{
		set("redis.addresses", func(c *Config) *[]string { return &c.Redis.Addresses }, listOf(address), "localhost:6379",
			"The server, some nodes of the cluster, or the sentinels.").flagged("redis", AllBinaries),
		set("redis.mode", func(c *Config) *RedisMode { return &c.Redis.Mode }, oneOf(RedisAuto, RedisSingle, RedisCluster, RedisSentinel), "auto",
			"Kind of deployment. auto means sentinel if master_name is set, else cluster for several addresses and single for one.").derived(deriveRedisMode),
		set("redis.master_name", func(c *Config) *string { return &c.Redis.MasterName }, anyText, "",
			"Name of the master in the sentinels' configuration."),
		set("redis.username", func(c *Config) *string { return &c.Redis.Username }, anyText, "",
			"ACL user. Empty: the default user."),
		set("redis.password_file", func(c *Config) *string { return &c.Redis.PasswordFile }, filePath, "",
			"File that holds the password. One newline at its end is dropped."),
		set("redis.password", func(c *Config) *Secret { return &c.Redis.Password }, secret, "",
			"The password itself, if there is no file.").hidden(),
		set("redis.sentinel_username", func(c *Config) *string { return &c.Redis.SentinelUsername }, anyText, "",
			"ACL user on the sentinels."),
		set("redis.sentinel_password_file", func(c *Config) *string { return &c.Redis.SentinelPasswordFile }, filePath, "",
			"File that holds the password for the sentinels."),
		set("redis.sentinel_password", func(c *Config) *Secret { return &c.Redis.SentinelPassword }, secret, "",
			"The password for the sentinels itself, if there is no file.").hidden(),
		set("redis.database", func(c *Config) *int { return &c.Redis.Database }, whole(0, 1_000_000), "0",
			"Database number. A cluster has only 0."),
		set("redis.checks", func(c *Config) *RedisChecks { return &c.Redis.Checks }, oneOf(ChecksStrict, ChecksWarn, ChecksOff), "strict",
			"What to do at start if the server could lose state (eviction allowed, no append-only file, slots uncovered): strict refuses to start, warn logs a warning, off does not check."),
	},
	tlsSettings("redis.tls", func(c *Config) *TLS { return &c.Redis.TLS }),
)

// tlsSettings is the TLS section, the same for Kafka and Redis.
func tlsSettings(section string, at func(*Config) *TLS) []setting {
	return []setting{
		set(section+".enabled", func(c *Config) *bool { return &at(c).Enabled }, boolean, "false",
			"Whether to use TLS. The server's certificate is always verified."),
		set(section+".ca_file", func(c *Config) *string { return &at(c).CAFile }, filePath, "",
			"PEM file of the certificate authorities to trust. Empty: the system's."),
		set(section+".cert_file", func(c *Config) *string { return &at(c).CertFile }, filePath, "",
			"PEM file of the client certificate, if the server asks for one. It is read again for each connection, so it may be renewed."),
		set(section+".key_file", func(c *Config) *string { return &at(c).KeyFile }, filePath, "",
			"PEM file of the client certificate's key."),
		set(section+".server_name", func(c *Config) *string { return &at(c).ServerName }, anyText, "",
			"Name to expect in the server's certificate. Empty: the host that is connected to."),
	}
}

var registrySettings = slices.Concat(
	[]setting{
		set("registry.url", func(c *Config) *string { return &c.Registry.URL }, anyText, "",
			"The registry's interface: Confluent-compatible for id and guid (http://HOST:8081, http://HOST/apis/ccompat/v7), of Apicurio Registry 3 for contentId and globalId (http://HOST/apis/registry/v3)."),
		set("registry.username", func(c *Config) *string { return &c.Registry.Username }, anyText, "",
			"User name."),
		set("registry.password_file", func(c *Config) *string { return &c.Registry.PasswordFile }, filePath, "",
			"File that holds the password. It is read at each question."),
		set("registry.token_file", func(c *Config) *string { return &c.Registry.TokenFile }, filePath, "",
			"File that holds a bearer token, in place of a name and a password. It is read at each question."),
		set("registry.timeout", func(c *Config) *time.Duration { return &c.Registry.Timeout }, duration(100*time.Millisecond, 5*time.Minute), "10s",
			"How long an answer may take."),
	},
	tlsSettings("registry.tls", func(c *Config) *TLS { return &c.Registry.TLS }),
)

var inputSettings = []setting{
	set("input.topics", func(c *Config) *[]string { return &c.Input.Topics }, listOf(topicName), "orders,churn",
		"Input topics. Each may carry any type of event.").flagged("topics", ConsumerBinary),
	set("input.mappings", func(c *Config) *[]string { return &c.Input.Mappings }, anyListOf(filePath), "",
		"Mapping files, for topics whose records are not events as docs/events.md has them: see docs/mapping.md. Of several for one topic, the first that takes a record counts.").
		flagged("mappings", ConsumerBinary),
	set("input.group", func(c *Config) *string { return &c.Input.Group }, anyText, "",
		"Consumer group. Empty: NAMESPACE-consumer. Positions are in Redis; the group's offsets are for lag tools only.").
		flagged("group", ConsumerBinary).derived(func(c *Config) { c.Input.Group = orElse(c.Input.Group, c.Namespace+"-consumer") }),
	set("input.order_index", func(c *Config) *bool { return &c.Input.OrderIndex }, boolean, "false",
		"Keep an index of orders, so that refunds, reverts and cancels may leave their customer out. Fixed when the state is first written. Costs Redis some 75 bytes an order: see docs/events.md."),
	set("input.rebuild", func(c *Config) *bool { return &c.Input.Rebuild }, boolean, "false",
		"Rebuild the state from the log after Redis has lost it. Without this, the consumer refuses to start.").
		usedBy(ConsumerBinary).flagged("rebuild", ConsumerBinary).only(FromFlag),
	set("input.fetch_max_wait", func(c *Config) *time.Duration { return &c.Input.FetchMaxWait }, duration(10*time.Millisecond, 5*time.Second), "250ms",
		"How long a broker may wait before it answers a fetch with nothing to read.").usedBy(ConsumerBinary | ToolBinary),
	set("input.fetch_max_partition_bytes", func(c *Config) *int { return &c.Input.FetchMaxPartitionBytes }, size(64<<10, 64<<20), "1MiB",
		"Most bytes of a partition in one fetch.").usedBy(ConsumerBinary | ToolBinary),
	set("input.batch_max_records", func(c *Config) *int { return &c.Input.BatchMaxRecords }, whole(1, 100_000), "2500",
		"Most records of a partition in one commit.").usedBy(ConsumerBinary | ToolBinary),
	set("input.idle_watermark_interval", func(c *Config) *time.Duration { return &c.Input.IdleWatermarkInterval }, duration(100*time.Millisecond, 10*time.Minute), "5s",
		"How often shards without events advance their watermark, so that a restart does not replay records that were applied long ago.").usedBy(ConsumerBinary | ToolBinary),
}

var eventSettings = []setting{
	set("events.oldest", func(c *Config) *time.Time { return &c.Events.Oldest }, date, "1995-01-01",
		"Events before this day become dead letters."),
	set("events.future_tolerance", func(c *Config) *time.Duration { return &c.Events.FutureTolerance }, duration(0, 30*24*time.Hour), "1h",
		"How far an event's time may be ahead of its record's Kafka timestamp."),
	set("events.max_event_bytes", func(c *Config) *int { return &c.Events.MaxEventBytes }, size(4<<10, 64<<20), "1MiB",
		"Largest event."),
	set("events.max_id_bytes", func(c *Config) *int { return &c.Events.MaxIDBytes }, whole(16, 4096), "256",
		"Longest id of an event, order, refund or customer."),
	set("events.max_amount", func(c *Config) *string { return &c.Events.MaxAmount },
		decimal("an amount in major units from 1 to 1000000000000, such as 250000.00", within(1, 1e12)), "1000000000",
		"Largest amount of one event, in major units of its currency."),
}

var businessSettings = []setting{
	set("business.time_zone", func(c *Config) **time.Location { return &c.Business.TimeZone }, timeZone, "UTC",
		"Time zone that determines the day of an order."),
	set("business.currency", func(c *Config) *money.Currency { return &c.Business.Currency }, currencyCode, "USD",
		"Currency of all values."),
	set("business.exchange_rates", func(c *Config) *[]ExchangeRate { return &c.Business.ExchangeRates }, tableOf(
		col("currency", true, func(r *ExchangeRate) *money.Currency { return &r.Currency }, currencyCode),
		col("from", false, func(r *ExchangeRate) *time.Time { return &r.From }, date),
		col("rate", true, func(r *ExchangeRate) *string { return &r.Rate },
			decimal("a decimal above 0, such as 1.0835", func(x float64) bool { return x > 0 && x <= 1e9 })),
	), "[]", "What one unit of another currency is worth in business.currency from a day on, e.g. {currency: EUR, from: 2026-01-01, rate: 1.0835}. Without from, the rate applies from the beginning."),
	set("business.margin_rate", func(c *Config) *string { return &c.Business.MarginRate }, marginRate, "1",
		"Share of revenue that is margin, for orders that carry neither margin nor cost. With 1, values are in revenue."),
	set("business.channel_margins", func(c *Config) *[]ChannelMargin { return &c.Business.ChannelMargins }, tableOf(
		col("channel", true, func(m *ChannelMargin) *string { return &m.Channel }, anyText),
		col("from", false, func(m *ChannelMargin) *time.Time { return &m.From }, date),
		col("rate", true, func(m *ChannelMargin) *string { return &m.Rate }, marginRate),
	), "[]", "Margin rate of a channel from a day on, e.g. {channel: marketplace, rate: 0.22}. Without from, the rate applies from the beginning. An empty channel means every channel without a rate of its own. A rate below 0 means selling at a loss."),
	set("business.lateness_days", func(c *Config) *int { return &c.Business.LatenessDays }, whole(1, 3660), "90",
		"How late an event may be: how far behind its customer's latest event it still counts. Orders are kept one by one for twice that long."),
	set("business.ledger_limit", func(c *Config) *int { return &c.Business.LedgerLimit }, whole(16, 65_536), "1024",
		"Most orders and refunds of one customer that are kept one by one. Beyond it, the oldest days are sealed early."),
}

var erasureSettings = []setting{
	set("erasure.later_events", func(c *Config) *LaterEvents { return &c.Erasure.LaterEvents }, oneOf(LaterRefuse, LaterAnew), "refuse",
		"What becomes of events that happened after their customer's erasure: refuse makes them dead letters without content, anew begins a new customer. Fixed when the state is first written."),
}

var marginRate = decimal("a decimal from -1 to 1, such as 0.35", within(-1, 1))

var stateSettings = []setting{
	set("state.shards", func(c *Config) *int { return &c.State.Shards }, whole(1, 4096), "16",
		"Number of shards of the state. Fixed when the state is first written. More for a cluster or many input partitions, at the price of latency: see operations."),
	set("state.outbox_max_entries", func(c *Config) *int { return &c.State.OutboxMaxEntries }, whole(1, 1_000_000), "1000",
		"Most commits in the outbox of one shard. Beyond it, the consumer waits for the publisher."),
	set("state.cache_customers", func(c *Config) *int { return &c.State.CacheCustomers }, whole(0, 100_000_000), "200000",
		"Customers of up to 512 stored bytes that one process caches, in 640 bytes of memory at most each; one with more bytes counts as several."),
}

// parameter is a setting of a model that needs no fitting, with its range and its
// words as its description has them.
func parameter[V any](of model.Description, key string, at func(*Config) *V, within func(least, most float64) kind[V], def string) setting {
	p := of.Parameter(key)
	return set("model."+key, at, within(p.Least, p.Most), def, of.Name+": "+p.Meaning+".")
}

func wholeWithin(least, most float64) kind[int] { return whole(int(least), int(most)) }

func yesOrNo(float64, float64) kind[bool] { return boolean }

var modelSettings = []setting{
	set("model.file", func(c *Config) *string { return &c.Model.File }, filePath, "",
		"Model file as written by `clvstream fit`. With it, model.name is not used.").flagged("model-file", ConsumerBinary|PublisherBinary),
	set("model.name", func(c *Config) *ModelName { return &c.Model.Name }, oneOf(names[ModelName](model.KindChosen)...), catalog.Default().Name,
		"Model that needs no fitting."),
	parameter(model.DescribeSimple(), "lifespan_years", func(c *Config) *float64 { return &c.Model.LifespanYears }, number, "3"),
	parameter(model.DescribeMarginChurn(), "monthly_churn", func(c *Config) *float64 { return &c.Model.MonthlyChurn }, number, "0.05"),
	parameter(model.DescribeRetentionDCF(), "retention", func(c *Config) *float64 { return &c.Model.Retention }, number, "0.75"),
	parameter(model.DescribeRetentionDCF(), "retention_years", func(c *Config) *int { return &c.Model.RetentionYears }, wholeWithin, "10"),
	parameter(model.DescribeRetentionDCF(), "retention_cost", func(c *Config) *float64 { return &c.Model.RetentionCost }, number, "0"),
	parameter(model.DescribeRetentionDCF(), "first_margin_after_year", func(c *Config) *bool { return &c.Model.FirstMarginAfterYear }, yesOrNo, "false"),
	parameter(model.DescribeRetentionDCF(), "discount_annual", func(c *Config) *float64 { return &c.Model.DiscountAnnual }, number, "0.1"),
	set("model.activation_span", func(c *Config) *time.Duration { return &c.Model.ActivationSpan }, duration(0, 31*24*time.Hour), "1h",
		"Over how long the customers are revalued after another model was activated. A customer with an event in that time is revalued at once.").usedBy(PublisherBinary | ToolBinary),
	set("model.refit.cron", func(c *Config) *string { return &c.Model.Refit.Cron }, cronExpression, "",
		"When a new model is fitted, in business.time_zone. Empty: never.").usedBy(PublisherBinary | ToolBinary),
	set("model.refit.model", func(c *Config) *RefitModel { return &c.Model.Refit.Model },
		oneOf(refitModels()...), string(RefitAuto),
		"Which model is fitted. auto takes, of those that fit all orders about equally well, one that none of them beats in predicting the holdout.").usedBy(PublisherBinary | ToolBinary),
	set("model.refit.holdout_days", func(c *Config) *int { return &c.Model.Refit.HoldoutDays }, whole(1, 3660), "30",
		"How many of the last days are held out to compare the new model with the one in force. At most business.lateness_days.").usedBy(PublisherBinary | ToolBinary),
	set("model.refit.margin", func(c *Config) *float64 { return &c.Model.Refit.Margin }, number(0, 1), "0.01",
		"By what share the new model's error on the holdout must be smaller for it to be activated. 0.01 is 1 %.").usedBy(PublisherBinary | ToolBinary),
	set("model.refit.silent", func(c *Config) *bool { return &c.Model.Refit.Silent }, boolean, "false",
		"Whether to suppress the announcements of the revaluation by the new model.").usedBy(PublisherBinary | ToolBinary),
}

var awakeSettings = slices.Concat(
	[]setting{
		set("awake.mode", func(c *Config) *AwakeMode { return &c.Awake.Mode }, oneOf(AwakeWall, AwakeEvent, AwakeOff), "wall",
			"The time by which due times fire. wall: by event time, and the time that passes after the last event. event: by event time alone. off: due times wait for the customer's next event."),
		set("awake.grace", func(c *Config) *time.Duration { return &c.Awake.Grace }, duration(0, MostGrace), "0s",
			"How long due times wait for late events. A due time fires without an event that comes after it; the event then makes one change, as of the present."),
		set("awake.quiet_after", func(c *Config) *time.Duration { return &c.Awake.QuietAfter }, duration(time.Second, 24*time.Hour), "1m",
			"For how long no record comes in an input partition until it does not hold stream time back. Longer than producers leave a partition without a record while they have earlier events for it."),
		set("awake.rate", func(c *Config) *int { return &c.Awake.Rate }, whole(1, 1_000_000), "20000",
			"Most due customers that one publisher revalues in a second. It bounds the load of catching up after a downtime.").usedBy(PublisherBinary | ToolBinary),
		set("awake.refresh", func(c *Config) *time.Duration { return &c.Awake.Refresh }, durationOrOff(time.Hour, 31*24*time.Hour), "24h",
			"The age that no value in the statistics exceeds: silent customers are valued anew within it, for the statistics alone. Nothing is announced. 0 counts values as last stored.").usedBy(PublisherBinary | ToolBinary),
	},
	stageSettings("awake.cooling", func(c *Config) *Stage { return &c.Awake.Cooling }, "0.9", "0"),
	stageSettings("awake.dormant", func(c *Config) *Stage { return &c.Awake.Dormant }, "0.99", "0"),
	stageSettings("awake.lost", func(c *Config) *Stage { return &c.Awake.Lost }, "0", "365"),
	[]setting{
		set("awake.won_back_days", func(c *Config) *int { return &c.Awake.WonBackDays }, whole(0, 365), "30",
			"How many days a customer whose order ended a dormancy stays won back, unless the next order comes first. 0 disables the stage."),
		set("awake.alive_levels", func(c *Config) *[]AliveLevel { return &c.Awake.AliveLevels }, tableOf(
			col("below", true, func(l *AliveLevel) *float64 { return &l.Below }, number(1e-6, 0.999999)),
		), "[]", "Levels of P(alive): falling below one is announced, e.g. [{below: 0.5}, {below: 0.2}]."),
		set("awake.drift", func(c *Config) *float64 { return &c.Awake.Drift }, number(0, 1), "0",
			"Announces a value that time alone has changed by this share of the value last announced. 0 disables it."),
		set("awake.acquisition_floor", func(c *Config) *float64 { return &c.Awake.AcquisitionFloor }, number(0, 1000), "3",
			"CLV:CAC below which a customer is not worth the acquisition cost. Crossing it is announced, in both directions. 0 disables it."),
	},
)

// stageSettings is the same section for each stage of silence.
func stageSettings(section string, at func(*Config) *Stage, quantile, days string) []setting {
	return []setting{
		set(section+".silence_quantile", func(c *Config) *float64 { return &at(c).SilenceQuantile }, number(0, 0.999999), quantile,
			"The silence is so long that an order would have ended it with this probability, at the customer's own rhythm under the model."),
		set(section+".silence_days", func(c *Config) *int { return &at(c).SilenceDays }, whole(0, 36_500), days,
			"Days since the last purchase day."),
		set(section+".p_alive_below", func(c *Config) *float64 { return &at(c).PAliveBelow }, number(0, 1), "0",
			"P(alive) has fallen below this."),
	}
}

var tierSettings = []setting{
	set("tiers.by", func(c *Config) *TierBy { return &c.Tiers.By }, oneOf(TiersByCLV, TiersByHistoric), "clv",
		"What tiers are measured by: CLV, or historic value (net margin to date)."),
	set("tiers.borders", func(c *Config) *[]TierBorder { return &c.Tiers.Borders }, tableOf(
		col("name", true, func(b *TierBorder) *string { return &b.Name }, namespaceName),
		col("from", false, func(b *TierBorder) *string { return &b.From },
			decimal("an amount in major units from -1000000000000 to 1000000000000, such as 250.00", within(-1e12, 1e12))),
		col("percentile", false, func(b *TierBorder) *float64 { return &b.Percentile }, number(0, 100)),
	), "[]", "The tiers, from the lowest to the highest. Each begins at an amount, e.g. [{name: silver, from: 200}, {name: gold, from: 1000}], or above a percentage of the customers, e.g. [{name: silver, percentile: 50}, {name: gold, percentile: 90}]. Tiers by percentile have no borders before the first `clvstream tiers cut`."),
	set("tiers.cut.cron", func(c *Config) *string { return &c.Tiers.Cut.Cron }, cronExpression, "",
		"When the borders of tiers by percentile are recomputed, in business.time_zone. Empty: by `clvstream tiers cut` only.").usedBy(PublisherBinary | ToolBinary),
	set("tiers.cut.span", func(c *Config) *time.Duration { return &c.Tiers.Cut.Span }, duration(0, 31*24*time.Hour), "1h",
		"Over how long the customers are placed by new borders. A customer with an event in that time is revalued at once.").usedBy(PublisherBinary | ToolBinary),
	set("tiers.hysteresis", func(c *Config) *float64 { return &c.Tiers.Hysteresis }, number(0, 0.9), "0.05",
		"How far below its border a customer must fall to leave a tier, as a share of the border."),
	set("tiers.hold_days", func(c *Config) *int { return &c.Tiers.HoldDays }, whole(0, 3660), "0",
		"Days for which a tier is kept after it was entered, whatever the value."),
	set("tiers.approaching", func(c *Config) *string { return &c.Tiers.Approaching },
		decimal("an amount in major units from 0 to 1000000000000, such as 25.00", within(0, 1e12)), "0",
		"A customer approaches the next tier when this much or less is missing, and this is announced. 0 disables it."),
}

var policySettings = []setting{
	set("policy.absolute", func(c *Config) *string { return &c.Policy.Absolute },
		decimal("an amount in major units from 0 to 1000000000000, such as 0.50", within(0, 1e12)), "0",
		"A change is suppressed while the value has moved by less than this since it was last announced, in major units of business.currency. 0 suppresses nothing."),
	set("policy.relative", func(c *Config) *float64 { return &c.Policy.Relative }, number(0, 1), "0",
		"The same as a share of the value last announced. A change must reach both thresholds to be announced."),
	set("policy.standing_only", func(c *Config) *bool { return &c.Policy.StandingOnly }, boolean, "false",
		"Announces only a customer's first value, changes of status, stage or tier, a level of P(alive) or the acquisition floor that is crossed, and an approach to the next tier."),
	set("policy.span", func(c *Config) *time.Duration { return &c.Policy.Span }, duration(0, 366*24*time.Hour), "0s",
		"Announces at most one change per customer in this time, in event time. A change that comes earlier stays pending until the time is over, and is announced with the value of that instant."),
	set("policy.cool_down", func(c *Config) *time.Duration { return &c.Policy.CoolDown }, duration(0, 366*24*time.Hour), "0s",
		"For how long after the announcement of a stage no other stage is announced by itself."),
	set("policy.hysteresis", func(c *Config) *float64 { return &c.Policy.Hysteresis }, number(0, 10), "0",
		"Share by which a move must exceed the thresholds when it goes in the opposite direction of the last announced one."),
	set("policy.by_reason", func(c *Config) *[]ReasonRule { return &c.Policy.ByReason }, tableOf(
		col("reason", true, func(r *ReasonRule) *string { return &r.Reason }, reasonName),
		col("absolute", false, func(r *ReasonRule) *string { return &r.Absolute }, decimalOrNone("an amount in major units, such as 0.50")),
		col("relative", false, func(r *ReasonRule) *float64 { return &r.Relative }, number(0, 1)),
		col("standing_only", false, func(r *ReasonRule) *bool { return &r.StandingOnly }, boolean),
		col("never", false, func(r *ReasonRule) *bool { return &r.Never }, boolean),
	), "[]", "Thresholds for one reason in place of the above, e.g. [{reason: refund, absolute: 5}, {reason: decay, never: true}]."),
}

var publisherSettings = []setting{
	set("publisher.group", func(c *Config) *string { return &c.Publisher.Group }, anyText, "",
		"Consumer group that assigns the lanes to publishers. Empty: NAMESPACE-publisher.").
		flagged("group", PublisherBinary).derived(func(c *Config) { c.Publisher.Group = orElse(c.Publisher.Group, c.Namespace+"-publisher") }),
	set("publisher.lanes", func(c *Config) *int { return &c.Publisher.Lanes }, whole(1, 1024), "2",
		"Partitions of the progress topic, and so the most publishers that can work at once. Fixed when the topic is created."),
	set("publisher.transaction_max_records", func(c *Config) *int { return &c.Publisher.TransactionMaxRecords }, whole(1, 100_000), "2500",
		"Most changes in one transaction.").usedBy(PublisherBinary | ToolBinary),
	set("publisher.transaction_linger", func(c *Config) *time.Duration { return &c.Publisher.TransactionLinger }, duration(0, 10*time.Second), "10ms",
		"How long a transaction waits for more changes.").usedBy(PublisherBinary | ToolBinary),
	set("publisher.transaction_timeout", func(c *Config) *time.Duration { return &c.Publisher.TransactionTimeout }, duration(time.Second, 15*time.Minute), "1m",
		"After how long the broker aborts a transaction that was left open. Until then, it blocks read_committed consumers.").usedBy(PublisherBinary | ToolBinary),
	set("publisher.compression", func(c *Config) *Compression { return &c.Publisher.Compression },
		oneOf(CompressionNone, CompressionGzip, CompressionSnappy, CompressionLZ4, CompressionZstd), "none",
		"Compression of published records. Changes compress well, but some clients have only gzip built in.").
		usedBy(PublisherBinary | ToolBinary),
	set("publisher.current_format", func(c *Config) *Format { return &c.Publisher.CurrentFormat }, formatName, "json",
		"How changes are written to NAMESPACE.current: json, flat (JSON without objects), avro or flat-avro, which need registry.url. NAMESPACE.changes is always json. Another format makes the latest values of before stay in the old one until they change: see docs/receivers.md.").
		usedBy(PublisherBinary | ToolBinary),
	set("publisher.barrier", func(c *Config) *Barrier { return &c.Publisher.Barrier },
		oneOf(BarrierNone, BarrierWaitAOFLocal, BarrierWaitAOFReplicas, BarrierWait), "none",
		"How durable a commit must be in Redis before its changes are published: none requires nothing more, waitaof-local the server's append-only file, waitaof-replicas the replicas' files, wait the replicas' memory. waitaof-local and waitaof-replicas need appendfsync always (Redis 8 and later: or everysec) and are refused elsewhere.").
		usedBy(PublisherBinary|ToolBinary).flagged("barrier", PublisherBinary),
	set("publisher.barrier_replicas", func(c *Config) *int { return &c.Publisher.BarrierReplicas }, whole(1, 16), "1",
		"Number of replicas that waitaof-replicas and wait require.").usedBy(PublisherBinary | ToolBinary),
	set("publisher.barrier_timeout", func(c *Config) *time.Duration { return &c.Publisher.BarrierTimeout }, duration(10*time.Millisecond, time.Minute), "1s",
		"How long the barrier may take before it is retried.").usedBy(PublisherBinary | ToolBinary),
}

var topicSettings = []setting{
	set("topics.partitions", func(c *Config) *int { return &c.Topics.Partitions }, whole(1, 10_000), "8",
		"Partitions of changes, current and deadletter.").usedBy(ToolBinary),
	set("topics.replication_factor", func(c *Config) *int { return &c.Topics.ReplicationFactor }, whole(0, 100), "0",
		"Replicas of each partition. 0: the cluster's default.").usedBy(ToolBinary),
}

var telemetrySettings = []setting{
	set("telemetry.consumer_listen", func(c *Config) *string { return &c.Telemetry.ConsumerListen }, listenAddress, ":9464",
		"Where the consumer serves /metrics, /livez and /readyz. \"\" disables it.").usedBy(ConsumerBinary).flagged("listen", ConsumerBinary),
	set("telemetry.publisher_listen", func(c *Config) *string { return &c.Telemetry.PublisherListen }, listenAddress, ":9465",
		"Where the publisher serves the same.").usedBy(PublisherBinary).flagged("listen", PublisherBinary),
	set("telemetry.pprof", func(c *Config) *bool { return &c.Telemetry.Pprof }, boolean, "false",
		"Whether /debug/pprof is served there as well.").usedBy(ConsumerBinary|PublisherBinary).flagged("pprof", ConsumerBinary|PublisherBinary),
	set("telemetry.log_level", func(c *Config) *slog.Level { return &c.Telemetry.LogLevel }, logLevel, "info",
		"Lowest level that is logged.").flagged("log-level", AllBinaries),
	set("telemetry.log_format", func(c *Config) *LogFormat { return &c.Telemetry.LogFormat }, oneOf(LogText, LogJSON), "text",
		"Format of a line: key=value text, or JSON.").flagged("log-format", AllBinaries),
}

func deriveRedisMode(c *Config) {
	switch {
	case c.Redis.Mode != RedisAuto:
	case c.Redis.MasterName != "":
		c.Redis.Mode = RedisSentinel
	case len(c.Redis.Addresses) > 1:
		c.Redis.Mode = RedisCluster
	default:
		c.Redis.Mode = RedisSingle
	}
}

func orElse(given, otherwise string) string {
	if given != "" {
		return given
	}
	return otherwise
}
