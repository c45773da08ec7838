package state

import (
	"encoding/binary"
	"fmt"

	"github.com/clvstream/clvstream/clv"
	"github.com/clvstream/clvstream/clv/announce"
	"github.com/clvstream/clvstream/clv/estimate"
	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/clv/standing"
)

// entrySchema is the version of an outbox entry's layout.
const entrySchema = 2

// Kinds of an entry's items.
const (
	itemChange     = 1
	itemDeadLetter = 2
	itemAhead      = 3
)

// Flags of a stored estimate, and of what is null in a dead letter.
const (
	estimateResidual = 1 << iota
	estimateAcquired

	newsLossKnown = 1 << 2

	nullKey   = 1
	nullValue = 2
)

// Entry is what one commit leaves in a shard's outbox: the changes and dead
// letters of one input partition, ascending by offset, or the changes of due
// times, ascending by instant and customer.
type Entry struct {
	ID      string // the stream's id, for trimming; it says nothing about order across shards
	Source  Source // the zero Source of due times
	Items   []Item
	AtMilli int64 // wall clock of the commit, from the stream's id
}

// OfDueTimes says whether the entry's changes were caused by due times.
func (e *Entry) OfDueTimes() bool { return e.Source == Source{} }

// Item is one change or one dead letter and the record it came from. What was due
// before an event is announced in front of it, what had been fired already of
// others right after it, as of the same record.
type Item struct {
	Offset      int64  // of the input record; 0 of a due time
	Ahead       bool   // a change of time that the shard had not come to yet
	TraceParent string // W3C traceparent of the input record; may be empty
	Change      *clv.Change
	DeadLetter  *DeadLetter
}

// DeadLetter is an input record that could not be used, whole, and why.
type DeadLetter struct {
	Reason          history.RefusalReason
	Detail          string // for people; holds no customer data
	TimestampMillis int64
	Key, Value      []byte
	KeyNull         bool
	ValueNull       bool
	Headers         []Header
}

// Header is a record's header.
type Header struct {
	Key   string
	Value []byte
}

// appendEntry appends the stored form of an entry to dst:
//
//	schema  1 byte
//	source  topic string, partition varint, topic id 16 bytes
//	items   uvarint count, then each: kind byte (change 1, dead letter 2,
//	        change of time that is ahead 3),
//	        offset varint, traceparent string, and
//	  change:      customer string, version uvarint, reason byte,
//	               cause (event id string, kind byte, order id string, µs varint),
//	               previous CLV float64, model name string, model version string,
//	               estimate (see appendEstimate), news (see appendNews)
//	  dead letter: reason byte, detail string, timestamp varint ms,
//	               nulls byte (key 1, value 2), key string, value string,
//	               headers: uvarint count, then key string, value string
func appendEntry(dst []byte, source Source, items []Item) []byte {
	dst = append(dst, entrySchema)
	dst = appendString(dst, source.Topic)
	dst = binary.AppendVarint(dst, int64(source.Partition))
	dst = append(dst, source.TopicID[:]...)
	dst = binary.AppendUvarint(dst, uint64(len(items)))
	for i := range items {
		dst = appendItem(dst, &items[i])
	}
	return dst
}

func appendItem(dst []byte, item *Item) []byte {
	kind := byte(itemChange)
	switch {
	case item.DeadLetter != nil:
		kind = itemDeadLetter
	case item.Ahead:
		kind = itemAhead
	}
	dst = append(dst, kind)
	dst = binary.AppendVarint(dst, item.Offset)
	dst = appendString(dst, item.TraceParent)
	if item.DeadLetter != nil {
		return appendDeadLetter(dst, item.DeadLetter)
	}
	return appendChange(dst, item.Change)
}

func appendChange(dst []byte, c *clv.Change) []byte {
	dst = appendString(dst, c.CustomerID)
	dst = binary.AppendUvarint(dst, c.Version)
	dst = append(dst, byte(c.Reason))
	dst = appendString(dst, c.Cause.EventID)
	dst = append(dst, byte(c.Cause.Kind))
	dst = appendString(dst, c.Cause.OrderID)
	dst = binary.AppendVarint(dst, c.Cause.AtMicros)
	dst = appendFloat(dst, c.PreviousMinor)
	dst = appendString(dst, c.ModelName)
	dst = appendString(dst, c.ModelVersion)
	dst = appendEstimate(dst, &c.Current)
	return appendNews(dst, c)
}

