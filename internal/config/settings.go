package config

import (
	"log/slog"
	"slices"
	"time"

	"github.com/clvstream/clvstream/clv/money"
)

// settings is the table that everything follows from. A new setting is a field
// of Config and a row here.
var settings = slices.Concat(
	[]setting{
		set("namespace", func(c *Config) *string { return &c.Namespace }, namespaceName, "clv",
			"Prefix of our topics, groups and Redis keys; systems that share Kafka and Redis differ in it.").flagged("namespace", AllBinaries),
		set("shutdown_timeout", func(c *Config) *time.Duration { return &c.ShutdownTimeout }, duration(time.Second, 10*time.Minute), "25s",
			"How long closing may take after SIGTERM; Kubernetes kills after 30s unless told otherwise."),
	},
	kafkaSettings, redisSettings, inputSettings, eventSettings, businessSettings, stateSettings,
	modelSettings, awakeSettings, tierSettings, policySettings, audienceSettings, publisherSettings, topicSettings, telemetrySettings,
)

// sections says what each section is about.
var sections = map[string]string{
	"kafka":         "How to reach Kafka.",
	"kafka.tls":     "Encryption towards Kafka.",
	"kafka.sasl":    "Who we are to Kafka.",
	"redis":         "How to reach Redis or Valkey.",
	"redis.tls":     "Encryption towards Redis.",
	"input":         "What the consumer reads, and in which portions.",
	"events":        "What is accepted as an event; anything else is a dead letter.",
	"business":      "The shop's own conventions. Changing one changes values: replay the log afterwards.",
	"state":         "How customers are kept in Redis.",
	"model":         "How customers are valued: a model by name, or a fitted one from a file, until one is activated with `clvstream model`: from then on that one is in force in all processes, whatever is configured here.",
	"model.refit":   "When the publisher fits a new model to the customers in Redis, and when that comes into force.",
	"awake":         "What matters while nothing happens: stages of silence, levels of P(alive), drift.",
	"awake.cooling": "When a customer's silence is called cooling: as soon as one condition holds; 0 never does.",
	"awake.dormant": "When it is called dormant.",
	"awake.lost":    "When the customer is called lost.",
	"tiers.cut":     "When tiers that are given by percentile get new borders, from the kept statistics.",
	"tiers":         "Borders between customers of different value.",
	"policy":        "Which changes are worth announcing; the state is exact whatever is announced.",
	"publisher":     "How changes leave.",
	"topics":        "How `clvstream topics create` makes our own topics.",
	"telemetry":     "What the processes tell about themselves; OTEL_* variables are honoured beside this.",
}

var kafkaSettings = slices.Concat(
	[]setting{
		set("kafka.brokers", func(c *Config) *[]string { return &c.Kafka.Brokers }, listOf(address), "localhost:9092",
			"Brokers to ask first; the others are learned from them.").flagged("brokers", AllBinaries),
		set("kafka.client_id", func(c *Config) *string { return &c.Kafka.ClientID }, anyText, "clvstream",
			"Name that the brokers' logs and quotas see."),
		set("kafka.session_timeout", func(c *Config) *time.Duration { return &c.Kafka.SessionTimeout }, duration(500*time.Millisecond, 30*time.Minute), "10s",
			"After how long without a sign of life a consumer's or publisher's work goes to others; brokers allow 6s or more unless set otherwise (group.min.session.timeout.ms)."),
	},
	tlsSettings("kafka.tls", func(c *Config) *TLS { return &c.Kafka.TLS }),
	[]setting{
		set("kafka.sasl.mechanism", func(c *Config) *SASLMechanism { return &c.Kafka.SASL.Mechanism },
			oneOf(SASLNone, SASLPlain, SASLScramSHA256, SASLScramSHA512), "none",
			"How the password is proven; plain sends it as it is, so use it under TLS only."),
		set("kafka.sasl.username", func(c *Config) *string { return &c.Kafka.SASL.Username }, anyText, "",
			"User name."),
		set("kafka.sasl.password_file", func(c *Config) *string { return &c.Kafka.SASL.PasswordFile }, filePath, "",
			"File that holds the password; one newline at its end is dropped."),
		set("kafka.sasl.password", func(c *Config) *Secret { return &c.Kafka.SASL.Password }, secret, "",
			"The password itself, where there is no file.").hidden(),
	},
)

