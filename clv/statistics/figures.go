package statistics

// Figures are the statistics of one group of customers.
type Figures struct {
	slots  map[slot]*Places
	spare  []*Places
	recent [cellKinds]struct { // customers' changes meet the same slots again and again
		slot   slot
		places *Places
	}
}

// slot is a cell's name within its group.
type slot struct {
	kind      CellKind
	key, part int32
}

// places are those of a slot, made if there are none.
func (f *Figures) places(at slot) *Places {
	recent := &f.recent[at.kind]
	if recent.places != nil && recent.slot == at {
		return recent.places
	}
	places := f.slots[at]
	if places == nil {
		if f.slots == nil {
			f.slots = map[slot]*Places{}
		}
		places = f.empty()
		f.slots[at] = places
	}
	recent.slot, recent.places = at, places
	return places
}

func (f *Figures) empty() (places *Places) {
	if last := len(f.spare) - 1; last >= 0 {
		places, f.spare = f.spare[last], f.spare[:last]
		*places = Places{}
	} else {
		places = new(Places)
	}
	return places
}

func (f *Figures) reset() {
	for _, places := range f.slots {
		f.spare = append(f.spare, places)
	}
	clear(f.slots)
	clear(f.recent[:])
}

// addAll adds other figures so many times.
func (f *Figures) addAll(other *Figures, times int64) {
	for at, places := range other.slots {
		f.places(at).add(places, times)
	}
}

// anything says whether a place is not 0.
func (f *Figures) anything() bool {
	for _, places := range f.slots {
		if *places != (Places{}) {
			return true
		}
	}
	return false
}

// Add adds other places.
func (p *Places) Add(more *Places) { p.add(more, 1) }

func (p *Places) add(more *Places, times int64) {
	for i := range p {
		p[i] += times * more[i]
	}
}

// Sums are those of the group's customers.
func (f *Figures) Sums() Sums {
	places := f.slots[slot{kind: CellSums}]
	if places == nil {
		return Sums{}
	}
	return Sums{
		Customers: places[0], Orders: places[1], RevenueMinor: places[2], MarginMinor: places[3],
		CLVMinor: places[4], PredictedMinor: places[5], CostMinor: places[6], Waiting: places[7],
	}
}