// appendNews appends the standing last told and the present one, as in a stored
// customer (loss known 4); silence days uvarint and quantile float64; if its loss
// is known: loss float64, best day varint; the tiers' names (was, now, next)
// strings, missing float64; break-even kind byte and day varint.
func appendNews(dst []byte, c *clv.Change) []byte {
	var known byte
	if c.Silence.LossKnown {
		known = newsLossKnown
	}
	dst = appendStanding(dst, &c.Was, 0)
	dst = appendStanding(dst, &c.Standing, known)
	dst = binary.AppendUvarint(dst, uint64(c.Silence.Days))
	dst = appendFloat(dst, c.Silence.Quantile)
	if c.Silence.LossKnown {
		dst = appendFloat(dst, c.Silence.LossMinor)
		dst = binary.AppendVarint(dst, int64(c.Silence.BestDay))
	}
	for _, name := range [...]string{c.Tier.Was, c.Tier.Now, c.Tier.Next} {
		dst = appendString(dst, name)
	}
	dst = appendFloat(dst, c.Tier.MissingMinor)
	dst = append(dst, byte(c.BreakEven.Kind))
	return binary.AppendVarint(dst, int64(c.BreakEven.Day))
}

func readNews(r *reader, c *clv.Change) {
	c.Was, _ = readStanding(r, 0)
	var flags byte
	c.Standing, flags = readStanding(r, newsLossKnown)
	c.Silence = standing.Silence{Days: int(r.uvarint()), Quantile: r.float()}
	if flags&newsLossKnown != 0 {
		c.Silence.LossKnown, c.Silence.LossMinor, c.Silence.BestDay = true, r.float(), r.day()
	}
	c.Tier = standing.TierMove{Was: r.string(), Now: r.string(), Next: r.string(), MissingMinor: r.float()}
	c.BreakEven = estimate.BreakEven{Kind: estimate.BreakEvenKind(r.byte()), Day: r.day()}
}

// appendEstimate appends as-of varint µs; status byte; orders, purchase days,
// recency days, age days uvarint; revenue, margin varint minor; repeat mean,
// margin ratio, predicted, residual, P(alive), expected orders, spend, next
// order days float64; flags byte (residual known 1, acquired 2); if acquired:
// µs varint, hash uint64, cost varint, channel string. Historic value and CLV
// follow from the margin and the prediction.
func appendEstimate(dst []byte, e *estimate.Estimate) []byte {
	dst = binary.AppendVarint(dst, e.AsOfMicros)
	dst = append(dst, byte(e.Status))
	for _, v := range [...]int{e.Facts.Orders, e.Facts.PurchaseDays, e.Facts.RecencyDays, e.Facts.AgeDays} {
		dst = binary.AppendUvarint(dst, uint64(v))
	}
	dst = binary.AppendVarint(dst, e.Facts.RevenueMinor)
	dst = binary.AppendVarint(dst, e.Facts.MarginMinor)
	for _, f := range [...]float64{
		e.Facts.RepeatMeanMinor, e.Facts.MarginRatio, e.PredictedMinor, e.ResidualMinor,
		e.PAlive, e.ExpectedOrders, e.SpendMinor, e.NextOrderDays,
	} {
		dst = appendFloat(dst, f)
	}
	var flags byte
	if e.ResidualKnown {
		flags |= estimateResidual
	}
	if e.Acquisition.Known {
		flags |= estimateAcquired
	}
	dst = append(dst, flags)
	if e.Acquisition.Known {
		dst = binary.AppendVarint(dst, e.Acquisition.AtMicros)
		dst = binary.LittleEndian.AppendUint64(dst, e.Acquisition.EventHash)
		dst = binary.AppendVarint(dst, e.Acquisition.CostMinor)
		dst = appendString(dst, e.Acquisition.Channel)
	}
	return dst
}

func appendDeadLetter(dst []byte, d *DeadLetter) []byte {
	dst = append(dst, byte(d.Reason))
	dst = appendString(dst, d.Detail)
	dst = binary.AppendVarint(dst, d.TimestampMillis)
	var nulls byte
	if d.KeyNull {
		nulls |= nullKey
	}
	if d.ValueNull {
		nulls |= nullValue
	}
	dst = append(dst, nulls)
	dst = appendBytes(dst, d.Key)
	dst = appendBytes(dst, d.Value)
	dst = binary.AppendUvarint(dst, uint64(len(d.Headers)))
	for _, h := range d.Headers {
		dst = appendString(dst, h.Key)
		dst = appendBytes(dst, h.Value)
	}
	return dst
}

