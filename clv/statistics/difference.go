package statistics

import (
	"github.com/clvstream/clvstream/clv/calendar"
	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/clv/standing"
	"slices"
)

// Add adds a customer.
func (s *Statistics) Add(p *Contribution) { s.Replace(&Contribution{}, p) }

// Replace takes away what a customer contributed and adds what they do now. Most
// of it is the same and is not touched.
func (s *Statistics) Replace(was, now *Contribution) {
	for trait := range Trait(traits) {
		from, to := was.group(trait), now.group(trait)
		switch {
		case from == to || !was.Known:
			s.replaceIn(to, was, now)
		case !now.Known:
			s.replaceIn(from, was, now)
		default:
			s.replaceIn(from, was, &Contribution{})
			s.replaceIn(to, &Contribution{}, now)
		}
	}
}

func (s *Statistics) replaceIn(group Group, was, now *Contribution) {
	if group.kept() {
		s.of(group).replace(group.Trait, was, now)
	}
}

// group is the one of a trait that the customer is in.
func (p *Contribution) group(trait Trait) Group {
	switch trait {
	case ByStatus:
		return Group{Trait: trait, Key: int32(p.Status)}
	case ByStage:
		return Group{Trait: trait, Key: int32(p.Stage)}
	case ByTier:
		return Group{Trait: trait, Key: int32(p.Tier)}
	case ByChannel:
		return Group{Trait: trait, Channel: p.Channel}
	case ByCohort:
		return Group{Trait: trait, Key: int32(p.Cohort)}
	default:
		return Group{}
	}
}

func (f *Figures) replace(trait Trait, was, now *Contribution) {
	if was.Sums != now.Sums {
		sums := f.places(slot{kind: CellSums})
		sums.sums(&was.Sums, -1)
		sums.sums(&now.Sums, 1)
	}
	f.moveValue(was, now)
	f.moveBin(CellAlive, was.aliveKnown, was.aliveBin, now.aliveKnown, now.aliveBin)
	f.moveBin(CellWait, was.repeated, was.waitBin, now.repeated, now.waitBin)
	f.replaceMonths(trait, was, now)
	f.replaceCost(was, now)
	f.replaceEntries(was, now)
}

func (p *Places) sums(sums *Sums, sign int64) {
	p[0] += sign * sums.Customers
	p[1] += sign * sums.Orders
	p[2] += sign * sums.RevenueMinor
	p[3] += sign * sums.MarginMinor
	p[4] += sign * sums.CLVMinor
	p[5] += sign * sums.PredictedMinor
	p[6] += sign * sums.CostMinor
	p[7] += sign * sums.Waiting
}

// binSlot is the slot of a bin and its place there.
func binSlot(kind CellKind, bin, perPart int) (slot, int) {
	part := bin / perPart
	if bin%perPart < 0 { // rounded down
		part--
	}
	return slot{kind: kind, part: int32(part)}, bin - part*perPart
}

func (f *Figures) moveValue(was, now *Contribution) {
	if was.bought == now.bought && was.Sums.CLVMinor == now.Sums.CLVMinor {
		return
	}
	if was.bought {
		slot, at := binSlot(CellCLV, was.clvBin, clvBinsPerPart)
		places := f.places(slot)
		places[2*at]--
		places[2*at+1] -= was.Sums.CLVMinor
	}
	if now.bought {
		slot, at := binSlot(CellCLV, now.clvBin, clvBinsPerPart)
		places := f.places(slot)
		places[2*at]++
		places[2*at+1] += now.Sums.CLVMinor
	}
}

func (f *Figures) moveBin(kind CellKind, wasIn bool, was int, nowIn bool, now int) {
	if wasIn == nowIn && was == now {
		return
	}
	if wasIn {
		slot, at := binSlot(kind, was, binsPerPart)
		f.places(slot)[at]--
	}
	if nowIn {
		slot, at := binSlot(kind, now, binsPerPart)
		f.places(slot)[at]++
	}
}

// replaceMonths walks both lists of months, which ascend.
func (f *Figures) replaceMonths(trait Trait, was, now *Contribution) {
	old, next := was.Months, now.Months
	same := was.Cohort == now.Cohort
	for len(old) > 0 || len(next) > 0 {
		switch {
		case len(next) == 0 || len(old) > 0 && old[0].Month < next[0].Month:
			f.month(trait, was, old[0], -1)
			old = old[1:]
		case len(old) == 0 || next[0].Month < old[0].Month:
			f.month(trait, now, next[0], 1)
			next = next[1:]
		default:
			if !same || old[0] != next[0] {
				f.month(trait, was, old[0], -1)
				f.month(trait, now, next[0], 1)
			}
			old, next = old[1:], next[1:]
		}
	}
}

// month adds a customer's month, or takes it away.
func (f *Figures) month(trait Trait, p *Contribution, sum history.MonthSum, sign int64) {
	places := f.places(slot{CellMonth, int32(sum.Month), 0})
	places[placeRevenue] += sign * sum.AmountMinor
	places[placeOrders] += sign * int64(sum.Orders)
	places[placeMargin] += sign * sum.MarginMinor
	if sum.Orders == 0 {
		return
	}
	if sum.Month == p.Cohort {
		places[placeNew] += sign
	}
	if trait == ByCohort { // its triangle is a row of everybody's
		return
	}
	since := max(0, int32(sum.Month-p.Cohort)) // a customer's first month is their cohort
	returned := slot{CellReturned, int32(p.Cohort), since / monthsPerPart}
	f.places(returned)[since%monthsPerPart] += sign
}

// replaceCost moves what it cost to win the customer.
func (f *Figures) replaceCost(was, now *Contribution) {
	if was.Acquired == now.Acquired && was.Sums.CostMinor == now.Sums.CostMinor {
		return
	}
	f.cost(was, -1)
	f.cost(now, 1)
}

func (f *Figures) cost(p *Contribution, sign int64) {
	if p.Sums.CostMinor != 0 {
		f.places(slot{CellMonth, int32(p.Acquired), 0})[placeCost] += sign * p.Sums.CostMinor
	}
}

func (f *Figures) replaceEntries(was, now *Contribution) {
	if was.Status == now.Status && was.Stage == now.Stage && was.Entered == now.Entered && was.Left == now.Left && slices.Equal(was.Entries, now.Entries) {
		return
	}
	f.entries(was, -1)
	f.entries(now, 1)
}

// entries adds the months in which a customer was lost, won back, and left, or
// takes them away.
func (f *Figures) entries(p *Contribution, sign int64) {
	for _, e := range p.Entries {
		f.entry(e.Stage, e.Month, sign*int64(e.Count))
	}
	f.entry(p.Stage, p.Entered, sign)
	if p.Status == history.Churned {
		f.places(slot{CellMonth, int32(p.Left), 0})[placeChurned] += sign
	}
}

func (f *Figures) entry(stage standing.Stage, month calendar.Month, times int64) {
	at := placeLost
	switch stage {
	case standing.StageLost:
	case standing.StageWonBack:
		at = placeWonBack
	default:
		return
	}
	f.places(slot{CellMonth, int32(month), 0})[at] += times
}
