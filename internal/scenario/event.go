package scenario

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/clvstream/clvstream/clv/history"
)

const (
	defaultCustomer = "c"
	ordersTopic     = "orders"
	churnTopic      = "churn"
)

// form is how an event is written in one line: the type it stands for and the words that
// always follow.
type form struct {
	kind   string
	fields []string // JSON fields of the words, in order; occurred_at is a time, the rest text
	topic  string
}

// forms are the events of one line:
//
//	P o1 01-31 50      R o1 02-03 20      X o1 02-05      U o1 02-07 refund r1
//	churned 03-01      returned 03-02     leaving 03-03 0.8     acquired 01-01 12.50
//	erased 03-04
var forms = map[string]form{
	"P":        {"order.placed", []string{"order_id", "occurred_at", "amount"}, ordersTopic},
	"R":        {"order.refunded", []string{"order_id", "occurred_at", "amount"}, ordersTopic},
	"X":        {"order.cancelled", []string{"order_id", "occurred_at"}, ordersTopic},
	"U":        {"refund.reverted", []string{"order_id", "occurred_at"}, ordersTopic},
	"churned":  {"churn.confirmed", []string{"occurred_at"}, churnTopic},
	"returned": {"churn.reverted", []string{"occurred_at"}, churnTopic},
	"leaving":  {"churn.predicted", []string{"occurred_at", "probability"}, churnTopic},
	"acquired": {"customer.acquired", []string{"occurred_at", "cost"}, ordersTopic},
	"erased":   {"customer.erased", []string{"occurred_at"}, ordersTopic},
}

// options are words that may follow in pairs: `cost 60`, `refund r1`, `by ann`. Those
// with a JSON field set it; the others are the runner's.
var options = map[string]string{
	"cost": "cost", "margin": "margin", "channel": "channel", "in": "currency", "refund": "refund_id",
	"version": "version", "updated": "updated_at", "id": "", "by": "", "on": "", "refused": "",
}

const optionList = "cost, margin, channel, in (a currency), refund, version, updated, id, by (a customer), on (topic/partition), refused (a reason)"

// sending is an event of one line while it is read.
type sending struct {
	*Event
	fields map[string]any // of its JSON
	name   string         // the words that tell it from others
}

// parseEvent reads an event of one line. shift is added to its time.
func parseEvent(line int, words []string, shift time.Duration) (*Event, error) {
	if len(words) == 0 {
		return nil, fmt.Errorf("an event is missing")
	}
	is, known := forms[words[0]]
	if !known {
		return nil, fmt.Errorf("%q is no step; there are %s", words[0], verbs())
	}
	if len(words) <= len(is.fields) {
		return nil, fmt.Errorf("%s wants %s: `%s`", words[0], strings.Join(is.fields, ", "), examples[words[0]])
	}
	s := &sending{
		Event:  &Event{Line: line, Customer: defaultCustomer, Topic: is.topic},
		fields: map[string]any{"type": is.kind}, name: words[0],
	}
	for i, field := range is.fields {
		if err := s.required(field, words[i+1], shift); err != nil {
			return nil, err
		}
	}
	if err := s.options(words[len(is.fields)+1:]); err != nil {
		return nil, err
	}
	return s.Event, s.finish(words[0])
}

// required takes a word that the form of the event asks for.
func (s *sending) required(field, word string, shift time.Duration) error {
	switch field {
	case "occurred_at":
		at, err := parseMoment(word)
		if err != nil {
			return err
		}
		s.At = at.Add(shift)
		s.fields[field] = s.At.Format(time.RFC3339)
		if s.name += " " + word; shift != 0 {
			s.name += "+" + shift.String()
		}
	case "probability":
		s.fields[field] = json.Number(word)
	case "amount", "cost":
		s.fields[field] = word
	default:
		s.fields[field] = word
		s.name += " " + word
	}
	return nil
}

