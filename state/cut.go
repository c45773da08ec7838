package state

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/clvstream/clvstream/clv/standing"
	"github.com/clvstream/clvstream/state/layout"
)

// Cut is where the tiers by percentile begin. It comes into force as a model does:
// as an activation of the model that is, with other borders. The zero Cut has none.
type Cut struct {
	Number  uint64 // of the activation that brought it
	Borders string // minor units, ascending, with commas between them
}

const cutWord = "cut:"

// String is "cut:number:borders".
func (c Cut) String() string { return cutWord + strconv.FormatUint(c.Number, 10) + ":" + c.Borders }

func parseCut(s string) (Cut, error) {
	number, borders, ok := strings.Cut(strings.TrimPrefix(s, cutWord), ":")
	n, err := strconv.ParseUint(number, 10, 64)
	c := Cut{Number: n, Borders: borders}
	if fromMinor, bordersErr := c.FromMinor(); !ok || err != nil || n == 0 || bordersErr != nil || !slices.IsSorted(fromMinor) {
		return Cut{}, fmt.Errorf("%w: cut of tiers %q", layout.ErrDamaged, s)
	}
	return c, nil
}

// FromMinor are the borders, minor units.
func (c Cut) FromMinor() ([]int64, error) {
	if c.Borders == "" {
		return nil, nil
	}
	texts := strings.Split(c.Borders, ",")
	fromMinor := make([]int64, len(texts))
	for i, text := range texts {
		var err error
		if fromMinor[i], err = strconv.ParseInt(text, 10, 64); err != nil {
			return nil, fmt.Errorf("%w: border %q", layout.ErrDamaged, text)
		}
	}
	return fromMinor, nil
}

// Apply gives tiers by percentile the borders of the cut.
func (c Cut) Apply(t standing.Tiers) (standing.Tiers, error) {
	fromMinor, err := c.FromMinor()
	if err != nil {
		return t, err
	}
	return t.At(c.Number, fromMinor)
}

// CutTiers brings the borders of tiers by percentile into force, in every process:
// each commit from here on goes by them, and customers without an event are
// valued within the span. Borders that are in force already stay, and false is answered.
func (s *Store) CutTiers(ctx context.Context, bordersMinor []int64, fromMicros int64, span time.Duration) (a Activation, changed bool, err error) {
	texts := make([]string, len(bordersMinor))
	for i, border := range bordersMinor {
		texts[i] = strconv.FormatInt(border, 10)
	}
	return s.activate(ctx, fromMicros, span, func(r *Registry) (InForce, uint64, error) {
		active := r.Active()
		in := InForce{Version: active.Version, Silent: active.Silent, Cut: Cut{active.Cut.Number, strings.Join(texts, ",")}}
		if active.Number == 0 {
			in.Version = Configured
		}
		return in, active.Replaces, nil
	})
}