var redisSettings = slices.Concat(
	[]setting{
		set("redis.addresses", func(c *Config) *[]string { return &c.Redis.Addresses }, listOf(address), "localhost:6379",
			"The server, some nodes of the cluster, or the sentinels.").flagged("redis", AllBinaries),
		set("redis.mode", func(c *Config) *RedisMode { return &c.Redis.Mode }, oneOf(RedisAuto, RedisSingle, RedisCluster, RedisSentinel), "auto",
			"Kind of deployment; auto means sentinel when master_name is set, else cluster for several addresses, single for one.").derived(deriveRedisMode),
		set("redis.master_name", func(c *Config) *string { return &c.Redis.MasterName }, anyText, "",
			"Name under which the sentinels know the master."),
		set("redis.username", func(c *Config) *string { return &c.Redis.Username }, anyText, "",
			"ACL user; empty for the default user."),
		set("redis.password_file", func(c *Config) *string { return &c.Redis.PasswordFile }, filePath, "",
			"File that holds the password; one newline at its end is dropped."),
		set("redis.password", func(c *Config) *Secret { return &c.Redis.Password }, secret, "",
			"The password itself, where there is no file.").hidden(),
		set("redis.sentinel_username", func(c *Config) *string { return &c.Redis.SentinelUsername }, anyText, "",
			"ACL user at the sentinels."),
		set("redis.sentinel_password_file", func(c *Config) *string { return &c.Redis.SentinelPasswordFile }, filePath, "",
			"File that holds the password for the sentinels."),
		set("redis.sentinel_password", func(c *Config) *Secret { return &c.Redis.SentinelPassword }, secret, "",
			"The password for the sentinels itself, where there is no file.").hidden(),
		set("redis.database", func(c *Config) *int { return &c.Redis.Database }, whole(0, 1_000_000), "0",
			"Number of the database; a cluster has only 0."),
		set("redis.checks", func(c *Config) *RedisChecks { return &c.Redis.Checks }, oneOf(ChecksStrict, ChecksWarn, ChecksOff), "strict",
			"What happens at start when the server could lose state (eviction allowed, no append-only file, slots uncovered): refuse, warn, or do not ask."),
	},
	tlsSettings("redis.tls", func(c *Config) *TLS { return &c.Redis.TLS }),
)

// tlsSettings is the same section for whoever is reached over TLS.
func tlsSettings(section string, at func(*Config) *TLS) []setting {
	return []setting{
		set(section+".enabled", func(c *Config) *bool { return &at(c).Enabled }, boolean, "false",
			"Whether connections are encrypted; the server's certificate is always checked."),
		set(section+".ca_file", func(c *Config) *string { return &at(c).CAFile }, filePath, "",
			"PEM file of the authorities to trust; empty for the system's."),
		set(section+".cert_file", func(c *Config) *string { return &at(c).CertFile }, filePath, "",
			"PEM file of our own certificate, where the server asks for one; read again for each connection, so it may be renewed."),
		set(section+".key_file", func(c *Config) *string { return &at(c).KeyFile }, filePath, "",
			"PEM file of our certificate's key."),
		set(section+".server_name", func(c *Config) *string { return &at(c).ServerName }, anyText, "",
			"Name to expect in the server's certificate; empty for the host that is dialled."),
	}
}

