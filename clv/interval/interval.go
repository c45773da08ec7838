// Package interval says how sure a figure is.
//
//	parameters, covariance ──► Uncertain ──► Gradient of a figure ──► Variance ──► Positive, Share, Real
//	                                    └──► Draw, for figures of chance ────────► Shortest
//
// Estimates are taken to be normal in the logarithms of the parameters, as a fit finds
// them, and a figure to be smooth in them (the delta method). Parameters without a standard
// error are taken as they are. It is pure: who draws brings the generator.
package interval

import (
	"math"
	"slices"
)

// Interval is from Low to High, both included.
type Interval struct {
	Low, High float64
}

// Level is the share of the cases in which an interval holds the truth.
const Level = 0.9

// quantile is the normal distribution's at (1+Level)/2.
var quantile = math.Sqrt2 * math.Erfinv(Level)

// Real is the interval of a figure that may be anything.
func Real(v, standardError float64) Interval {
	return Interval{v - quantile*standardError, v + quantile*standardError}
}

// Positive is that of a figure above 0: symmetric in its logarithm.
func Positive(v, standardError float64) Interval {
	if !(v > 0) {
		return Interval{v, v}
	}
	factor := math.Exp(quantile * standardError / v)
	return Interval{v / factor, v * factor}
}

// Share is that of a probability: symmetric in its log odds. 0 and 1 are certain.
func Share(p, standardError float64) Interval {
	if !(p > 0 && p < 1) {
		return Interval{p, p}
	}
	odds, factor := p/(1-p), math.Exp(quantile*standardError/(p*(1-p)))
	low, high := odds/factor, odds*factor
	if math.IsInf(high, 1) {
		return Interval{low / (1 + low), 1}
	}
	return Interval{low / (1 + low), high / (1 + high)}
}

// Shortest is the shortest interval that holds at least Level of the draws, the lowest of
// several, and the share that it holds, which is more where many are equal. It sorts the
// draws.
func Shortest(draws []float64) (shortest Interval, share float64) {
	if len(draws) == 0 {
		return Interval{}, 0
	}
	slices.Sort(draws)
	within := int(math.Ceil(Level * float64(len(draws))))
	shortest = Interval{math.Inf(-1), math.Inf(1)}
	for i := 0; i+within <= len(draws); i++ {
		if one := (Interval{draws[i], draws[i+within-1]}); one.High-one.Low < shortest.High-shortest.Low {
			shortest = one
		}
	}
	held := 0
	for _, v := range draws {
		if v >= shortest.Low && v <= shortest.High {
			held++
		}
	}
	return shortest, float64(held) / float64(len(draws))
}
