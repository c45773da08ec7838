package fit

import (
	"cmp"
	"math"
	"slices"
)

const topShare = 0.2

// rank fills in what depends on the order of the predictions alone.
func (a *Accuracy) rank(predicted, actual []float64) {
	best := order(predicted)
	slices.Reverse(best)
	curve := newGainsCurve(best, predicted, actual)
	for i := range a.Gains {
		a.Gains[i] = curve.at(float64(i+1) / float64(len(a.Gains)))
	}
	a.TopLift = curve.at(topShare) / topShare
	a.RankCorrelation = correlation(ranks(predicted), ranks(actual))
}

// order is the indices of values, ascending.
func order(values []float64) []int32 {
	indices := make([]int32, len(values))
	for i := range indices {
		indices[i] = int32(i)
	}
	slices.SortFunc(indices, func(i, j int32) int {
		return cmp.Or(cmp.Compare(values[i], values[j]), cmp.Compare(i, j))
	})
	return indices
}

// gainsCurve is how much of the total the best customers brought, at the ends of
// each group of equal predictions.
type gainsCurve struct {
	customers []float64 // share of all, ascending to 1
	brought   []float64 // share of all
}

func newGainsCurve(best []int32, predicted, actual []float64) gainsCurve {
	total := 0.0
	for _, v := range actual {
		total += v
	}
	c := gainsCurve{customers: []float64{0}, brought: []float64{0}}
	sum := 0.0
	for i, at := range best {
		sum += actual[at]
		if i+1 == len(best) || predicted[best[i+1]] != predicted[at] {
			c.customers = append(c.customers, float64(i+1)/float64(len(best)))
			c.brought = append(c.brought, quotient(sum, total))
		}
	}
	return c
}

// at is the share that a share of the customers brought.
func (c gainsCurve) at(share float64) float64 {
	i, _ := slices.BinarySearch(c.customers, share)
	if i == 0 || i == len(c.customers) {
		return c.brought[min(i, len(c.brought)-1)]
	}
	part := (share - c.customers[i-1]) / (c.customers[i] - c.customers[i-1])
	return c.brought[i-1] + part*(c.brought[i]-c.brought[i-1])
}

// ranks are the places of values, from 1; equal values share their mean place.
func ranks(values []float64) []float64 {
	ascending := order(values)
	places := make([]float64, len(values))
	for low := 0; low < len(ascending); {
		high := low
		for high < len(ascending) && values[ascending[high]] == values[ascending[low]] {
			high++
		}
		for _, i := range ascending[low:high] {
			places[i] = float64(low+high+1) / 2
		}
		low = high
	}
	return places
}

// correlation is Pearson's; 0 where one of them does not vary.
func correlation(a, b []float64) float64 {
	meanA, meanB := mean(a), mean(b)
	var aa, bb, ab float64
	for i := range a {
		da, db := a[i]-meanA, b[i]-meanB
		aa, bb, ab = aa+da*da, bb+db*db, ab+da*db
	}
	return quotient(ab, math.Sqrt(aa*bb))
}

func mean(values []float64) float64 {
	sum := 0.0
	for _, v := range values {
		sum += v
	}
	return quotient(sum, float64(len(values)))
}
