package dataset

import (
	"bytes"
	"errors"
	"math"

	"github.com/go-json-experiment/json"

	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/clv/money"
	"github.com/clvstream/clvstream/stream/event"
)

// jsonlParser reads an event of the wire per line with the decoder of the live
// path, so that the same rules apply to a file as to a topic. Only the
// clock is not asked: a line has no timestamp to compare with.
type jsonlParser struct {
	lines    *lines
	currency money.Currency
	decoders map[money.Currency]*event.Decoder
	record   event.Record
}

func newJSONL(l *lines, opts Options) (*jsonlParser, error) {
	if opts.Currency == (money.Currency{}) {
		return nil, errors.New("name the currency of events that do not carry their own")
	}
	return &jsonlParser{
		lines: l, currency: opts.Currency, decoders: map[money.Currency]*event.Decoder{},
		record: event.Record{TimestampMillis: math.MaxInt64},
	}, nil
}

func (p *jsonlParser) next(row *Row) error {
	line, err := p.lines.nextFull()
	if err != nil {
		return err
	}
	currency := p.currency
	event, refused := p.decode(line, currency)
	if refused != nil && refused.Reason == history.UnknownCurrency {
		if currency = namedCurrency(line); currency != (money.Currency{}) {
			event, refused = p.decode(line, currency)
		}
	}
	if refused != nil {
		column := 1 + len(line) - len(bytes.TrimLeft(line, " \t"))
		return &RowError{Line: p.lines.number, Column: column, Refusal: *refused, Trouble: WireTrouble(refused.Reason)}
	}
	*row = Row{Event: event, Line: p.lines.number}
	switch event.Kind {
	case history.OrderPlaced, history.OrderRefunded, history.CustomerAcquired:
		row.Currency = currency
	}
	return nil
}

// decode reads the line as a system would whose business's currency is the given
// one: a decoder without conversion rates leaves amounts in that currency and
// refuses others.
func (p *jsonlParser) decode(line []byte, currency money.Currency) (history.Event, *history.Refusal) {
	decoder := p.decoders[currency]
	if decoder == nil {
		rates, err := money.NewRates(currency)
		if err != nil {
			return history.Event{}, &history.Refusal{Reason: history.UnknownCurrency, Detail: err.Error()}
		}
		decoder = event.NewDecoder(event.Rules{Rates: rates})
		p.decoders[currency] = decoder
	}
	p.record.Value = line
	event, _, refused := decoder.Decode(&p.record)
	return event, refused
}

// namedCurrency is the currency that the line itself names, or none.
func namedCurrency(line []byte) money.Currency {
	var named struct {
		Currency string `json:"currency"`
	}
	if json.Unmarshal(line, &named) != nil {
		return money.Currency{}
	}
	c, err := money.ParseCurrency(named.Currency)
	if err != nil {
		return money.Currency{}
	}
	return c
}

// WireTrouble is what rows are that the wire's rules refuse for a reason.
func WireTrouble(reason history.RefusalReason) Trouble {
	cures := map[history.RefusalReason]string{
		history.UnknownCurrency: "add its rate to business.exchange_rates, or set business.currency (--set business.currency=CODE)",
		history.BadTime:         "set events.oldest back, or --date-format",
		history.FutureTime:      "--timezone, or --date-format",
		history.BadAmount:       "raise events.max_amount, if the amount is right",
	}
	cure := cures[reason]
	if cure == "" {
		cure = "docs/events.md, Dead letters"
	}
	return Trouble{Kind: "events that the wire's rules refuse as " + reason.String(), Cure: cure, reason: reason}
}
