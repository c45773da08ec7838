package transaction

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/redis/go-redis/v9"
)

// redisError is what the client makes of an error that Redis answers.
type redisError string

func (e redisError) Error() string { return string(e) }
func (redisError) RedisError()     {}

var errGone = errors.New("connection reset by peer")

// answering is a server by its answers, in the order of the commands.
type answering struct {
	answers []any
	sent    []string
}

func (a *answering) DialHook(next redis.DialHook) redis.DialHook     { return next }
func (a *answering) ProcessHook(redis.ProcessHook) redis.ProcessHook { return a.one }
func (a *answering) one(context.Context, redis.Cmder) error          { return nil }
func (a *answering) ProcessPipelineHook(redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return func(_ context.Context, commands []redis.Cmder) error {
		var first error
		for _, command := range commands {
			a.sent = append(a.sent, command.Name())
			answer := a.answers[0]
			a.answers = a.answers[1:]
			if err, failed := answer.(error); failed {
				command.SetErr(err)
				if first == nil {
					first = err
				}
			} else if c, ok := command.(*redis.Cmd); ok {
				c.SetVal(answer)
			}
		}
		return first
	}
}

func answersOf(t *testing.T, answers ...any) (*Conn, *answering) {
	a := &answering{answers: answers}
	client := redis.NewClient(&redis.Options{MaxRetries: -1})
	t.Cleanup(func() { client.Close() })
	client.AddHook(a)
	return Connect(client, nil), a
}

func reads(pipe redis.Pipeliner) { pipe.HGet(context.Background(), "k", "f") }

func TestWhatBegins(t *testing.T) {
	refused := redisError("NOPERM this user has no permissions to run the 'multi' command")
	for name, c := range map[string]struct {
		answers []any
		want    error
		held    held
	}{
		"accepted":                    {[]any{"OK", "v", "OK"}, nil, queueing},
		"accepted, nothing was there": {[]any{"OK", redis.Nil, "OK"}, nil, queueing},
		"MULTI refused":               {[]any{"OK", "v", refused}, refused, watching},
		"WATCH refused":               {[]any{refused, "v", "OK"}, refused, queueing},
		"a read refused":              {[]any{"OK", refused, "OK"}, refused, queueing},
		"all refused":                 {[]any{refused, refused, refused}, refused, nothing},
		"MULTI swallowed":             {[]any{"OK", "v", "what?"}, errAnswers, watching},
		"connection lost":             {[]any{errGone, errGone, errGone}, errGone, nothing},
	} {
		t.Run(name, func(t *testing.T) {
			conn, server := answersOf(t, c.answers...)
			err := conn.Begin(t.Context(), "k", reads)
			if !errors.Is(err, c.want) || conn.held != c.held {
				t.Errorf("got %v, holding %d; want %v, %d", err, conn.held, c.want, c.held)
			}
			if want := []string{"watch", "hget", "multi"}; !slices.Equal(server.sent, want) {
				t.Errorf("sent were %q, want %q", server.sent, want)
			}
			if c.held == queueing {
				return
			}
			if _, err := conn.CommitAndBegin(t.Context(), [][]any{{"SET", "k", "v"}}, "k", reads); !errors.Is(err, errNotBegun) || len(server.sent) != 3 {
				t.Errorf("commit without MULTI: %v, sent were %q", err, server.sent)
			}
		})
	}
}

func TestWhatIsCommitted(t *testing.T) {
	oom := redisError("OOM command not allowed when used memory > 'maxmemory'.")
	wrongType := redisError("WRONGTYPE Operation against a key holding the wrong kind of value")
	aborted := redisError("EXECABORT Transaction discarded because of previous errors.")
	moved := redisError("MOVED 3999 127.0.0.1:6381")
	for name, c := range map[string]struct {
		answers []any
		want    []error
		held    held
	}{
		"committed":                      {[]any{"QUEUED", "QUEUED", []any{int64(1), "OK"}}, nil, nothing},
		"beaten":                         {[]any{"QUEUED", "QUEUED", redis.Nil}, []error{ErrBeaten}, nothing},
		"a write refused":                {[]any{"QUEUED", oom, aborted}, []error{oom}, nothing},
		"EXEC refused":                   {[]any{"QUEUED", "QUEUED", aborted}, []error{aborted}, nothing},
		"the slot moved":                 {[]any{"QUEUED", "QUEUED", moved}, []error{moved}, unknown},
		"a write failed":                 {[]any{"QUEUED", "QUEUED", []any{int64(1), wrongType}}, []error{ErrPartial, wrongType}, nothing},
		"EXEC without MULTI":             {[]any{int64(1), "OK", redisError("EXEC without MULTI")}, []error{ErrPartial}, unknown},
		"connection lost":                {[]any{errGone, errGone, errGone}, []error{errGone}, unknown},
		"connection lost before EXEC":    {[]any{"QUEUED", "QUEUED", errGone}, []error{errGone}, unknown},
		"EXEC answers what is no answer": {[]any{"QUEUED", "QUEUED", "what?"}, []error{}, nothing},
	} {
		t.Run(name, func(t *testing.T) {
			conn, _ := answersOf(t, append([]any{"OK", "v", "OK"}, c.answers...)...)
			if err := conn.Begin(t.Context(), "k", reads); err != nil {
				t.Fatal(err)
			}
			err := conn.Commit(t.Context(), [][]any{{"INCR", "k"}, {"SET", "l", "v"}})
			if (err == nil) != (c.want == nil) || conn.held != c.held {
				t.Errorf("got %v, holding %d; want %v, %d", err, conn.held, c.want, c.held)
			}
			for _, want := range c.want {
				if !errors.Is(err, want) {
					t.Errorf("got %v, want %v", err, want)
				}
			}
		})
	}
}

// Whatever becomes of one transaction, the next one in the same write is begun, or
// not, by its own answers.
func TestTheNextIsBegunByItsOwnAnswers(t *testing.T) {
	refused := redisError("NOPERM")
	for name, c := range map[string]struct {
		answers []any // to a write, EXEC, WATCH, a read, MULTI
		begun   bool
		want    error
	}{
		"both":                   {[]any{"QUEUED", []any{"OK"}, "OK", "v", "OK"}, true, nil},
		"the first beaten":       {[]any{"QUEUED", redis.Nil, "OK", "v", "OK"}, true, ErrBeaten},
		"the first refused":      {[]any{refused, redisError("EXECABORT"), "OK", "v", "OK"}, true, refused},
		"MULTI of the next":      {[]any{"QUEUED", []any{"OK"}, "OK", "v", refused}, false, nil},
		"WATCH of the next":      {[]any{"QUEUED", []any{"OK"}, refused, "v", "OK"}, false, nil},
		"a read of the next":     {[]any{"QUEUED", []any{"OK"}, "OK", refused, "OK"}, false, nil},
		"connection lost before": {[]any{errGone, errGone, errGone, errGone, errGone}, false, errGone},
		"connection lost after":  {[]any{"QUEUED", []any{"OK"}, errGone, errGone, errGone}, false, nil},
	} {
		t.Run(name, func(t *testing.T) {
			conn, _ := answersOf(t, append([]any{"OK", "v", "OK"}, c.answers...)...)
			if err := conn.Begin(t.Context(), "k", reads); err != nil {
				t.Fatal(err)
			}
			begun, err := conn.CommitAndBegin(t.Context(), [][]any{{"SET", "k", "v"}}, "l", reads)
			if begun != c.begun || !errors.Is(err, c.want) {
				t.Errorf("got %t, %v; want %t, %v", begun, err, c.begun, c.want)
			}
		})
	}
}