var inputSettings = []setting{
	set("input.topics", func(c *Config) *[]string { return &c.Input.Topics }, listOf(topicName), "orders,churn",
		"Topics that events arrive on; each may carry any kind of event.").flagged("topics", ConsumerBinary),
	set("input.group", func(c *Config) *string { return &c.Input.Group }, anyText, "",
		"Consumer group; empty for NAMESPACE-consumer. Positions are in Redis, the group's offsets are for lag tools.").
		flagged("group", ConsumerBinary).derived(func(c *Config) { c.Input.Group = orElse(c.Input.Group, c.Namespace+"-consumer") }),
	set("input.rebuild", func(c *Config) *bool { return &c.Input.Rebuild }, boolean, "false",
		"Build the state again from the log although Redis has lost it; without this the consumer refuses to start.").
		usedBy(ConsumerBinary).flagged("rebuild", ConsumerBinary).only(FromFlag),
	set("input.fetch_max_wait", func(c *Config) *time.Duration { return &c.Input.FetchMaxWait }, duration(10*time.Millisecond, 5*time.Second), "250ms",
		"How long a broker may hold a fetch when there is nothing to read.").usedBy(ConsumerBinary | ToolBinary),
	set("input.fetch_max_partition_bytes", func(c *Config) *int { return &c.Input.FetchMaxPartitionBytes }, size(64<<10, 64<<20), "1MiB",
		"What one fetch brings at most from a partition.").usedBy(ConsumerBinary | ToolBinary),
	set("input.batch_max_records", func(c *Config) *int { return &c.Input.BatchMaxRecords }, whole(1, 100_000), "5000",
		"Records of a partition that are committed together at most.").usedBy(ConsumerBinary | ToolBinary),
	set("input.idle_watermark_interval", func(c *Config) *time.Duration { return &c.Input.IdleWatermarkInterval }, duration(100*time.Millisecond, 10*time.Minute), "5s",
		"How often shards without events move their watermark, so that none of them holds replay back.").usedBy(ConsumerBinary | ToolBinary),
}

var eventSettings = []setting{
	set("events.oldest", func(c *Config) *time.Time { return &c.Events.Oldest }, date, "1995-01-01",
		"Events before this day are dead letters."),
	set("events.future_tolerance", func(c *Config) *time.Duration { return &c.Events.FutureTolerance }, duration(0, 30*24*time.Hour), "1h",
		"How far an event's time may be ahead of its record's."),
	set("events.max_event_bytes", func(c *Config) *int { return &c.Events.MaxEventBytes }, size(4<<10, 64<<20), "1MiB",
		"Longest event."),
	set("events.max_id_bytes", func(c *Config) *int { return &c.Events.MaxIDBytes }, whole(16, 4096), "256",
		"Longest id of an event, order, refund or customer."),
	set("events.max_amount", func(c *Config) *string { return &c.Events.MaxAmount },
		decimal("an amount in major units from 1 to 1000000000000, such as 250000.00", within(1, 1e12)), "1000000000",
		"Largest amount of one event, major units of its currency."),
}

var businessSettings = []setting{
	set("business.time_zone", func(c *Config) **time.Location { return &c.Business.TimeZone }, timeZone, "UTC",
		"Time zone that decides on which day an order falls."),
	set("business.currency", func(c *Config) *money.Currency { return &c.Business.Currency }, currencyCode, "USD",
		"Currency of all values."),
	set("business.exchange_rates", func(c *Config) *[]ExchangeRate { return &c.Business.ExchangeRates }, tableOf(
		col("currency", true, func(r *ExchangeRate) *money.Currency { return &r.Currency }, currencyCode),
		col("from", false, func(r *ExchangeRate) *time.Time { return &r.From }, date),
		col("rate", true, func(r *ExchangeRate) *string { return &r.Rate },
			decimal("a decimal above 0, such as 1.0835", func(x float64) bool { return x > 0 && x <= 1e9 })),
	), "[]", "What one unit of another currency is worth in business.currency from that day on, e.g. {currency: EUR, from: 2026-01-01, rate: 1.0835}; without from, since ever."),
	set("business.margin_rate", func(c *Config) *string { return &c.Business.MarginRate }, marginRate, "1",
		"Share of revenue that is margin, for orders that carry neither margin nor cost; at 1 values are in revenue."),
	set("business.channel_margins", func(c *Config) *[]ChannelMargin { return &c.Business.ChannelMargins }, tableOf(
		col("channel", true, func(m *ChannelMargin) *string { return &m.Channel }, anyText),
		col("from", false, func(m *ChannelMargin) *time.Time { return &m.From }, date),
		col("rate", true, func(m *ChannelMargin) *string { return &m.Rate }, marginRate),
	), "[]", "Margin rate of one channel from that day on, e.g. {channel: marketplace, rate: 0.22}; without from, since ever; an empty channel stands for every one without a rate of its own, and a rate below 0 for selling at a loss."),
	set("business.lateness_days", func(c *Config) *int { return &c.Business.LatenessDays }, whole(1, 3660), "90",
		"How far an event may be behind its customer's latest and still count; a customer's orders are kept singly for that long."),
	set("business.ledger_limit", func(c *Config) *int { return &c.Business.LedgerLimit }, whole(16, 65_536), "1024",
		"Orders of one customer that are kept singly at most; beyond it the oldest days are sealed early."),
}

