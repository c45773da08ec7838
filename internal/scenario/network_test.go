package scenario

import (
	"context"
	"io"
	"net"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"
)

// redisClient speaks to a miniredis in memory, as the network of a bubble of virtual time
// must be: a real connection is not waited for by its clock.
func redisClient(server *miniredis.Miniredis) *redis.Client {
	return redis.NewClient(&redis.Options{
		Addr:       "127.0.0.1:6379", // is not dialled, nor looked up
		Dialer:     func(context.Context, string, string) (net.Conn, error) { return buffer(server.Dial()) },
		MaxRetries: -1, DisableIdentity: true,
	})
}

// buffered reads ahead of its reader: over a bare pipe, two sides that both write before
// they read would wait for each other for ever.
type buffered struct {
	net.Conn
	ahead chan []byte
	rest  []byte
}

func buffer(conn net.Conn, err error) (net.Conn, error) {
	if err != nil {
		return nil, err
	}
	b := &buffered{Conn: conn, ahead: make(chan []byte, 1<<12)}
	go func() {
		defer close(b.ahead)
		for chunk := make([]byte, 8192); ; chunk = make([]byte, 8192) {
			n, err := conn.Read(chunk)
			if err != nil {
				return
			}
			b.ahead <- chunk[:n]
		}
	}()
	return b, nil
}

func (b *buffered) Read(p []byte) (int, error) {
	if len(b.rest) == 0 {
		b.rest = <-b.ahead
	}
	if len(b.rest) == 0 {
		return 0, io.EOF
	}
	n := copy(p, b.rest)
	b.rest = b.rest[n:]
	return n, nil
}

// A server in memory always answers: deadlines only cost timers.
func (b *buffered) SetDeadline(time.Time) error     { return nil }
func (b *buffered) SetReadDeadline(time.Time) error { return nil }
