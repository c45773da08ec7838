package testbed

import (
	"crypto/tls"
	"errors"
	"strconv"
	"strings"
	"testing"
)

// RedisGuard is a server's passwords and TLS. The zero value has neither.
type RedisGuard struct {
	Password  string     // of the default user, and between servers
	Authority *Authority // if any: only TLS is spoken, and both sides show a certificate of its
}

// StartGuardedRedis is StartRedis with a guard.
func StartGuardedRedis(t testing.TB, guard RedisGuard, args ...string) *Redis {
	t.Helper()
	skipShort(t)
	_, err := lookProgram("redis-server", "redis")
	need(t, err)
	r, err := newRedis("redis-server", t.TempDir(), args)
	need(t, err)
	need(t, r.guardWith(guard))
	r.endWith(t)
	need(t, knowsTLS(r.start()))
	return r
}

// guardWith puts a guard on a server that does not run yet.
func (r *Redis) guardWith(guard RedisGuard) error {
	r.guard = guard
	if guard.Password != "" {
		r.argv = append(r.argv, "--requirepass", guard.Password, "--masterauth", guard.Password)
	}
	settings, err := guard.tlsSettings(r.ports[0])
	if err != nil {
		return err
	}
	for _, setting := range settings {
		r.argv = append(r.argv, "--"+setting[0], setting[1])
	}
	r.tls, err = guard.clientTLS()
	return err
}

// tlsSettings make a server, or a sentinel, speak nothing but TLS on its port.
func (g RedisGuard) tlsSettings(at *port) ([][2]string, error) {
	if g.Authority == nil {
		return nil, nil
	}
	pair, err := g.Authority.issue("redis-" + strconv.Itoa(at.number))
	if err != nil {
		return nil, err
	}
	return [][2]string{
		{"port", "0"}, {"tls-port", strconv.Itoa(at.number)}, {"tls-auth-clients", "yes"},
		{"tls-replication", "yes"}, {"tls-cluster", "yes"},
		{"tls-cert-file", pair.CertFile}, {"tls-key-file", pair.KeyFile}, {"tls-ca-cert-file", g.Authority.File},
	}, nil
}

func (g RedisGuard) clientTLS() (*tls.Config, error) {
	if g.Authority == nil {
		return nil, nil
	}
	return g.Authority.client()
}

// knowsTLS takes a server that was built without TLS for one that is missing.
func knowsTLS(err error) error {
	if err != nil && strings.Contains(err.Error(), "tls-port") {
		return errors.Join(&missingError{part: "redis", want: "a redis-server that was built with TLS"}, err)
	}
	return err
}
