package config

import (
	"fmt"
	"slices"
)

// rule is a condition between settings. It is held only when all of its keys
// were read, so that one mistake is not reported twice; what is wrong is
// reported at the first of them that was given.
type rule struct {
	keys  []string
	check func(c *Config, at map[string]Source) string // what is wrong, or ""; at is where settings were given
}

var rules = slices.Concat(
	tlsRules("kafka.tls", func(c *Config) *TLS { return &c.Kafka.TLS }),
	tlsRules("registry.tls", func(c *Config) *TLS { return &c.Registry.TLS }),
	tlsRules("redis.tls", func(c *Config) *TLS { return &c.Redis.TLS }),
	[]rule{
		{[]string{"kafka.sasl.mechanism", "kafka.sasl.username", "kafka.sasl.password", "kafka.sasl.password_file"}, checkSASL},
		{[]string{"redis.mode", "redis.addresses", "redis.master_name"}, checkRedisMode},
		{[]string{"redis.database", "redis.mode"}, checkDatabase},
		{[]string{"redis.sentinel_username", "redis.sentinel_password", "redis.sentinel_password_file", "redis.mode"}, checkSentinel},
		{[]string{"input.topics", "namespace"}, checkInputTopics},
		{[]string{"audiences", "input.topics", "namespace", "registry.url"}, checkAudiences},
		{[]string{"publisher.current_format", "registry.url"}, checkCurrentFormat},
		{[]string{"webhooks", "audiences"}, checkWebhooks},
		{[]string{"input.group", "publisher.group"}, checkGroups},
		{[]string{"model.name", "model.file"}, checkModel},
		{[]string{"model.refit.cron", "model.refit.holdout_days", "business.lateness_days"}, checkRefit},
		{[]string{"publisher.lanes", "state.shards"}, checkLanes},
		{[]string{"publisher.transaction_linger", "publisher.transaction_timeout"}, checkLinger},
		{[]string{"business.exchange_rates", "business.currency"}, checkRates},
		{[]string{"business.channel_margins", "business.margin_rate"}, checkMargins},
		{[]string{"policy.absolute", "policy.by_reason", "business.currency"}, checkPolicy},
		{[]string{"tiers.borders", "tiers.by", "tiers.approaching", "business.currency"}, checkTiers},
		{[]string{"tiers.cut.cron", "tiers.borders"}, checkTierCut},
		{[]string{"awake.alive_levels"}, checkLevels},
		{[]string{
			"awake.cooling.silence_quantile", "awake.cooling.silence_days", "awake.cooling.p_alive_below",
			"awake.dormant.silence_quantile", "awake.dormant.silence_days", "awake.dormant.p_alive_below",
			"awake.lost.silence_quantile", "awake.lost.silence_days", "awake.lost.p_alive_below",
		}, checkStages},
	},
)

// rules holds every rule.
func (l *loader) rules() {
	for _, r := range rules {
		if slices.ContainsFunc(r.keys, func(key string) bool { return l.failed[key] }) {
			continue
		}
		if text := r.check(&l.config, l.sources); text != "" {
			key := l.firstGiven(r.keys)
			l.report(l.sources[key], key, text)
		}
	}
}

func (l *loader) given(key string) bool {
	_, ok := l.sources[key]
	return ok
}

func (l *loader) firstGiven(keys []string) string {
	if i := slices.IndexFunc(keys, l.given); i >= 0 {
		return keys[i]
	}
	return keys[0]
}

func tlsRules(prefix string, section func(*Config) *TLS) []rule {
	ca, cert, key, name, enabled := prefix+".ca_file", prefix+".cert_file", prefix+".key_file", prefix+".server_name", prefix+".enabled"
	return []rule{
		{[]string{cert, key}, func(c *Config, _ map[string]Source) string {
			if t := section(c); (t.CertFile == "") != (t.KeyFile == "") {
				return fmt.Sprintf("%s and %s depend on each other; give both or neither", cert, key)
			}
			return ""
		}},
		{[]string{ca, cert, key, name, enabled}, func(c *Config, at map[string]Source) string {
			t := section(c)
			_, decided := at[enabled]
			if t.Enabled || decided || t.CAFile+t.CertFile+t.KeyFile+t.ServerName == "" {
				return ""
			}
			return fmt.Sprintf("has no effect while %s is not set; set that to true or, if intended, to false", enabled)
		}},
	}
}

