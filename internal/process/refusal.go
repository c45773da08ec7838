package process

import (
	"github.com/redis/go-redis/v9"

	"github.com/clvstream/clvstream/internal/config"
)

// refusal is an answer that stays until an operator fixes its cause.
type refusal struct{ error }

func (r *refusal) Unwrap() error { return r.error }

// redisRefusals are answers of servers and sentinels that stay, by how they
// begin. What is not here passes: loading, failing over, busy, too many clients.
// "ERR " is left out, as go-redis does.
var redisRefusals = []struct{ begins, advice string }{
	{"WRONGPASS", "check redis.username and redis.password_file, and redis.sentinel_* for the sentinels"},
	{"NOAUTH", "set redis.username and redis.password_file, and redis.sentinel_* if the sentinels require a password"},
	{"NOPERM", "give the Redis user the missing permissions"},
	{"redis: nil", "the sentinels know no master of that name: check redis.master_name"},
	{"unknown command 'sentinel'", "this is not a sentinel: check redis.addresses, or remove redis.master_name"},
	{"unknown command 'cluster'", "this is not a node of a cluster: check redis.mode, and give sentinels their redis.master_name"},
	{"This instance has cluster support disabled", "this is not a node of a cluster: check redis.mode"},
	{"DB index is out of range", "check redis.database"},
}

// redisAdvice says what to do when Redis cannot be reached, and whether the
// error stays until it is done.
func redisAdvice(err error) (advice string, stays bool) {
	for _, r := range redisRefusals {
		if redis.HasErrorPrefix(err, r.begins) {
			return r.advice, true
		}
	}
	if advice := config.TLSAdvice("redis.tls", err); advice != "" {
		return advice, true
	}
	return "check that it runs, --redis, redis.mode, TLS and password", false
}
