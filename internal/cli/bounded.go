package cli

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/pflag"
)

// NoBound is the most of a flag that may be any whole number.
const NoBound = math.MaxInt32

// Int adds a flag whose value is a whole number within bounds.
func Int(fs *pflag.FlagSet, value *int, name string, otherwise, least, most int, usage string) {
	*value = otherwise
	fs.Var(&bounded[int]{value, least, most, "int", strconv.Atoi, strconv.Itoa, false}, name, usage)
}

// Seed adds a flag whose value begins a sequence of random numbers: any is as good.
func Seed(fs *pflag.FlagSet, value *uint64, name string, otherwise uint64, usage string) {
	*value = otherwise
	parse := func(text string) (uint64, error) { return strconv.ParseUint(text, 10, 64) }
	spell := func(v uint64) string { return strconv.FormatUint(v, 10) }
	fs.Var(&bounded[uint64]{value, 0, math.MaxUint64, "uint64", parse, spell, false}, name, usage)
}

// Duration adds a flag whose value is a duration within bounds.
func Duration(fs *pflag.FlagSet, value *time.Duration, name string, otherwise, least, most time.Duration, usage string) {
	*value = otherwise
	fs.Var(&bounded[time.Duration]{value, least, most, "duration", time.ParseDuration, spellDuration, false}, name, usage)
}

// Float adds a flag whose value is a number within bounds.
func Float(fs *pflag.FlagSet, value *float64, name string, otherwise, least, most float64, usage string) {
	*value = otherwise
	fs.Var(&bounded[float64]{value, least, most, "float", parseFloat, spellFloat, false}, name, usage)
}

// Above adds a flag whose value is a number above one bound and not above the other.
func Above(fs *pflag.FlagSet, value *float64, name string, otherwise, bound, most float64, usage string) {
	*value = otherwise
	fs.Var(&bounded[float64]{value, bound, most, "float", parseFloat, spellFloat, true}, name, usage)
}

// spellDuration leaves out the minutes and seconds that are none: 6h, not 6h0m0s.
func spellDuration(v time.Duration) string {
	text := v.String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}

func parseFloat(text string) (float64, error) { return strconv.ParseFloat(text, 64) }

func spellFloat(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }

// Ranged is the value of a flag that says what it takes, and refuses everything else.
type Ranged interface{ Range() string }

// bounded is the value of a flag that refuses what is out of its bounds, so that no command
// has to.
type bounded[T cmp.Ordered] struct {
	value       *T
	least, most T
	kind        string
	parse       func(string) (T, error)
	text        func(T) string
	above       bool // least itself is out of bounds
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
	if within := v >= b.least && v <= b.most && !(b.above && v == b.least); !within { // NaN is neither above nor below
		return errors.New("want " + b.Range())
	}
	*b.value = v
	return nil
}

// Range implements Ranged.
func (b *bounded[T]) Range() string {
	switch least, most := b.text(b.least), b.text(b.most); {
	case b.above:
		return "above " + least + ", up to " + most
	case most == strconv.Itoa(NoBound):
		return least + " or more"
	default:
		return least + " to " + most
	}
}

// Type implements pflag.Value.
func (b *bounded[T]) Type() string { return b.kind }
