package statistics

import (
	"math/bits"
	"sort"
)

// Bins are spaced by a tenth: a bin that begins at b ends at b + b/10, both whole
// numbers, so a value is off its bin's middle by less than 5 % of itself, and
// below 20 by nothing. They are computed in integers and are therefore the same
// on every machine: stored counts depend on them. The last one is open: 2^53 minor
// units are 90 trillion euros.
const (
	binsEnd   = 1 << 53
	binsError = 0.05
)

var binBorders = spaceBins() // of the bins from 1 on; bin 0 holds 0

func spaceBins() []int64 {
	borders := []int64{0, 1}
	for last := int64(1); last < binsEnd; {
		last += max(1, last/10)
		borders = append(borders, last)
	}
	return borders
}

// binsOfLength is where the values of a length in bits begin.
var binsOfLength = func() (first [65]int) {
	for length := range first {
		first[length] = sort.Search(len(binBorders), func(i int) bool { return bits.Len64(uint64(binBorders[i])) >= length })
	}
	return first
}()

// binOf is the bin of a value; that of a negative one is the opposite's, negated.
func binOf(value int64) int {
	if value < 0 {
		return -binOf(-max(value, -maxWholeMinor))
	}
	bin := binsOfLength[bits.Len64(uint64(value))]
	for bin < len(binBorders) && binBorders[bin] <= value {
		bin++
	}
	return max(0, bin-1)
}

// binRange is the smallest and the largest whole number of a bin.
func binRange(bin int) (low, high int64) {
	switch {
	case bin < 0:
		low, high = binRange(-bin)
		return -high, -low
	case bin >= len(binBorders)-1:
		return binBorders[len(binBorders)-1], maxWholeMinor
	default:
		return binBorders[bin], binBorders[bin+1] - 1
	}
}

// P(alive) lies in [0, 1], so its bins are equal steps.
const aliveBins = 50

func aliveBin(pAlive float64) int {
	return min(max(0, int(pAlive*aliveBins)), aliveBins-1)
}

// waitBin is the bin of a mean number of days between orders, in tenths of a day;
// one of a day is the shortest there is.
func waitBin(recencyDays, frequency int) int {
	return binOf(int64(recencyDays) * tenthsPerDay / int64(frequency))
}

const tenthsPerDay = 10