// finish fills in what was left out, and writes the JSON.
func (s *sending) finish(verb string) (err error) {
	if s.ID == "" {
		s.ID = s.name
	}
	s.fields["event_id"], s.fields["customer_id"] = s.ID, s.Customer
	if _, given := s.fields["refund_id"]; !given {
		switch verb {
		case "R":
			s.fields["refund_id"] = s.name // two refunds of an order are two unless the file says otherwise
		case "U":
			return errors.New("a refund is undone by its id: `U o1 02-07 refund r1`")
		}
	}
	s.erases = verb == "erased"
	if s.Value, err = json.Marshal(s.fields); err != nil {
		return fmt.Errorf("write the event as JSON: %w", err)
	}
	return nil
}

var examples = map[string]string{
	"P": "P o1 01-31 50", "R": "R o1 02-03 20", "X": "X o1 02-05", "U": "U o1 02-07 refund r1",
	"churned": "churned 03-01", "returned": "returned 03-02", "leaving": "leaving 03-03 0.8", "acquired": "acquired 01-01 12.50", "erased": "erased 03-04",
}

// options takes the pairs of words behind an event.
func (s *sending) options(words []string) error {
	for i := 0; i < len(words); i += 2 {
		if _, known := options[words[i]]; !known || i+1 == len(words) {
			return fmt.Errorf("%q is no pair of words for an event; there are %s", strings.Join(words[i:min(i+2, len(words))], " "), optionList)
		}
		if err := s.option(words[i], words[i+1]); err != nil {
			return err
		}
	}
	return nil
}

func (s *sending) option(word, value string) error {
	field := options[word]
	switch word {
	case "id":
		s.ID = value
	case "by":
		s.Customer = value
	case "on":
		return s.place(value)
	case "refused":
		return s.refuse(value)
	case "updated":
		at, err := parseMoment(value)
		if err != nil {
			return err
		}
		s.fields[field] = at.Format(time.RFC3339)
		s.name += " updated " + value
	case "version":
		s.fields[field] = value
		if _, err := strconv.ParseInt(value, 10, 64); err == nil {
			s.fields[field] = json.Number(value)
		}
		s.name += " version " + value
	case "refund":
		s.fields[field] = value
		s.name += " " + value
	default:
		s.fields[field] = value
	}
	return nil
}

// place reads `orders/2`.
func (e *Event) place(text string) error {
	topic, partition, _ := strings.Cut(text, "/")
	n, err := strconv.ParseInt(partition, 10, 32)
	if err != nil || n < 0 || n > mostPartition {
		return fmt.Errorf("%q is no place: write `on orders/2`, partitions from 0 to %d", text, mostPartition)
	}
	e.Topic, e.Partition = topic, int32(n)
	return nil
}

// mostPartition keeps the topics of a scenario small.
const mostPartition = 15

// Unmatched is the reason of a refund or cancel that was given up because its order never
// came. The product has no such reason yet.
const Unmatched = "unmatched"

func (e *Event) refuse(reason string) error {
	if _, known := history.ParseRefusalReason(reason); !known && reason != Unmatched {
		return fmt.Errorf("%q is no reason of dead letters; they are in docs/events.md, such as too_late", reason)
	}
	e.Refused = reason
	return nil
}

var occurred = regexp.MustCompile(`"occurred_at"\s*:\s*"([^"]+)"`)

// eventOfJSON takes a record's value as it is: `json on orders/1 refused bad_amount: '{…}'`.
func eventOfJSON(line int, words, value string) (*Event, error) {
	e := &Event{Line: line, Customer: defaultCustomer, Topic: ordersTopic, Value: []byte(value)}
	if err := (&sending{Event: e, fields: map[string]any{}}).options(strings.Fields(words)); err != nil {
		return nil, fmt.Errorf("line %d: %w", line, err)
	}
	var fields struct {
		EventID    string `json:"event_id"`
		CustomerID string `json:"customer_id"`
	}
	if json.Unmarshal(e.Value, &fields) == nil { // what is no JSON is for the decoder to refuse
		e.ID, e.Customer = fields.EventID, fields.CustomerID
	}
	if found := occurred.FindStringSubmatch(value); found != nil {
		e.At, _ = time.Parse(time.RFC3339, found[1])
	}
	return e, nil
}