func checkSASL(c *Config, at map[string]Source) string {
	s := c.Kafka.SASL
	_, decided := at["kafka.sasl.mechanism"]
	switch {
	case s.Mechanism != SASLNone && (s.Username == "" || !s.Password.IsSet()):
		return fmt.Sprintf("%s needs kafka.sasl.username and a password: kafka.sasl.password_file, or the variable %s",
			s.Mechanism, byKey["kafka.sasl.password"].env())
	case s.Mechanism == SASLNone && (s.Username != "" || s.Password.IsSet()) && !decided:
		return "has no effect while kafka.sasl.mechanism is not set; give " + byKey["kafka.sasl.mechanism"].allowed
	}
	return ""
}

func checkRedisMode(c *Config, _ map[string]Source) string {
	r := c.Redis
	switch {
	case r.Mode == RedisSingle && len(r.Addresses) != 1:
		return fmt.Sprintf("single needs one address, but %d are given; set redis.mode to cluster or sentinel", len(r.Addresses))
	case r.Mode == RedisSentinel && r.MasterName == "":
		return "sentinel needs redis.master_name, as in the sentinels' own configuration"
	case r.Mode != RedisSentinel && r.MasterName != "":
		return fmt.Sprintf("redis.master_name is for sentinel, not for %s; remove it", r.Mode)
	}
	return ""
}

func checkDatabase(c *Config, _ map[string]Source) string {
	if c.Redis.Mode == RedisCluster && c.Redis.Database != 0 {
		return "a cluster has only database 0"
	}
	return ""
}

func checkSentinel(c *Config, _ map[string]Source) string {
	if c.Redis.Mode != RedisSentinel && (c.Redis.SentinelUsername != "" || c.Redis.SentinelPassword.IsSet()) {
		return fmt.Sprintf("is for sentinel, but redis.mode is %s; set redis.master_name, or remove this", c.Redis.Mode)
	}
	return ""
}

func checkInputTopics(c *Config, _ map[string]Source) string {
	for _, own := range c.ownTopics() {
		if slices.Contains(c.Input.Topics, own) {
			return fmt.Sprintf("%s is a topic that clvstream writes; it cannot be an input", own)
		}
	}
	return ""
}

func checkGroups(c *Config, _ map[string]Source) string {
	if c.Input.Group == c.Publisher.Group {
		return fmt.Sprintf("input.group and publisher.group are both %q; they must differ, because their members read different topics", c.Input.Group)
	}
	return ""
}

// checkModel lets a model file win over a name, unless the name was given at a
// stronger place: then it is what was meant.
func checkModel(c *Config, at map[string]Source) string {
	if name, file := at["model.name"], at["model.file"]; c.Model.File != "" && name.Origin > file.Origin {
		return fmt.Sprintf("is not used, because %s sets model.file; set model.file to empty here, or remove this", file)
	}
	return ""
}

func checkLanes(c *Config, _ map[string]Source) string {
	if c.Publisher.Lanes > c.State.Shards {
		return fmt.Sprintf("publisher.lanes is %d and state.shards %d: some lanes would have no shard; give at most state.shards", c.Publisher.Lanes, c.State.Shards)
	}
	return ""
}

func checkLinger(c *Config, _ map[string]Source) string {
	if c.Publisher.TransactionLinger >= c.Publisher.TransactionTimeout {
		return "publisher.transaction_linger must be shorter than publisher.transaction_timeout"
	}
	return ""
}

func checkRates(c *Config, _ map[string]Source) string {
	_, err := c.Business.Rates()
	return message(err)
}

func checkMargins(c *Config, _ map[string]Source) string {
	_, err := c.Business.Margins()
	return message(err)
}

func checkPolicy(c *Config, _ map[string]Source) string {
	_, err := c.AnnouncementPolicy()
	return message(err)
}

// message is an error's text, or "" for none.
func message(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}
