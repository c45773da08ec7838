package statistics

import (
	"math"
	"slices"
)

// Histogram counts customers by a quantity.
type Histogram struct {
	Bins      []Bin // with customers in them, ascending
	Customers int64
	SumMinor  int64 // of the CLV histogram
	// Error is by how much a value may be off its bin's middle: a share of the value
	// if Relative, else in the quantity's own unit.
	Error    float64
	Relative bool
}

// Bin is one step of a histogram. A bin of CLV includes both ends, which are whole
// minor units; the others end before To.
type Bin struct {
	From, To  float64
	Customers int64
	SumMinor  int64 // of the CLV histogram: exact
}

// Middle stands for the values of the bin.
func (b *Bin) Middle() float64 { return (b.From + b.To) / 2 }

// CLVHistogram counts customers who have bought by CLV, minor units.
func (f *Figures) CLVHistogram() Histogram {
	h := Histogram{Error: binsError, Relative: true}
	for at, places := range f.slots {
		if at.kind != CellCLV {
			continue
		}
		for i := range clvBinsPerPart {
			low, high := binRange(int(at.part)*clvBinsPerPart + i)
			h.add(Bin{From: float64(low), To: float64(high), Customers: places[2*i], SumMinor: places[2*i+1]})
		}
	}
	return h.sorted()
}

// AliveHistogram counts customers who have bought by P(alive).
func (f *Figures) AliveHistogram() Histogram {
	return f.histogram(CellAlive, Histogram{Error: 0.5 / aliveBins}, func(bin int) (from, to float64) {
		return float64(bin) / aliveBins, float64(bin+1) / aliveBins
	})
}

// WaitHistogram counts customers who have bought on two days or more by their mean
// number of days between orders.
func (f *Figures) WaitHistogram() Histogram {
	return f.histogram(CellWait, Histogram{Error: binsError, Relative: true}, func(bin int) (from, to float64) {
		low, high := binRange(bin)
		return float64(low) / tenthsPerDay, float64(high+1) / tenthsPerDay
	})
}

func (f *Figures) histogram(kind CellKind, h Histogram, rangeOf func(bin int) (from, to float64)) Histogram {
	for at, places := range f.slots {
		if at.kind != kind {
			continue
		}
		for i, customers := range places {
			from, to := rangeOf(int(at.part)*binsPerPart + i)
			h.add(Bin{From: from, To: to, Customers: customers})
		}
	}
	return h.sorted()
}

func (h *Histogram) add(bin Bin) {
	if bin.Customers == 0 {
		return
	}
	h.Bins = append(h.Bins, bin)
	h.Customers += bin.Customers
	h.SumMinor += bin.SumMinor
}

func (h Histogram) sorted() Histogram {
	slices.SortFunc(h.Bins, func(a, b Bin) int {
		if a.From < b.From {
			return -1
		}
		return 1
	})
	return h
}

// Quantile is the value that a share of the customers, in (0, 1], does not exceed,
// within the histogram's error; NaN of nobody.
func (h *Histogram) Quantile(share float64) float64 {
	rank := max(1, int64(math.Ceil(share*float64(h.Customers))))
	for i := range h.Bins {
		if rank -= h.Bins[i].Customers; rank <= 0 {
			return h.Bins[i].Middle()
		}
	}
	return math.NaN()
}

// Top is what the customers of the highest CLV are worth together. Only of the bin
// that the border between them and the rest falls into is not known who is who, so
// their value lies in [LowMinor, HighMinor].
type Top struct {
	Customers int64 // of them
	LowMinor  int64
	HighMinor int64
	Border    Bin   // with the last of them
	OfBorder  int64 // so many of its customers are among them
}

// Top is the share of the customers in [0, 1] who have the highest CLV, rounded up
// to a whole customer.
func (h *Histogram) Top(share float64) Top {
	top := Top{Customers: int64(math.Ceil(share * float64(h.Customers)))}
	left, sum := top.Customers, int64(0)
	for i := len(h.Bins) - 1; i >= 0 && left > 0; i-- {
		bin := &h.Bins[i]
		top.Border, top.OfBorder = *bin, min(left, bin.Customers)
		if left >= bin.Customers {
			left -= bin.Customers
			sum += bin.SumMinor
			continue
		}
		low, high := bin.best(left)
		top.LowMinor, top.HighMinor = sum+low, sum+high
		return top
	}
	top.LowMinor, top.HighMinor = sum, sum
	return top
}

// Within bounds how many of them are among a group of the customers, by the
// group's own histogram.
func (t *Top) Within(group *Histogram) (least, most int64) {
	if t.Customers == 0 {
		return 0, 0
	}
	for i := range group.Bins {
		switch bin := &group.Bins[i]; {
		case bin.From > t.Border.From:
			least, most = least+bin.Customers, most+bin.Customers
		case bin.From == t.Border.From:
			others := t.Border.Customers - bin.Customers
			least += max(0, t.OfBorder-others)
			most += min(bin.Customers, t.OfBorder)
		}
	}
	return least, most
}

// best bounds what the best n of a bin's customers are worth: not less than n mean
// ones, nor more than n at its upper end or what is left when the others are at its
// lower end.
func (b *Bin) best(n int64) (low, high int64) {
	mean := float64(b.SumMinor) / float64(b.Customers)
	low = int64(math.Floor(mean * float64(n)))
	high = int64(min(b.To*float64(n), float64(b.SumMinor)-b.From*float64(b.Customers-n)))
	return low, max(low, high)
}

// Coarser joins neighbouring bins of the same step, a function of a bin's middle
// that does not fall.
func (h *Histogram) Coarser(step func(value float64) int) []Bin {
	var joined []Bin
	for i := range h.Bins {
		bin, last := h.Bins[i], len(joined)-1
		if i > 0 && step(bin.Middle()) == step(h.Bins[i-1].Middle()) {
			joined[last].To = bin.To
			joined[last].Customers += bin.Customers
			joined[last].SumMinor += bin.SumMinor
			continue
		}
		joined = append(joined, bin)
	}
	return joined
}
