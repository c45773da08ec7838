package process

import (
	"github.com/redis/go-redis/v9"

	"github.com/clvstream/clvstream/internal/config"
)

// refusal is an answer that stays until somebody does something about it.
type refusal struct{ error }

func (r *refusal) Unwrap() error { return r.error }

// redisRefusals are answers of servers and sentinels that stay, by how they
// begin. What is not here passes: loading, failing over, busy, too many clients.
// "ERR " is left out, as go-redis does.
var redisRefusals = []struct{ begins, advice string }{
	{"WRONGPASS", "check redis.username and redis.password_file, and redis.sentinel_* for the sentinels"},
	{"NOAUTH", "set redis.username and redis.password_file, and redis.sentinel_* where the sentinels ask for a password too"},
	{"NOPERM", "give the Redis user the rights that are missing"},
	{"redis: nil", "the sentinels know no master of that name: check redis.master_name"},
	{"unknown command 'sentinel'", "this is no sentinel: check redis.addresses, or leave redis.master_name out"},
	{"unknown command 'cluster'", "this is no node of a cluster: check redis.mode, and give sentinels their redis.master_name"},
	{"This instance has cluster support disabled", "this is no node of a cluster: check redis.mode"},
	{"DB index is out of range", "check redis.database"},
}

// redisAdvice says what to do when Redis can not be reached, and whether the
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
