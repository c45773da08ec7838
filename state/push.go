package state

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/redis/go-redis/v9"

	"github.com/clvstream/clvstream/state/transaction"
)

const maxModelBytes = 1 << 20

// ErrVersionTaken refuses a file whose version is that of another one in the registry.
var ErrVersionTaken = errors.New("another file is stored under this version")

// Pushed is what came of a push.
type Pushed int

// What may come of it.
const (
	PushedKept     Pushed = iota // what was stored stays
	PushedNew                    // there was none
	PushedReplaced               // what was stored is replaced
)

// PushModel keeps a model file under its version. Where another text is stored under it,
// supersedes says whether the new one takes its place; its error is that of the push, and
// nothing is changed. Nil takes none. What the files say is for supersedes to know: both
// must value customers alike, since the version goes with each value.
func (s *Store) PushModel(ctx context.Context, version string, file []byte, supersedes func(stored []byte) (bool, error)) (pushed Pushed, err error) {
	switch {
	case version == "" || version == Configured || strings.ContainsAny(version, " \t\r\n:"):
		return PushedKept, fmt.Errorf("push model: %q cannot be a version", version)
	case len(file) > maxModelBytes:
		return PushedKept, fmt.Errorf("push model %s: %d bytes, more than %d", version, len(file), maxModelBytes)
	}
	now, err := s.Clock(ctx)
	if err != nil {
		return PushedKept, err
	}
	key := modelsKey(s.options.Namespace)
	err = s.transact(ctx, key, func(conn *transaction.Conn) error {
		if pushed, err = s.decidePush(ctx, conn, filePrefix+version, file, supersedes); err != nil || pushed == PushedKept {
			return err
		}
		commands := [][]any{{"HSET", key, filePrefix + version, file}}
		if pushed == PushedNew {
			commands = append(commands, []any{"HSET", key, pushedPrefix + version, now.UnixMicro()})
		}
		return conn.Commit(ctx, commands)
	})
	if err != nil {
		return PushedKept, fmt.Errorf("push model %s: %w", version, err)
	}
	return pushed, nil
}

// decidePush reads what is stored, as of which the push is decided and committed.
func (s *Store) decidePush(ctx context.Context, conn *transaction.Conn, field string, file []byte, supersedes func([]byte) (bool, error)) (Pushed, error) {
	key := modelsKey(s.options.Namespace)
	var read *redis.SliceCmd
	if err := conn.Begin(ctx, key, func(pipe redis.Pipeliner) { read = pipe.HMGet(ctx, key, field) }); err != nil {
		return PushedKept, err
	}
	text, known := read.Val()[0].(string)
	switch {
	case !known:
		return PushedNew, nil
	case text == string(file):
		return PushedKept, nil
	case supersedes == nil:
		return PushedKept, ErrVersionTaken
	}
	if better, err := supersedes([]byte(text)); err != nil || !better {
		return PushedKept, err
	}
	return PushedReplaced, nil
}