var marginRate = decimal("a decimal from -1 to 1, such as 0.35", within(-1, 1))

var stateSettings = []setting{
	set("state.shards", func(c *Config) *int { return &c.State.Shards }, whole(1, 4096), "64",
		"Shards that customers are spread over; fixed when the state is first written."),
	set("state.outbox_max_entries", func(c *Config) *int { return &c.State.OutboxMaxEntries }, whole(1, 1_000_000), "1000",
		"Commits of one shard that may wait for the publisher; beyond it the consumer waits."),
	set("state.cache_customers", func(c *Config) *int { return &c.State.CacheCustomers }, whole(0, 100_000_000), "200000",
		"Customers that one process keeps in memory, half a kilobyte to one each."),
}

var modelSettings = []setting{
	set("model.file", func(c *Config) *string { return &c.Model.File }, filePath, "",
		"Model file as written by `clvstream fit`; with it, model.name is not used.").flagged("model-file", ConsumerBinary|PublisherBinary),
	set("model.name", func(c *Config) *ModelName { return &c.Model.Name }, oneOf(ModelSimple, ModelMarginChurn, ModelRetentionDCF, ModelHistoric), "simple",
		"Model that needs no fitting."),
	set("model.lifespan_years", func(c *Config) *float64 { return &c.Model.LifespanYears }, number(0.01, 100), "3",
		"simple: how long a customer stays, years."),
	set("model.monthly_churn", func(c *Config) *float64 { return &c.Model.MonthlyChurn }, number(1e-6, 1), "0.05",
		"margin_churn: share of customers that leave in a month."),
	set("model.retention", func(c *Config) *float64 { return &c.Model.Retention }, number(0, 1), "0.75",
		"retention_dcf: share of customers who stay from one year to the next."),
	set("model.retention_years", func(c *Config) *int { return &c.Model.RetentionYears }, whole(0, 100), "10",
		"retention_dcf: years counted after the first; 0 counts all."),
	set("model.retention_cost", func(c *Config) *float64 { return &c.Model.RetentionCost }, number(0, 1e9), "0",
		"retention_dcf: what is spent a year to keep a customer, major units of business.currency."),
	set("model.first_margin_after_year", func(c *Config) *bool { return &c.Model.FirstMarginAfterYear }, boolean, "false",
		"retention_dcf: the first margin comes at the end of a year instead of at once."),
	set("model.discount_annual", func(c *Config) *float64 { return &c.Model.DiscountAnnual }, number(0, 10), "0.1",
		"retention_dcf: discount rate a year, effective: 0.1 is 10 %. A model file states its own."),
	set("model.activation_span", func(c *Config) *time.Duration { return &c.Model.ActivationSpan }, duration(0, 31*24*time.Hour), "1h",
		"Over how long the customers are valued anew after another model was activated; who has an event meanwhile is at once.").usedBy(PublisherBinary | ToolBinary),
	set("model.refit.cron", func(c *Config) *string { return &c.Model.Refit.Cron }, cronExpression, "",
		"When a model is fitted anew, in business.time_zone; empty never does.").usedBy(PublisherBinary | ToolBinary),
	set("model.refit.model", func(c *Config) *RefitModel { return &c.Model.Refit.Model },
		oneOf(RefitAuto, RefitBGNBD, RefitMBGNBD, RefitParetoNBD, RefitNBD), "auto",
		"Which model is fitted; auto takes the one that predicts the holdout best.").usedBy(PublisherBinary | ToolBinary),
	set("model.refit.holdout_days", func(c *Config) *int { return &c.Model.Refit.HoldoutDays }, whole(1, 3660), "30",
		"How many of the last days are held out to compare the new model with the one in force; business.lateness_days at most.").usedBy(PublisherBinary | ToolBinary),
	set("model.refit.margin", func(c *Config) *float64 { return &c.Model.Refit.Margin }, number(0, 1), "0.01",
		"By what share the new model's error on the holdout must be smaller for it to be activated; 0.01 is 1 %.").usedBy(PublisherBinary | ToolBinary),
	set("model.refit.silent", func(c *Config) *bool { return &c.Model.Refit.Silent }, boolean, "false",
		"Whether customers pass to the new model without an announcement.").usedBy(PublisherBinary | ToolBinary),
}

