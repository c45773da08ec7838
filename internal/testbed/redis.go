package testbed

import (
	"context"
	"crypto/tls"
	"fmt"
	"strconv"
	"testing"

	"github.com/redis/go-redis/v9"
)

// Redis is a redis-server or valkey-server with a data directory of its own,
// set up as clvstream asks of a production server: append-only file, no
// eviction. Everything that Server can do, it can.
type Redis struct {
	*Server
	program string
	guard   RedisGuard
	tls     *tls.Config // of its clients, nil for plaintext
}

// StartRedis starts a redis-server for this test. Arguments are added to its
// command line: StartRedis(t, "--maxmemory", "20mb").
func StartRedis(t testing.TB, args ...string) *Redis {
	t.Helper()
	return startForTest(t, "redis-server", "redis", args)
}

// StartValkey is StartRedis with valkey-server, which knows WAITAOF.
func StartValkey(t testing.TB, args ...string) *Redis {
	t.Helper()
	return startForTest(t, "valkey-server", "valkey", args)
}

// StartReplica starts a server of the same kind that replicates r, and returns
// when it has caught up.
func (r *Redis) StartReplica(t testing.TB, args ...string) *Redis {
	t.Helper()
	replica, err := newRedis(r.program, t.TempDir(), append(args, "--replicaof", "127.0.0.1 "+strconv.Itoa(r.ports[0].number)))
	need(t, err)
	need(t, replica.guardWith(r.guard))
	replica.endWith(t)
	replica.ready = replica.linkedToPrimary
	replica.Start(t)
	return replica
}

func startForTest(t testing.TB, program, part string, args []string) *Redis {
	t.Helper()
	skipShort(t)
	_, err := lookProgram(program, part)
	need(t, err)
	r, err := newRedis(program, t.TempDir(), args)
	need(t, err)
	r.endWith(t)
	r.Start(t)
	return r
}

// newRedis prepares a server without starting it.
func newRedis(program, dir string, args []string) (*Redis, error) {
	p, err := reservePort()
	if err != nil {
		return nil, err
	}
	argv := []string{
		program,
		"--bind", "127.0.0.1", "--port", strconv.Itoa(p.number), "--dir", dir, "--daemonize", "no",
		"--appendonly", "yes", "--appendfsync", "everysec", "--save", "",
		"--maxmemory-policy", "noeviction",
		// The default of 64 MB rewrites the file over and over under load.
		"--auto-aof-rewrite-min-size", "4gb",
		// A replica gets its copy at once instead of after 5 s of waiting for others.
		"--repl-diskless-sync-delay", "0",
	}
	r := &Redis{program: program, Server: &Server{
		Addr: p.addr(), Dir: dir, name: program, argv: append(argv, args...), ports: []*port{p},
	}}
	r.ready = r.pings
	return r, nil
}

// Client is a client of this server, closed with the test. It does not retry,
// so that a test sees what the server said.
func (r *Redis) Client(t testing.TB) *redis.Client {
	c := r.client()
	t.Cleanup(func() { c.Close() })
	return c
}

func (r *Redis) client() *redis.Client { return redis.NewClient(r.clientOptions()) }

func (r *Redis) clientOptions() *redis.Options {
	return &redis.Options{
		Addr: r.Addr, Password: r.guard.Password, TLSConfig: r.tls, MaxRetries: -1, ContextTimeoutEnabled: true,
	}
}

func (r *Redis) pings(ctx context.Context) error {
	c := r.client()
	defer c.Close()
	return c.Ping(ctx).Err() // answers LOADING until the data is read
}

func (r *Redis) linkedToPrimary(ctx context.Context) error {
	c := r.client()
	defer c.Close()
	role, err := c.Do(ctx, "ROLE").Slice()
	if err != nil {
		return err
	}
	if len(role) < 4 || role[3] != "connected" {
		return fmt.Errorf("read role: the link to the primary is %v", role)
	}
	return nil
}
