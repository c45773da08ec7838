package state

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/redis/go-redis/v9"

	"github.com/clvstream/clvstream/clv"
	"github.com/clvstream/clvstream/clv/model"
	"github.com/clvstream/clvstream/state/layout"
	"github.com/clvstream/clvstream/state/transaction"
)

// InForce says by which model a shard's customers are valued: the one that an
// activation brought, since the shard has it in src. The zero InForce is that of
// a shard in which none was activated: each process's own model, as configured.
type InForce struct {
	Number  uint64 // of the activation, counted from 1
	Version string // of a pushed model, or Configured
	Silent  bool   // passing to it is not announced
	Cut     Cut    // of the tiers by percentile
}

// Configured stands for the model that each process has in its configuration, in
// the place of a pushed model's version.
const Configured = "configured"

const silentWord = "silent"

// String is "number version", and "silent" and the cut after it where there is
// one; empty for the zero InForce.
func (f InForce) String() string {
	if f.Number == 0 {
		return ""
	}
	text := strconv.FormatUint(f.Number, 10) + " " + f.Version
	if f.Silent {
		text += " " + silentWord
	}
	if f.Cut.Number > 0 {
		text += " " + f.Cut.String()
	}
	return text
}

func parseInForce(s string) (InForce, error) {
	if s == "" {
		return InForce{}, nil
	}
	damaged := fmt.Errorf("%w: model in force %q", layout.ErrDamaged, s)
	words := strings.Fields(s)
	if len(words) < 2 {
		return InForce{}, damaged
	}
	number, err := strconv.ParseUint(words[0], 10, 64)
	in, rest := InForce{Number: number, Version: words[1]}, words[2:]
	if len(rest) > 0 && rest[0] == silentWord {
		in.Silent, rest = true, rest[1:]
	}
	if len(rest) > 0 && strings.HasPrefix(rest[0], cutWord) && err == nil {
		in.Cut, err = parseCut(rest[0])
		rest = rest[1:]
	}
	known := func(word string) bool { return word == silentWord || strings.HasPrefix(word, cutWord) }
	if err != nil || number == 0 || slices.ContainsFunc(rest, known) {
		return InForce{}, damaged
	}
	if len(rest) > 0 {
		return InForce{}, fmt.Errorf("model in force %q is %w", s, layout.ErrNewer)
	}
	return in, nil
}

// valuations are those that a process has made, by activation.
type valuations struct {
	mu   sync.Mutex
	made map[madeFor]*clv.Valuation
}

type madeFor struct {
	configured *clv.Valuation
	inForce    InForce
}

// mostMade bounds what is kept of activations that are over.
const mostMade = 16

// valuation is the configured one with the model in force, which is read from
// the registry when it is needed for the first time. An error is waited for, as
// whatever may pass: no commit goes by another model than the one in force.
func (s *Store) valuation(ctx context.Context, configured *clv.Valuation, in InForce) (*clv.Valuation, error) {
	if in.Number == 0 {
		return configured, nil
	}
	s.valuations.mu.Lock()
	defer s.valuations.mu.Unlock()
	key := madeFor{configured, in}
	if made := s.valuations.made[key]; made != nil {
		return made, nil
	}
	model, err := s.model(ctx, configured, in)
	if err != nil {
		return nil, err
	}
	made := *configured
	made.By(model)
	made.Policy.SilentModel = in.Silent
	if made.Awake.Tiers, err = in.Cut.Apply(configured.Awake.Tiers); err != nil {
		return nil, err
	}
	if s.valuations.made == nil || len(s.valuations.made) >= mostMade {
		s.valuations.made = map[madeFor]*clv.Valuation{}
	}
	s.valuations.made[key] = &made
	slog.InfoContext(ctx, "customers are valued by another model", "model", model.Name(), "version", model.Version(), "activation", in.Number)
	return &made, nil
}

func (s *Store) model(ctx context.Context, configured *clv.Valuation, in InForce) (model.Model, error) {
	if in.Version == Configured {
		return configured.Model, nil
	}
	if s.options.Model == nil {
		return nil, fmt.Errorf("take the model in force, %s: %w: this process reads no model files", in.Version, errModel)
	}
	var m model.Model
	file, err := s.ModelFile(ctx, in.Version)
	if err != nil && !errors.Is(err, ErrUnknownModel) {
		return nil, err
	}
	if err == nil {
		m, err = s.options.Model(file)
	}
	if err != nil {
		return nil, UnusableModel(in.Version, fmt.Errorf("%w: %w", errModel, err))
	}
	return m, nil
}

// errModel makes commits wait until the model in force is there and can be read.
var errModel = errors.New("it cannot be used here")

// UnusableModel is err with what to do about a model in force that is missing, or that
// this process cannot build.
func UnusableModel(version string, err error) error {
	switch err = fmt.Errorf("take the model in force, %s: %w", version, err); {
	case errors.Is(err, ErrUnknownModel):
		return fmt.Errorf("%w: push it again, or activate another", err)
	case errors.Is(err, layout.ErrNewer): // has its own advice
		return err
	default:
		return fmt.Errorf("%w: activate another or, if it is newer than this program, finish the upgrade", err)
	}
}

// pin puts an activation into force in a shard, unless a later one is. It
// changes src, so no commit by the model before can follow.
func (s *Store) pin(ctx context.Context, sh *shard, in InForce) error {
	err := s.transact(ctx, sh.keys.src, func(conn *transaction.Conn) error {
		var stored *redis.SliceCmd
		if err := conn.Begin(ctx, sh.keys.src, func(pipe redis.Pipeliner) { stored = pipe.HMGet(ctx, sh.keys.src, positionFields()...) }); err != nil {
			return err
		}
		if p, err := parsePosition(stored.Val()); err != nil || p.inForce.Number >= in.Number {
			return err
		}
		return conn.Commit(ctx, [][]any{{"HSET", sh.keys.src, modelField, in.String()}})
	})
	if err != nil {
		return fmt.Errorf("put model %s into force in shard %d: %w", in.Version, sh.index, err)
	}
	return nil
}

// pinAll puts an activation into force in every shard.
func (s *Store) pinAll(ctx context.Context, in InForce) error {
	for _, sh := range s.shards {
		if err := s.pin(ctx, sh, in); err != nil {
			return err
		}
	}
	return nil
}

// InForce is what each shard has in force.
func (s *Store) InForce(ctx context.Context) ([]InForce, error) {
	asked, err := ask(ctx, s, s.shards, func(pipe redis.Pipeliner, sh *shard) *redis.SliceCmd {
		return pipe.HMGet(ctx, sh.keys.src, modelField)
	})
	if err != nil {
		return nil, fmt.Errorf("read models in force: %w", err)
	}
	inForce := make([]InForce, len(asked))
	for i := range asked {
		stored, _ := asked[i].Val()[0].(string)
		if inForce[i], err = parseInForce(stored); err != nil {
			return nil, fmt.Errorf("read model in force in shard %d: %w", i, err)
		}
	}
	return inForce, nil
}