var awakeSettings = slices.Concat(
	[]setting{
		set("awake.mode", func(c *Config) *AwakeMode { return &c.Awake.Mode }, oneOf(AwakeWall, AwakeEvent, AwakeOff), "wall",
			"By which clock due times fire: wall follows the events and, once all input is applied, the clock; event never goes beyond the events, for replays; off waits for a customer's next event."),
		set("awake.grace", func(c *Config) *time.Duration { return &c.Awake.Grace }, duration(0, 90*24*time.Hour), "0s",
			"For how long due times wait for events that come late. Once its due times have fired, a customer whose earlier event comes goes back, and what had come true before it may be announced again."),
		set("awake.rate", func(c *Config) *int { return &c.Awake.Rate }, whole(1, 1_000_000), "20000",
			"Due customers that one publisher looks at in a second at most: it bounds what catching up after an absence costs.").usedBy(PublisherBinary | ToolBinary),
	},
	stageSettings("awake.cooling", func(c *Config) *Stage { return &c.Awake.Cooling }, "0.9", "0"),
	stageSettings("awake.dormant", func(c *Config) *Stage { return &c.Awake.Dormant }, "0.99", "0"),
	stageSettings("awake.lost", func(c *Config) *Stage { return &c.Awake.Lost }, "0", "365"),
	[]setting{
		set("awake.won_back_days", func(c *Config) *int { return &c.Awake.WonBackDays }, whole(0, 365), "30",
			"For how long a customer whose order ended a dormancy is called won back, unless the next order comes first; 0 calls nobody so."),
		set("awake.alive_levels", func(c *Config) *[]AliveLevel { return &c.Awake.AliveLevels }, tableOf(
			col("below", true, func(l *AliveLevel) *float64 { return &l.Below }, number(1e-6, 0.999999)),
		), "[]", "Levels that P(alive) is announced to fall below, e.g. [{below: 0.5}, {below: 0.2}]."),
		set("awake.drift", func(c *Config) *float64 { return &c.Awake.Drift }, number(0, 1), "0",
			"Announces a value that time has moved by this share of the one last announced; 0 announces no drift."),
		set("awake.acquisition_floor", func(c *Config) *float64 { return &c.Awake.AcquisitionFloor }, number(0, 1000), "3",
			"CLV:CAC below which a customer is not worth what they cost; crossing it is announced, either way. 0 does not watch it."),
	},
)

// stageSettings is the same section for each stage of silence.
func stageSettings(section string, at func(*Config) *Stage, quantile, days string) []setting {
	return []setting{
		set(section+".silence_quantile", func(c *Config) *float64 { return &at(c).SilenceQuantile }, number(0, 0.999999), quantile,
			"The silence has come so far that an order would have ended it with this probability, by the customer's own rhythm under the model."),
		set(section+".silence_days", func(c *Config) *int { return &at(c).SilenceDays }, whole(0, 36_500), days,
			"Plain days since the last purchase day."),
		set(section+".p_alive_below", func(c *Config) *float64 { return &at(c).PAliveBelow }, number(0, 1), "0",
			"P(alive) has fallen below this."),
	}
}

