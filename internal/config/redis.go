package config

import "github.com/redis/go-redis/v9"

// Options is how go-redis reaches the server. Retries, timeouts and the pool
// are left to the caller: what is safe to repeat depends on the commands.
// Contexts bound every call.
func (r Redis) Options() (*redis.UniversalOptions, error) {
	tlsConfig, err := r.TLS.Config()
	if err != nil {
		return nil, err
	}
	return &redis.UniversalOptions{
		Addrs:                 r.Addresses,
		IsClusterMode:         r.Mode == RedisCluster,
		MasterName:            r.MasterName,
		DB:                    r.Database,
		Username:              r.Username,
		Password:              r.Password.Reveal(),
		SentinelUsername:      r.SentinelUsername,
		SentinelPassword:      r.SentinelPassword.Reveal(),
		TLSConfig:             tlsConfig,
		ContextTimeoutEnabled: true,
	}, nil
}
