package state

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/clvstream/clvstream/state/layout"
	"github.com/clvstream/clvstream/state/transaction"
)

// PushedModel is a model file in the registry. What a file says is its reader's
// business: here it is bytes and a version.
type PushedModel struct {
	Version      string
	File         []byte
	PushedMicros int64 // by the clock of Redis, when it was pushed first
}

// Activation brings a model into force. From then on each commit goes by it, and
// customers without an event are valued within the span.
type Activation struct {
	InForce
	AtMicros   int64 // by the clock of Redis
	FromMicros int64 // the first due time that it gives to customers, in the inputs' time
	Span       time.Duration
	Replaces   uint64 // the activation that a rollback goes back to; 0: the configured model
}

// Refit is what came of the last scheduled fit.
type Refit struct {
	AtMicros int64
	Version  string // that was activated; empty: none was
	Verdict  string // why, or why not
}

// Registry is all that is known of pushed models.
type Registry struct {
	Models      []PushedModel // as they were pushed
	Activations []Activation  // the last is in force
	Refit       Refit         // zero: there was none
}

// Active is the activation in force; zero: none, and configured models are.
func (r *Registry) Active() Activation {
	if len(r.Activations) == 0 {
		return Activation{}
	}
	return r.Activations[len(r.Activations)-1]
}

// Errors of the registry.
var (
	ErrUnknownModel = errors.New("no such model was pushed")
	ErrNoActivation = errors.New("no model was activated")
)

// Fields of the registry: per version, per activation, and of its own.
const (
	filePrefix       = "file:"
	pushedPrefix     = "pushed:"
	activationPrefix = "activation:"
	activeField      = "active"
	refitField       = "refit"
)

// ModelFile is a pushed file.
func (s *Store) ModelFile(ctx context.Context, version string) ([]byte, error) {
	file, err := s.client.HGet(ctx, modelsKey(s.options.Namespace), filePrefix+version).Bytes()
	switch {
	case errors.Is(err, redis.Nil):
		return nil, fmt.Errorf("%w: %s", ErrUnknownModel, version)
	case err != nil:
		return nil, fmt.Errorf("read model %s: %w", version, err)
	}
	return file, nil
}

// Active is the activation in force; zero: there is none.
func (s *Store) Active(ctx context.Context) (Activation, error) {
	stored, err := s.client.HGet(ctx, modelsKey(s.options.Namespace), activeField).Result()
	switch {
	case errors.Is(err, redis.Nil):
		return Activation{}, nil
	case err != nil:
		return Activation{}, fmt.Errorf("read activation: %w", err)
	}
	return parseActivation(stored)
}

// Registry reads all of it.
func (s *Store) Registry(ctx context.Context) (*Registry, error) {
	stored, err := s.client.HGetAll(ctx, modelsKey(s.options.Namespace)).Result()
	if err != nil {
		return nil, fmt.Errorf("read registry of models: %w", err)
	}
	return parseRegistry(stored)
}

func parseRegistry(stored map[string]string) (*Registry, error) {
	r := &Registry{}
	for field, value := range stored {
		if err := r.take(field, value); err != nil {
			return nil, fmt.Errorf("read registry of models: %s: %w", field, err)
		}
	}
	for i := range r.Models {
		r.Models[i].PushedMicros, _ = strconv.ParseInt(stored[pushedPrefix+r.Models[i].Version], 10, 64)
	}
	slices.SortFunc(r.Models, func(a, b PushedModel) int {
		if a.PushedMicros != b.PushedMicros {
			return int(a.PushedMicros - b.PushedMicros)
		}
		return strings.Compare(a.Version, b.Version)
	})
	slices.SortFunc(r.Activations, func(a, b Activation) int { return int(a.Number) - int(b.Number) })
	return r, nil
}

func (r *Registry) take(field, value string) error {
	if version, ok := strings.CutPrefix(field, filePrefix); ok {
		r.Models = append(r.Models, PushedModel{Version: version, File: []byte(value)})
		return nil
	}
	if strings.HasPrefix(field, activationPrefix) {
		a, err := parseActivation(value)
		r.Activations = append(r.Activations, a)
		return err
	}
	if field == refitField {
		var err error
		r.Refit, err = parseRefit(value)
		return err
	}
	return nil
}

// Activate brings a pushed model, or Configured, into force: from here on each
// commit goes by it, in every process. Customers are due from an instant on, over
// a span. What is in force already stays, and false is answered.
func (s *Store) Activate(ctx context.Context, version string, fromMicros int64, span time.Duration, silent bool) (a Activation, changed bool, err error) {
	return s.activate(ctx, fromMicros, span, func(r *Registry) (InForce, uint64, error) {
		if version != Configured && !r.has(version) {
			return InForce{}, 0, r.unknown(version)
		}
		active := r.Active()
		return InForce{Version: version, Silent: silent, Cut: active.Cut}, active.Number, nil
	})
}

// Rollback brings into force what was before the active model: rolled back
// again, what was before that.
func (s *Store) Rollback(ctx context.Context, fromMicros int64, span time.Duration, silent bool) (Activation, error) {
	a, _, err := s.activate(ctx, fromMicros, span, func(r *Registry) (InForce, uint64, error) {
		active := r.Active()
		if active.Number == 0 || active.Version == Configured && active.Replaces == 0 {
			return InForce{}, 0, fmt.Errorf("roll back: %w: the configured model is in force", ErrNoActivation)
		}
		before := r.activation(active.Replaces)
		if before.Version != Configured && !r.has(before.Version) {
			return InForce{}, 0, r.unknown(before.Version)
		}
		return InForce{Version: before.Version, Silent: silent, Cut: active.Cut}, before.Replaces, nil
	})
	return a, err
}

