package verify

import (
	"cmp"
	"encoding/json"
	"errors"
	"hash/fnv"
	"math/big"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/clvstream/clvstream/clv/calendar"
	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/clv/money"
	"github.com/clvstream/clvstream/stream/event"
)

// decoder reads events as docs/events.md describes them, slowly and in plain
// sight: JSON into a map, times by package time, money by math/big. It may be
// used from several goroutines.
type decoder struct {
	event.Rules
	history history.Rules
}

type decoded struct {
	customer string
	event    inputEvent
	refused  history.RefusalReason // 0: accepted
}

const maxChannelBytes = 64

func newDecoder(rules event.Rules, history history.Rules) decoder {
	rules.MaxEventBytes = cmp.Or(rules.MaxEventBytes, event.DefaultMaxEventBytes)
	rules.MaxIDBytes = cmp.Or(rules.MaxIDBytes, event.DefaultMaxIDBytes)
	rules.MaxAmountMinor = cmp.Or(rules.MaxAmountMinor, event.DefaultMaxAmountMinor)
	return decoder{Rules: rules, history: history}
}

func (d *decoder) decode(r *kgo.Record) decoded {
	switch {
	case r.Attrs.IsControl():
		return decoded{}
	case r.Value == nil:
		return decoded{refused: history.NullValue}
	case len(r.Value) > d.MaxEventBytes:
		return decoded{refused: history.TooLarge}
	}
	f, refused := unwrap(r)
	if refused != 0 {
		return decoded{refused: refused}
	}
	reading := reading{decoder: d, fields: f}
	read := reading.event(r.Timestamp)
	read.refused = reading.refused
	return read
}

// reading is one event being read. The first thing amiss decides.
type reading struct {
	*decoder
	fields  fields
	refused history.RefusalReason
}

func (r *reading) refuse(reason history.RefusalReason) { r.refused = cmp.Or(r.refused, reason) }

func (r *reading) event(recorded time.Time) decoded {
	kind := r.kind()
	id := r.id("event_id")
	customer := r.customer(kind)
	at := r.time("occurred_at", recorded)
	e := inputEvent{kind: kind, id: id, hash: fnvOf(id), atMicros: at.UnixMicro(), day: dayOf(at, r.history.Calendar), version: -1}
	e.toldMicros, e.toldDay = e.atMicros, e.day
	if strings.HasPrefix(kind.String(), "order.") || strings.HasPrefix(kind.String(), "refund.") {
		r.telling(&e, recorded)
	}
	switch kind {
	case history.OrderPlaced:
		e.order = r.id("order_id")
		e.channel = r.channel()
		e.amountMinor, e.marginMinor = r.orderMoney(at, e.channel, e.day)
		e.own = r.own()
	case history.OrderRefunded:
		e.order, e.refund = r.id("order_id"), r.id("refund_id")
		e.amountMinor = r.amount("amount", r.currency(), at)
		e.own = r.own()
	case history.RefundReverted:
		e.order, e.refund = r.id("order_id"), r.id("refund_id")
	case history.OrderCancelled:
		e.order = r.id("order_id")
	case history.ChurnPredicted:
		e.probability = r.probability()
	case history.CustomerAcquired:
		e.channel = r.channel()
		e.amountMinor = r.amount("cost", r.currency(), at)
	}
	return decoded{customer: customer, event: e}
}

// customer is empty where the event is to find them through its order.
func (r *reading) customer(kind history.Kind) string {
	_, given := r.fields["customer_id"]
	ofOrder := kind == history.OrderRefunded || kind == history.OrderCancelled || kind == history.RefundReverted
	if !given && ofOrder && r.OrderIndex {
		return ""
	}
	return r.id("customer_id")
}

// telling reads which of two tellings of one thing is the newer.
func (r *reading) telling(e *inputEvent, recorded time.Time) {
	if _, given := r.fields["updated_at"]; given {
		told := r.time("updated_at", recorded)
		e.toldMicros, e.toldDay, e.dated = told.UnixMicro(), dayOf(told, r.history.Calendar), true
	}
	raw, given := r.fields["version"]
	if !given {
		return
	}
	version, whole := new(big.Int).SetString(string(raw), 10)
	if !whole || version.Sign() < 0 || raw[0] == '-' || !version.IsInt64() {
		r.refuse(history.BadField)
		return
	}
	e.version, e.dated = version.Int64(), true
}

// own is the amount in the event's currency; nil: that is the business's.
func (r *reading) own() *ownAmount {
	currency := r.currency()
	if r.refused != 0 || currency == r.Rates.Business() {
		return nil
	}
	exact, _ := minorUnits(r.fields["amount"], currency.Exponent()) // it was read before
	return &ownAmount{currency, exact.Int64()}
}

// text is what a required field says.
func (r *reading) text(name string) string {
	raw, ok := r.fields[name]
	if !ok {
		r.refuse(history.MissingField)
		return ""
	}
	var text string
	if raw[0] != '"' || json.Unmarshal(raw, &text) != nil {
		r.refuse(history.BadField)
	}
	return text
}

func (r *reading) kind() history.Kind {
	parts := strings.Split(r.text("type"), ".")
	kind, known := history.ParseKind(strings.Join(parts[max(0, len(parts)-2):], "."))
	if !known {
		r.refuse(history.UnknownType)
	}
	return kind
}

func (r *reading) id(name string) string {
	id := r.text(name)
	if strings.TrimFunc(id, unicode.IsSpace) == "" || len(id) > r.MaxIDBytes {
		r.refuse(history.BadID)
	}
	return id
}