var tierSettings = []setting{
	set("tiers.by", func(c *Config) *TierBy { return &c.Tiers.By }, oneOf(TiersByCLV, TiersByHistoric), "clv",
		"What tiers are measured by: CLV, or net margin to date."),
	set("tiers.borders", func(c *Config) *[]TierBorder { return &c.Tiers.Borders }, tableOf(
		col("name", true, func(b *TierBorder) *string { return &b.Name }, namespaceName),
		col("from", false, func(b *TierBorder) *string { return &b.From },
			decimal("an amount in major units from -1000000000000 to 1000000000000, such as 250.00", within(-1e12, 1e12))),
		col("percentile", false, func(b *TierBorder) *float64 { return &b.Percentile }, number(0, 100)),
	), "[]", "The tiers from the lowest: where they begin, e.g. [{name: silver, from: 200}, {name: gold, from: 1000}], or above how many per cent of the customers, e.g. [{name: silver, percentile: 50}, {name: gold, percentile: 90}]; the latter have no borders before `clvstream tiers cut`."),
	set("tiers.cut.cron", func(c *Config) *string { return &c.Tiers.Cut.Cron }, cronExpression, "",
		"When the borders of tiers by percentile are cut anew, in business.time_zone; empty leaves it to `clvstream tiers cut`.").usedBy(PublisherBinary | ToolBinary),
	set("tiers.cut.span", func(c *Config) *time.Duration { return &c.Tiers.Cut.Span }, duration(0, 31*24*time.Hour), "1h",
		"Over how long the customers are looked at by new borders; who has an event meanwhile is at once.").usedBy(PublisherBinary | ToolBinary),
	set("tiers.hysteresis", func(c *Config) *float64 { return &c.Tiers.Hysteresis }, number(0, 0.9), "0.05",
		"Share of its border by which a customer must fall below a tier to leave it."),
	set("tiers.hold_days", func(c *Config) *int { return &c.Tiers.HoldDays }, whole(0, 3660), "0",
		"Days for which a tier that was entered is kept, whatever the value."),
	set("tiers.approaching", func(c *Config) *string { return &c.Tiers.Approaching },
		decimal("an amount in major units from 0 to 1000000000000, such as 25.00", within(0, 1e12)), "0",
		"A customer is near the next tier when this much or less is missing, and it is announced; 0 announces nothing."),
}

var policySettings = []setting{
	set("policy.absolute", func(c *Config) *string { return &c.Policy.Absolute },
		decimal("an amount in major units from 0 to 1000000000000, such as 0.50", within(0, 1e12)), "0",
		"A change is held back while the value moved by less than this since it was last announced, major units of business.currency; 0 holds nothing back."),
	set("policy.relative", func(c *Config) *float64 { return &c.Policy.Relative }, number(0, 1), "0",
		"The same as a share of the value last announced; a change must reach both to be announced."),
	set("policy.standing_only", func(c *Config) *bool { return &c.Policy.StandingOnly }, boolean, "false",
		"Only changes of status, stage, tier or the acquisition floor are announced, and a customer's first value."),
	set("policy.span", func(c *Config) *time.Duration { return &c.Policy.Span }, duration(0, 366*24*time.Hour), "0s",
		"A customer has one change at most in this time, as of the values' instants; what is held back is told when it is over, with the value of then."),
	set("policy.cool_down", func(c *Config) *time.Duration { return &c.Policy.CoolDown }, duration(0, 366*24*time.Hour), "0s",
		"For how long after a stage was announced no other stage is announced by itself."),
	set("policy.hysteresis", func(c *Config) *float64 { return &c.Policy.Hysteresis }, number(0, 10), "0",
		"Share by which a move must exceed the thresholds when it goes against the last announced one."),
	set("policy.by_reason", func(c *Config) *[]ReasonRule { return &c.Policy.ByReason }, tableOf(
		col("reason", true, func(r *ReasonRule) *string { return &r.Reason }, reasonName),
		col("absolute", false, func(r *ReasonRule) *string { return &r.Absolute }, decimalOrNone("an amount in major units, such as 0.50")),
		col("relative", false, func(r *ReasonRule) *float64 { return &r.Relative }, number(0, 1)),
		col("standing_only", false, func(r *ReasonRule) *bool { return &r.StandingOnly }, boolean),
		col("never", false, func(r *ReasonRule) *bool { return &r.Never }, boolean),
	), "[]", "Thresholds of one reason instead of the above, e.g. [{reason: refund, absolute: 5}, {reason: decay, never: true}]."),
}