// decodeEntry is the inverse of appendEntry, and as strict as DecodeCustomer. The
// items' strings are parts of the stored one.
func decodeEntry(stored string) (Entry, error) {
	r := &reader{rest: stored}
	if schema := r.byte(); r.err == nil && schema != entrySchema {
		return Entry{}, fmt.Errorf("decode outbox entry: layout version %d is not known here (want %d): run the clvstream version that wrote it", schema, entrySchema)
	}
	e := Entry{Source: Source{Topic: r.string(), Partition: r.int32()}}
	for i := range e.Source.TopicID {
		e.Source.TopicID[i] = r.byte()
	}
	n := r.count()
	e.Items = make([]Item, 0, n)
	for range n {
		item := readItem(r)
		if item.DeadLetter != nil && e.OfDueTimes() { // of no record
			r.fail(errForeign)
		}
		e.Items = append(e.Items, item)
	}
	switch {
	case r.err != nil:
		return Entry{}, fmt.Errorf("decode outbox entry: %w", r.err)
	case len(r.rest) > 0:
		return Entry{}, fmt.Errorf("decode outbox entry: %d bytes too many", len(r.rest))
	}
	return e, nil
}

func readItem(r *reader) Item {
	kind := r.byte()
	item := Item{Offset: r.varint(), Ahead: kind == itemAhead, TraceParent: r.string()}
	switch kind {
	case itemChange, itemAhead:
		item.Change = readChange(r)
	case itemDeadLetter:
		item.DeadLetter = readDeadLetter(r)
	default:
		r.fail(errForeign)
	}
	return item
}

func readChange(r *reader) *clv.Change {
	c := &clv.Change{CustomerID: r.string(), Version: r.uvarint(), Reason: announce.Reason(r.byte())}
	c.Cause = clv.Cause{EventID: r.string(), Kind: history.Kind(r.byte()), OrderID: r.string(), AtMicros: r.varint()}
	c.PreviousMinor = r.float()
	c.ModelName, c.ModelVersion = r.string(), r.string()
	c.Current = readEstimate(r)
	readNews(r, c)
	return c
}

func readEstimate(r *reader) estimate.Estimate {
	e := estimate.Estimate{AsOfMicros: r.varint(), Status: history.Status(r.byte())}
	f := &e.Facts
	f.Orders, f.PurchaseDays, f.RecencyDays, f.AgeDays = int(r.uvarint()), int(r.uvarint()), int(r.uvarint()), int(r.uvarint())
	f.Frequency = max(0, f.PurchaseDays-1)
	f.RevenueMinor, f.MarginMinor = r.varint(), r.varint()
	f.RepeatMeanMinor, f.MarginRatio = r.float(), r.float()
	e.PredictedMinor, e.ResidualMinor = r.float(), r.float()
	e.PAlive, e.ExpectedOrders, e.SpendMinor, e.NextOrderDays = r.float(), r.float(), r.float(), r.float()
	e.HistoricMinor = float64(f.MarginMinor)
	e.CLVMinor = e.HistoricMinor + e.PredictedMinor
	flags := r.flags(estimateResidual | estimateAcquired)
	e.ResidualKnown = flags&estimateResidual != 0
	if flags&estimateAcquired != 0 {
		e.Acquisition = history.Acquisition{Known: true, AtMicros: r.varint(), EventHash: r.fixed64(), CostMinor: r.varint(), Channel: r.string()}
	}
	return e
}

func readDeadLetter(r *reader) *DeadLetter {
	d := &DeadLetter{Reason: history.RefusalReason(r.byte()), Detail: r.string(), TimestampMillis: r.varint()}
	nulls := r.flags(nullKey | nullValue)
	d.KeyNull, d.ValueNull = nulls&nullKey != 0, nulls&nullValue != 0
	d.Key, d.Value = r.bytes(), r.bytes()
	n := r.count()
	for range n {
		d.Headers = append(d.Headers, Header{Key: r.string(), Value: r.bytes()})
	}
	return d
}
