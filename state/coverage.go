package state

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/clvstream/clvstream/state/layout"
)

// coverage is how many of a shard's customers a rollout has seen.
type coverage struct {
	number uint64 // of the activation
	seen   int64
	all    bool
}

const allWord = "all"

// String is "number seen", and "all" after it when no customer is left.
func (c coverage) String() string {
	text := strconv.FormatUint(c.number, 10) + " " + strconv.FormatInt(c.seen, 10)
	if c.all {
		text += " " + allWord
	}
	return text
}

func parseCoverage(s string) (coverage, error) {
	if s == "" {
		return coverage{}, nil
	}
	words := strings.Fields(s)
	all := len(words) == 3 && words[2] == allWord
	if len(words) > 2 && !all {
		return coverage{}, fmt.Errorf("enlisted %q is %w", s, layout.ErrNewer)
	}
	if len(words) < 2 {
		return coverage{}, fmt.Errorf("%w: enlisted %q", layout.ErrDamaged, s)
	}
	number, err := strconv.ParseUint(words[0], 10, 64)
	seen, seenErr := strconv.ParseInt(words[1], 10, 64)
	if err != nil || seenErr != nil {
		return coverage{}, fmt.Errorf("%w: enlisted %q", layout.ErrDamaged, s)
	}
	return coverage{number: number, seen: seen, all: all}, nil
}
