package relay

// plan says how much to read at once, by what entries were like so far. An entry is mostly
// some kilobytes of changes, but may be a dead letter of many megabytes; how large it is, and
// how many changes are in it, is known only after reading.
type plan struct {
	most    int  // entries that the next round trip may read
	entries int  // so many, which were taken last,
	were    load // were this together
	deep    int  // outboxes that the last turn did not read to their ends
}

// load is what entries take of a transaction.
type load struct{ items, bytes int }

func (l load) any() bool         { return l.items > 0 && l.bytes > 0 }
func (l load) plus(m load) load  { return load{l.items + m.items, l.bytes + m.bytes} }
func (l load) minus(m load) load { return load{l.items - m.items, l.bytes - m.bytes} }

// Limits of one transaction.
const (
	mostEntries = 64      // of one outbox: hanging.Lane looks no further
	budgetBytes = 8 << 20 // of stored entries: some 20,000 changes, or a dead letter, whatever its size
)

// While it is not known what waits, a round trip reads so many times what the one before
// did, up to all that may be asked for.
const (
	trustGrowth = 4
	fullTrust   = mostEntries << 10
)

// distrust makes the next round trip read one entry: anything may have come.
func (p *plan) distrust() { *p = plan{most: 1} }

// learn takes in what the entries of a turn were. If there were none, what comes next came
// since then, and is little.
func (p *plan) learn(entries int, were load) { p.entries, p.were = entries, were }

// next is how many of the outboxes to ask in the next round trip, and for how many
// entries each: for what will fill the room, in equal shares of the outboxes that have so
// much. Where there is not room for one entry of each, it asks fewer outboxes.
func (p *plan) next(room load, outboxes int) (group, count int) {
	want, spread := p.fitting(room), outboxes
	if p.deep > 0 {
		spread = min(p.deep, outboxes)
	}
	group = min(outboxes, p.most)
	if want < spread {
		group = min(group, want)
	}
	count = max(1, min(mostEntries, want/spread, p.most/group))
	p.most = min(p.most*trustGrowth, fullTrust)
	return group, count
}

// fitting is how many entries fill a room, if they are as those before.
func (p *plan) fitting(room load) int {
	if p.entries == 0 {
		return fullTrust
	}
	return 1 + min(room.items*p.entries/max(1, p.were.items), room.bytes*p.entries/max(1, p.were.bytes))
}
