package cli

import (
	"cmp"
	"fmt"
	"math"
	"strconv"
	"time"

	"github.com/spf13/pflag"
)

// NoBound is the most of a flag that may be any whole number.
const NoBound = math.MaxInt32

// Int adds a flag whose value is a whole number within bounds.
func Int(fs *pflag.FlagSet, value *int, name string, otherwise, least, most int, usage string) {
	*value = otherwise
	fs.Var(&bounded[int]{value, least, most, "int", strconv.Atoi, strconv.Itoa}, name, usage)
}

// Duration adds a flag whose value is a duration within bounds.
func Duration(fs *pflag.FlagSet, value *time.Duration, name string, otherwise, least, most time.Duration, usage string) {
	*value = otherwise
	fs.Var(&bounded[time.Duration]{value, least, most, "duration", time.ParseDuration, time.Duration.String}, name, usage)
}

// Float adds a flag whose value is a number within bounds.
func Float(fs *pflag.FlagSet, value *float64, name string, otherwise, least, most float64, usage string) {
	*value = otherwise
	parse := func(text string) (float64, error) { return strconv.ParseFloat(text, 64) }
	spell := func(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }
	fs.Var(&bounded[float64]{value, least, most, "float", parse, spell}, name, usage)
}

// bounded is the value of a flag that refuses what is out of its bounds, so that no command
// has to.
type bounded[T cmp.Ordered] struct {
	value       *T
	least, most T
	kind        string
	parse       func(string) (T, error)
	text        func(T) string
}

// String implements pflag.Value.
func (b *bounded[T]) String() string {
	if b.value == nil {
		return ""
	}
	return b.text(*b.value)
}

// Set implements pflag.Value.
func (b *bounded[T]) Set(text string) error {
	v, err := b.parse(text)
	if err != nil {
		return fmt.Errorf("is no %s: %w", b.kind, err)
	}
	switch least, most := b.text(b.least), b.text(b.most); {
	case v >= b.least && v <= b.most:
		*b.value = v
		return nil
	case most == strconv.Itoa(NoBound):
		return fmt.Errorf("want %s or more", least)
	default: // NaN is neither above nor below
		return fmt.Errorf("want %s to %s", least, most)
	}
}

// Type implements pflag.Value.
func (b *bounded[T]) Type() string { return b.kind }