// activate records what choose decides about, and puts it into force shard by
// shard. A publisher completes what is cut short in between.
func (s *Store) activate(ctx context.Context, fromMicros int64, span time.Duration, choose func(*Registry) (in InForce, replaces uint64, err error)) (a Activation, changed bool, err error) {
	if span < 0 {
		return Activation{}, false, fmt.Errorf("activate model: a span of %s: want 0 or more", span)
	}
	err = s.transact(ctx, modelsKey(s.options.Namespace), func(conn *transaction.Conn) error {
		a, changed, err = s.record(ctx, conn, Activation{FromMicros: fromMicros, Span: span}, choose)
		return err
	})
	if err != nil {
		return Activation{}, false, fmt.Errorf("activate model: %w", err)
	}
	return a, changed, s.pinAll(ctx, a.InForce)
}

// record writes the activation. Its number is above what any shard has: the
// registry may have been restored from an older copy than they.
func (s *Store) record(ctx context.Context, conn *transaction.Conn, a Activation, choose func(*Registry) (in InForce, replaces uint64, err error)) (recorded Activation, changed bool, err error) {
	key := modelsKey(s.options.Namespace)
	var stored *redis.MapStringStringCmd
	if err := conn.Begin(ctx, key, func(pipe redis.Pipeliner) { stored = pipe.HGetAll(ctx, key) }); err != nil {
		return Activation{}, false, err
	}
	r, err := parseRegistry(stored.Val())
	if err != nil {
		return Activation{}, false, err
	}
	if a.InForce, a.Replaces, err = choose(r); err != nil {
		return Activation{}, false, err
	}
	active := r.Active()
	sameModel := a.Version == active.Version || a.Version == Configured && active.Number == 0
	if sameModel && a.Cut.Borders == active.Cut.Borders {
		return active, false, nil
	}
	if a.Number, err = s.nextNumber(ctx, active.Number); err != nil {
		return Activation{}, false, err
	}
	if a.Cut.Borders != active.Cut.Borders {
		a.Cut.Number = a.Number
	}
	now, err := s.Clock(ctx)
	if err != nil {
		return Activation{}, false, err
	}
	a.AtMicros = now.UnixMicro()
	text := a.text()
	return a, true, conn.Commit(ctx, [][]any{{"HSET", key, activeField, text, activationPrefix + strconv.FormatUint(a.Number, 10), text}})
}

func (s *Store) nextNumber(ctx context.Context, number uint64) (uint64, error) {
	inForce, err := s.InForce(ctx)
	if err != nil {
		return 0, err
	}
	for _, in := range inForce {
		number = max(number, in.Number)
	}
	return number + 1, nil
}

func (r *Registry) has(version string) bool {
	return slices.ContainsFunc(r.Models, func(m PushedModel) bool { return m.Version == version })
}

// activation is one by its number; where it is not known, the configured model.
func (r *Registry) activation(number uint64) Activation {
	for _, a := range r.Activations {
		if a.Number == number {
			return a
		}
	}
	return Activation{InForce: InForce{Version: Configured}}
}

func (r *Registry) unknown(version string) error {
	if len(r.Models) == 0 {
		return fmt.Errorf("%w: %s: the registry is empty", ErrUnknownModel, version)
	}
	versions := make([]string, len(r.Models))
	for i, m := range r.Models {
		versions[i] = m.Version
	}
	return fmt.Errorf("%w: %s: there are %s, and %s", ErrUnknownModel, version, strings.Join(versions, ", "), Configured)
}

// RecordRefit keeps what came of a scheduled fit, in place of the one before.
func (s *Store) RecordRefit(ctx context.Context, refit Refit) error {
	version := refit.Version
	if version == "" {
		version = noVersion
	}
	text := strconv.FormatInt(refit.AtMicros, 10) + " " + version + " " + refit.Verdict
	if err := s.client.HSet(ctx, modelsKey(s.options.Namespace), refitField, text).Err(); err != nil {
		return fmt.Errorf("record refit: %w", err)
	}
	return nil
}

// noVersion stands for no model in stored text.
const noVersion = "-"

func parseRefit(s string) (Refit, error) {
	words := strings.SplitN(s, " ", 3)
	if len(words) != 3 {
		return Refit{}, fmt.Errorf("%w: refit %q", layout.ErrDamaged, s)
	}
	at, err := strconv.ParseInt(words[0], 10, 64)
	if err != nil {
		return Refit{}, fmt.Errorf("%w: refit %q", layout.ErrDamaged, s)
	}
	r := Refit{AtMicros: at, Version: words[1], Verdict: words[2]}
	if r.Version == noVersion {
		r.Version = ""
	}
	return r, nil
}

// text is "at from span replaces number version [silent]", times in µs.
func (a *Activation) text() string {
	return fmt.Sprintf("%d %d %d %d %s", a.AtMicros, a.FromMicros, a.Span.Microseconds(), a.Replaces, a.InForce)
}

func parseActivation(s string) (Activation, error) {
	words := strings.SplitN(s, " ", 5)
	damaged := fmt.Errorf("%w: activation %q", layout.ErrDamaged, s)
	if len(words) != 5 {
		return Activation{}, damaged
	}
	var numbers [4]int64
	for i := range numbers {
		var err error
		if numbers[i], err = strconv.ParseInt(words[i], 10, 64); err != nil {
			return Activation{}, damaged
		}
	}
	in, err := parseInForce(words[4])
	if errors.Is(err, layout.ErrNewer) {
		return Activation{}, err
	}
	if err != nil || in.Number == 0 {
		return Activation{}, damaged
	}
	return Activation{
		InForce: in, AtMicros: numbers[0], FromMicros: numbers[1],
		Span: time.Duration(numbers[2]) * time.Microsecond, Replaces: uint64(numbers[3]),
	}, nil
}
