package clv

import "slices"

// Add adds a customer.
func (s *Statistics) Add(p *Contribution) { s.Replace(&Contribution{}, p) }

// Replace takes away what a customer contributed and adds what they do now. Most
// of it is the same and is not touched.
func (s *Statistics) Replace(was, now *Contribution) {
	if was.Sums != now.Sums {
		total := s.places(numbered{Kind: CellTotal})
		total.sums(&was.Sums, -1)
		total.sums(&now.Sums, 1)
	}
	s.move(was, now, CellStatus, int32(was.Status), int32(now.Status), int32(Active))
	s.move(was, now, CellStage, int32(was.Stage), int32(now.Stage), int32(StageActive))
	s.move(was, now, CellTier, int32(was.Tier), int32(now.Tier), 0)
	s.move(was, now, CellCohort, int32(was.Cohort), int32(now.Cohort), int32(NoCohort))
	if was.Channel != "" {
		s.channel(was.Channel).sums(&was.Sums, -1)
	}
	if now.Channel != "" {
		s.channel(now.Channel).sums(&now.Sums, 1)
	}
	s.moveValue(was, now)
	s.moveBin(CellAlive, was.bought, was.aliveBin, now.bought, now.aliveBin)
	s.moveBin(CellWait, was.repeated, was.waitBin, now.repeated, now.waitBin)
	s.replaceMonths(was, now)
	s.replaceEntries(was, now)
}

// move moves a customer's sums from one group to another, or to itself. The group
// that most customers share has no cell.
func (s *Statistics) move(was, now *Contribution, kind CellKind, from, to, most int32) {
	if from == to && was.Sums == now.Sums {
		return
	}
	if was.Known && from != most {
		s.places(numbered{kind, from, 0}).sums(&was.Sums, -1)
	}
	if now.Known && to != most {
		s.places(numbered{kind, to, 0}).sums(&now.Sums, 1)
	}
}

func (p *Places) sums(sums *Sums, sign int64) {
	p[0] += sign * sums.Customers
	p[1] += sign * sums.Orders
	p[2] += sign * sums.RevenueMinor
	p[3] += sign * sums.MarginMinor
	p[4] += sign * sums.CLVMinor
	p[5] += sign * sums.PredictedMinor
	p[6] += sign * sums.CostMinor
}

// binCell is the cell of a bin and its place there.
func binCell(kind CellKind, bin, perPart int) (numbered, int) {
	part := int(floorDiv(int64(bin), int64(perPart)))
	return numbered{Kind: kind, Part: int32(part)}, bin - part*perPart
}

func (s *Statistics) moveValue(was, now *Contribution) {
	if was.bought == now.bought && was.Sums.CLVMinor == now.Sums.CLVMinor {
		return
	}
	if was.bought {
		cell, at := binCell(CellCLV, was.clvBin, clvBinsPerPart)
		places := s.places(cell)
		places[2*at]--
		places[2*at+1] -= was.Sums.CLVMinor
	}
	if now.bought {
		cell, at := binCell(CellCLV, now.clvBin, clvBinsPerPart)
		places := s.places(cell)
		places[2*at]++
		places[2*at+1] += now.Sums.CLVMinor
	}
}

func (s *Statistics) moveBin(kind CellKind, wasIn bool, was int, nowIn bool, now int) {
	if wasIn == nowIn && was == now {
		return
	}
	if wasIn {
		cell, at := binCell(kind, was, binsPerPart)
		s.places(cell)[at]--
	}
	if nowIn {
		cell, at := binCell(kind, now, binsPerPart)
		s.places(cell)[at]++
	}
}

// replaceMonths walks both lists of months, which ascend.
func (s *Statistics) replaceMonths(was, now *Contribution) {
	old, next := was.Months, now.Months
	same := was.Cohort == now.Cohort
	for len(old) > 0 || len(next) > 0 {
		switch {
		case len(next) == 0 || len(old) > 0 && old[0].Month < next[0].Month:
			s.month(was, old[0], -1)
			old = old[1:]
		case len(old) == 0 || next[0].Month < old[0].Month:
			s.month(now, next[0], 1)
			next = next[1:]
		default:
			if !same || old[0] != next[0] {
				s.month(was, old[0], -1)
				s.month(now, next[0], 1)
			}
			old, next = old[1:], next[1:]
		}
	}
}

// month adds a customer's month, or takes it away.
func (s *Statistics) month(p *Contribution, sum MonthSum, sign int64) {
	places := s.places(numbered{Kind: CellMonth, Key: int32(sum.Month)})
	places[placeRevenue] += sign * sum.AmountMinor
	places[placeOrders] += sign * int64(sum.Orders)
	if sum.Orders == 0 {
		return
	}
	if sum.Month == p.Cohort {
		places[placeNew] += sign
	}
	since := max(0, int32(sum.Month-p.Cohort)) // a customer's first month is their cohort
	returned := numbered{Kind: CellReturned, Key: int32(p.Cohort), Part: since / monthsPerPart}
	s.places(returned)[since%monthsPerPart] += sign
}

func (s *Statistics) replaceEntries(was, now *Contribution) {
	if was.Status == now.Status && was.Stage == now.Stage && was.Entered == now.Entered && was.Left == now.Left && slices.Equal(was.Entries, now.Entries) {
		return
	}
	s.entries(was, -1)
	s.entries(now, 1)
}

// entries adds the months in which a customer was lost, won back, and left, or
// takes them away.
func (s *Statistics) entries(p *Contribution, sign int64) {
	for _, e := range p.Entries {
		s.entry(e.Stage, e.Month, sign*int64(e.Count))
	}
	s.entry(p.Stage, p.Entered, sign)
	if p.Status == Churned {
		s.places(numbered{Kind: CellMonth, Key: int32(p.Left)})[placeChurned] += sign
	}
}

func (s *Statistics) entry(stage Stage, month Month, times int64) {
	at := placeLost
	switch stage {
	case StageLost:
	case StageWonBack:
		at = placeWonBack
	default:
		return
	}
	s.places(numbered{Kind: CellMonth, Key: int32(month)})[at] += times
}