func (r *reading) channel() string {
	if _, given := r.fields["channel"]; !given {
		return ""
	}
	channel := r.text("channel")
	if len(channel) > maxChannelBytes {
		r.refuse(history.BadField)
	}
	return channel
}

var rfc3339 = regexp.MustCompile(`^([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2})(\.[0-9]+)?(Z|[+-](?:[01][0-9]|2[0-3]):[0-5][0-9])$`)

// time is when it happened, to the microsecond.
func (r *reading) time(name string, recorded time.Time) time.Time {
	parts := rfc3339.FindStringSubmatch(r.text(name))
	if parts == nil {
		r.refuse(history.BadTime)
		return time.Time{}
	}
	at, err := time.Parse(time.RFC3339, parts[1]+parts[3])
	if err != nil {
		r.refuse(history.BadTime)
		return time.Time{}
	}
	fraction := (strings.TrimPrefix(parts[2], ".") + "000000")[:6]
	micros, _ := strconv.Atoi(fraction)
	at = at.Add(time.Duration(micros) * time.Microsecond)
	if at.UnixMicro() < r.Oldest.UnixMicro() {
		r.refuse(history.BadTime)
	}
	if at.UnixMicro()/1000-r.FutureTolerance.Milliseconds() > recorded.UnixMilli() {
		r.refuse(history.FutureTime)
	}
	return at
}

func (r *reading) probability() float64 {
	raw, ok := r.fields["probability"]
	if !ok {
		r.refuse(history.MissingField)
		return 0
	}
	var p float64
	if json.Unmarshal(raw, &p) != nil || p < 0 || p > 1 {
		r.refuse(history.BadField)
	}
	return p
}

// currency is the event's, or the business's.
func (r *reading) currency() money.Currency {
	if _, given := r.fields["currency"]; !given {
		return r.Rates.Business()
	}
	currency, err := money.ParseCurrency(r.text("currency"))
	if err != nil {
		r.refuse(history.UnknownCurrency)
	}
	return currency
}

// orderMoney is an order's amount and its margin: given, amount less cost, or by
// the channel's rate.
func (r *reading) orderMoney(at time.Time, channel string, day calendar.Day) (amountMinor, marginMinor int64) {
	currency := r.currency()
	amountMinor = r.amount("amount", currency, at)
	_, hasMargin := r.fields["margin"]
	_, hasCost := r.fields["cost"]
	switch {
	case hasMargin && hasCost:
		r.refuse(history.BadField)
		return 0, 0
	case hasMargin:
		return amountMinor, r.signedAmount("margin", currency, at)
	case hasCost:
		return amountMinor, amountMinor - r.amount("cost", currency, at)
	default:
		return amountMinor, r.history.Margins.MarginMinor(amountMinor, channel, day)
	}
}

// amount is a field of 0 or more in the business's minor units.
func (r *reading) amount(name string, currency money.Currency, at time.Time) int64 {
	minor := r.signedAmount(name, currency, at)
	if raw := r.fields[name]; minor < 0 || strings.HasPrefix(string(raw), `"-`) {
		r.refuse(history.BadAmount)
	}
	return minor
}

func (r *reading) signedAmount(name string, currency money.Currency, at time.Time) int64 {
	raw, ok := r.fields[name]
	if !ok {
		r.refuse(history.MissingField)
		return 0
	}
	exact, refused := minorUnits(raw, currency.Exponent())
	if refused != 0 {
		r.refuse(refused)
		return 0
	}
	if r.refused != 0 {
		return 0 // the currency may be none
	}
	minor, err := r.Rates.Convert(exact.Int64(), currency, dayOf(at, r.Calendar))
	switch {
	case errors.Is(err, money.ErrNoRate):
		r.refuse(history.UnknownCurrency)
	case err != nil, minor > r.MaxAmountMinor, minor < -r.MaxAmountMinor:
		r.refuse(history.BadAmount)
	}
	return minor
}

var decimal = regexp.MustCompile(`^-?([0-9]+(?:\.([0-9]+))?)$`)

// maxDecimalBytes is the longest amount that is read: 24 digits and the point.
const maxDecimalBytes = 25

// minorUnits reads both forms of an amount: a string is a decimal in major
// units, a whole number counts minor units.
func minorUnits(raw json.RawMessage, exponent int) (*big.Int, history.RefusalReason) {
	minor := new(big.Int)
	switch {
	case raw[0] == '"':
		var text string
		_ = json.Unmarshal(raw, &text) // it is valid JSON
		parts := decimal.FindStringSubmatch(text)
		if parts == nil || len(parts[1]) > maxDecimalBytes {
			return nil, history.BadAmount
		}
		exact, _ := new(big.Rat).SetString(text)
		exact.Mul(exact, new(big.Rat).SetInt(new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(exponent)), nil)))
		if !exact.IsInt() {
			return nil, history.BadAmount
		}
		minor.Set(exact.Num())
	case raw[0] != '-' && (raw[0] < '0' || raw[0] > '9'):
		return nil, history.BadField
	default:
		if _, whole := minor.SetString(string(raw), 10); !whole {
			return nil, history.BadAmount
		}
	}
	if !minor.IsInt64() {
		return nil, history.BadAmount
	}
	return minor, 0
}

// dayOf is the business's date of an instant, by package time's calendar.
func dayOf(at time.Time, cal calendar.Calendar) calendar.Day {
	year, month, day := at.In(cal.Location()).Date()
	return calendar.Day(time.Date(year, month, day, 0, 0, 0, 0, time.UTC).Unix() / (24 * 60 * 60))
}

func fnvOf(id string) uint64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(id))
	return h.Sum64()
}

func dayOfMicros(micros int64, calendar calendar.Calendar) calendar.Day {
	return dayOf(time.UnixMicro(micros), calendar)
}