var publisherSettings = []setting{
	set("publisher.group", func(c *Config) *string { return &c.Publisher.Group }, anyText, "",
		"Group that shares the lanes out among publishers; empty for NAMESPACE-publisher.").
		flagged("group", PublisherBinary).derived(func(c *Config) { c.Publisher.Group = orElse(c.Publisher.Group, c.Namespace+"-publisher") }),
	set("publisher.lanes", func(c *Config) *int { return &c.Publisher.Lanes }, whole(1, 1024), "4",
		"Partitions of the progress topic, and so the most publishers that can work at once; fixed when the topic is created."),
	set("publisher.transaction_max_records", func(c *Config) *int { return &c.Publisher.TransactionMaxRecords }, whole(1, 100_000), "5000",
		"Changes in one transaction at most.").usedBy(PublisherBinary | ToolBinary),
	set("publisher.transaction_linger", func(c *Config) *time.Duration { return &c.Publisher.TransactionLinger }, duration(0, 10*time.Second), "10ms",
		"How long a transaction waits for more changes.").usedBy(PublisherBinary | ToolBinary),
	set("publisher.transaction_timeout", func(c *Config) *time.Duration { return &c.Publisher.TransactionTimeout }, duration(time.Second, 15*time.Minute), "1m",
		"When the broker aborts a transaction that was left open; it delays read_committed readers for that long.").usedBy(PublisherBinary | ToolBinary),
	set("publisher.compression", func(c *Config) *Compression { return &c.Publisher.Compression },
		oneOf(CompressionNone, CompressionGzip, CompressionSnappy, CompressionLZ4, CompressionZstd), "none",
		"How what is published is compressed. Changes are alike, so little of them is left; but some clients of subscribers have only gzip built in.").
		usedBy(PublisherBinary | ToolBinary),
	set("publisher.barrier", func(c *Config) *Barrier { return &c.Publisher.Barrier },
		oneOf(BarrierNone, BarrierWaitAOFLocal, BarrierWaitAOFReplicas, BarrierWait), "none",
		"What must be durable in Redis before its changes are announced: nothing more, its own file, its replicas' files, its replicas' memory.").
		usedBy(PublisherBinary|ToolBinary).flagged("barrier", PublisherBinary),
	set("publisher.barrier_replicas", func(c *Config) *int { return &c.Publisher.BarrierReplicas }, whole(1, 16), "1",
		"Replicas that waitaof-replicas and wait ask for.").usedBy(PublisherBinary | ToolBinary),
	set("publisher.barrier_timeout", func(c *Config) *time.Duration { return &c.Publisher.BarrierTimeout }, duration(10*time.Millisecond, time.Minute), "1s",
		"How long the barrier may take before it is tried again.").usedBy(PublisherBinary | ToolBinary),
}

var topicSettings = []setting{
	set("topics.partitions", func(c *Config) *int { return &c.Topics.Partitions }, whole(1, 10_000), "8",
		"Partitions of changes, current and deadletter.").usedBy(ToolBinary),
	set("topics.replication_factor", func(c *Config) *int { return &c.Topics.ReplicationFactor }, whole(0, 100), "0",
		"Replicas of each partition; 0 for the cluster's default.").usedBy(ToolBinary),
}

var telemetrySettings = []setting{
	set("telemetry.consumer_listen", func(c *Config) *string { return &c.Telemetry.ConsumerListen }, listenAddress, ":9464",
		"Where the consumer serves /metrics, /livez and /readyz; \"\" for nowhere.").usedBy(ConsumerBinary).flagged("listen", ConsumerBinary),
	set("telemetry.publisher_listen", func(c *Config) *string { return &c.Telemetry.PublisherListen }, listenAddress, ":9465",
		"Where the publisher serves the same.").usedBy(PublisherBinary).flagged("listen", PublisherBinary),
	set("telemetry.pprof", func(c *Config) *bool { return &c.Telemetry.Pprof }, boolean, "false",
		"Whether /debug/pprof is served there too.").usedBy(ConsumerBinary|PublisherBinary).flagged("pprof", ConsumerBinary|PublisherBinary),
	set("telemetry.log_level", func(c *Config) *slog.Level { return &c.Telemetry.LogLevel }, logLevel, "info",
		"Least important line that is logged.").flagged("log-level", AllBinaries),
	set("telemetry.log_format", func(c *Config) *LogFormat { return &c.Telemetry.LogFormat }, oneOf(LogText, LogJSON), "text",
		"How a line is written: key=value text, or JSON.").flagged("log-format", AllBinaries),
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
