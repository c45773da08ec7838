package transaction

import (
	"errors"

	"github.com/redis/go-redis/v9"
)

// held is what a connection holds on the server.
type held uint8

const (
	nothing  held = iota
	watching      // after WATCH
	queueing      // after WATCH and MULTI: what is sent is queued
	unknown       // an answer left it open
)

// after is what a connection holds once commands were answered. EXEC and DISCARD
// also end what was watched.
func (h held) after(answered []redis.Cmder) held {
	for _, command := range answered {
		switch command.Args()[0] {
		case "WATCH":
			h = next(command, watching, h)
		case "MULTI":
			h = next(command, queueing, h)
		case "UNWATCH", "DISCARD":
			h = next(command, nothing, unknown)
		case "EXEC":
			// Redis ends a transaction whatever EXEC answers. Where it is an error of
			// another kind, it may not be Redis that answered.
			h = unknown
			if err := command.Err(); err == nil || errors.Is(err, redis.Nil) || redis.HasErrorPrefix(err, "EXECABORT") {
				h = nothing
			}
		}
	}
	return h
}

// next is what is held after a command that was accepted, or was not.
func next(command redis.Cmder, accepted, otherwise held) held {
	if c, ok := command.(*redis.Cmd); ok && c.Err() == nil && c.Val() == "OK" {
		return accepted
	}
	return otherwise
}
