package state

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/redis/go-redis/v9"

	"github.com/clvstream/clvstream/clv"
	"github.com/clvstream/clvstream/state/layout"
)

// freshness is as of when a shard's statistics count its customers' values. A customer
// who has been seen to be worth the same then counts as of then.
type freshness struct {
	// wholeMicros is when the last whole pass began: nobody counts as of a day before; 0:
	// there was none, and values count as last stored.
	wholeMicros int64
	// passMicros is when the pass under way began, which has seen some of the customers;
	// 0: there is none.
	passMicros int64
}

// String is "whole", and the pass after it where there is one.
func (f freshness) String() string {
	text := strconv.FormatInt(f.wholeMicros, 10)
	if f.passMicros > 0 {
		text += " " + strconv.FormatInt(f.passMicros, 10)
	}
	return text
}

func parseFreshness(s string) (f freshness, err error) {
	if s == "" {
		return freshness{}, nil
	}
	whole, rest, under := strings.Cut(s, " ")
	pass, _, more := strings.Cut(rest, " ")
	if more {
		return freshness{}, fmt.Errorf("refreshed %q is %w", s, layout.ErrNewer)
	}
	f.wholeMicros, err = strconv.ParseInt(whole, 10, 64)
	if err == nil && under {
		f.passMicros, err = strconv.ParseInt(pass, 10, 64)
	}
	if err != nil || f.wholeMicros < 0 || f.passMicros < 0 {
		return freshness{}, fmt.Errorf("%w: refreshed %q", layout.ErrDamaged, s)
	}
	return f, nil
}

// leastMicros is as of when whoever is changed has to count, so that a pass that has seen
// them, or is over, stays true: events come late, and so do due times of another model.
func (f freshness) leastMicros() int64 { return max(f.wholeMicros, f.passMicros) }

// after is what to note after a page of a pass, which is its last or not. Of two passes
// at once the later one has seen more, so it stays noted.
func (f freshness) after(beganMicros int64, last bool) freshness {
	if !last {
		f.passMicros = max(f.passMicros, beganMicros)
		return f
	}
	if f.wholeMicros = max(f.wholeMicros, beganMicros); f.passMicros <= f.wholeMicros {
		f.passMicros = 0
	}
	return f
}

// keepFresh has the statistics count a changed customer as of no day before what is said
// of the shard. Few are: those whose events come late.
func (f freshness) keepFresh(c *involvedCustomer, v *clv.Valuation) {
	if least := f.leastMicros(); c.Value.AsOfMicros < least {
		c.Refreshed, _ = c.RefreshedAt(least, v)
	}
}

// RefreshedMicros is, per shard, as of when its statistics count values at the least, µs;
// 0: as last stored.
func (s *Store) RefreshedMicros(ctx context.Context) ([]int64, error) {
	read, err := s.freshness(ctx, s.shards)
	if err != nil {
		return nil, err
	}
	micros := make([]int64, len(read))
	for i := range read {
		micros[i] = read[i].wholeMicros
	}
	return micros, nil
}

func (s *Store) freshness(ctx context.Context, shards []*shard) ([]freshness, error) {
	asked, err := ask(ctx, s, shards, func(pipe redis.Pipeliner, sh *shard) *redis.SliceCmd {
		return pipe.HMGet(ctx, sh.keys.src, refreshedField)
	})
	if err != nil {
		return nil, fmt.Errorf("read as of when values count: %w", err)
	}
	read := make([]freshness, len(asked))
	for i := range asked {
		stored, _ := asked[i].Val()[0].(string)
		if read[i], err = parseFreshness(stored); err != nil {
			return nil, fmt.Errorf("shard %d: %w", shards[i].index, err)
		}
	}
	return read, nil
}
