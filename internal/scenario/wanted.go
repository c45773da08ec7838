package scenario

import (
	"fmt"
	"math/big"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/clvstream/clvstream/clv"
	"github.com/clvstream/clvstream/clv/money"
	"github.com/clvstream/clvstream/stream/change"
)

// Fields are what is seen of a customer at an instant or in a change, as text by the paths
// of a change's fields (stream/change), such as clv.current. One that is null or absent is
// left out.
type Fields map[string]string

// Wanted is what a field must say.
type Wanted struct {
	Line int
	Path string
	Text string // empty: it must be null or absent
}

// none is how a file says that a field is null or absent.
const none = "none"

// short are the paths that files use most, by shorter names.
var short = map[string]string{
	"clv": "clv.current", "historic": "clv.historic", "predicted": "clv.predicted",
	"stage": "stage.current", "since": "stage.since", "silence": "stage.silence_days",
	"tier": "tier.current", "alive": "p_alive", "changes": "version", "cac": "acquisition.cost",
}

// tierSince is known of a reading only: since when the customer is in the tier.
const tierSince = "tier.since"

// counted is known of a reading only: what the statistics count of the customer's predicted
// value, whole minor units of a day that is not long before the instant.
const counted = "counted"

// erased is known of a reading only: as of when the customer was erased.
const erased = "erased"

// moved are the keys of a change that may say from where to where: `clv: 0 -> 150.00`.
var moved = map[string][2]string{
	"clv": {"clv.previous", "clv.current"}, "stage": {"stage.previous", "stage.current"}, "tier": {"tier.previous", "tier.current"},
}

// wantedValue reads `key: value` of a reading.
func wantedValue(key, value *yaml.Node) (Wanted, error) {
	w := Wanted{Line: key.Line, Path: key.Value, Text: value.Value}
	if path, ok := short[key.Value]; ok {
		w.Path = path
	}
	if value.Kind != yaml.ScalarNode {
		return w, fmt.Errorf("line %d: %s wants one value", key.Line, key.Value)
	}
	return w, w.check(key.Value)
}

// check refuses a field that is not there, and text that its type cannot be.
func (w *Wanted) check(key string) error {
	if w.Text == none && !strings.HasPrefix(w.Path, "stage.") { // whose words have it
		w.Text = ""
	}
	switch w.Path {
	case tierSince, erased:
		return w.checkTime()
	case counted:
		return w.checkNumber(key)
	}
	f := change.Lookup(w.Path)
	if f == nil {
		return fmt.Errorf("line %d: %q is no field of a change; there are those of docs/events.md, such as orders, purchase_days or stage.since, and the short names clv, historic, predicted, stage, since, silence, tier, alive, changes, cac, tier.since, counted, erased", w.Line, key)
	}
	if w.Text == "" {
		return nil
	}
	switch f.Type {
	case change.Time:
		return w.checkTime()
	case change.Money, change.Number, change.Count:
		return w.checkNumber(key)
	case change.Text:
		if f.Words != nil && !slices.ContainsFunc(f.Words, func(word change.Word) bool { return word.Name == w.Text }) {
			return fmt.Errorf("line %d: %s: %q is not among %s", w.Line, key, w.Text, wordsOf(f))
		}
	}
	return nil
}

func (w *Wanted) checkNumber(key string) error {
	if _, ok := new(big.Rat).SetString(w.Text); !ok {
		return fmt.Errorf("line %d: %s: %q is no number", w.Line, key, w.Text)
	}
	return nil
}

func wordsOf(f *change.Field) string {
	names := make([]string, len(f.Words))
	for i, word := range f.Words {
		names[i] = word.Name
	}
	return strings.Join(names, ", ")
}

func (w *Wanted) checkTime() error {
	if w.Text == "" {
		return nil
	}
	at, err := parseMoment(w.Text)
	if err != nil {
		return fmt.Errorf("line %d: %w", w.Line, err)
	}
	w.Text = at.Format(time.RFC3339)
	return nil
}

// met says whether the field says what it must. Money, counts and words are exact; another
// number may be off by half of its last written digit; an event is named by its first words.
func (w *Wanted) met(got string) bool {
	if w.Text == got || w.Text == none && got == "" {
		return true
	}
	if w.Text == "" || got == "" {
		return false
	}
	f := change.Lookup(w.Path)
	switch {
	case w.Path == counted:
		return offBy(w.Text, got).Sign() == 0
	case f == nil || f.Type == change.Time:
		want, err := time.Parse(time.RFC3339, w.Text)
		is, err2 := time.Parse(time.RFC3339, got)
		return err == nil && err2 == nil && want.Equal(is)
	case w.Path == "cause.event_id":
		return strings.HasPrefix(got, w.Text+" ")
	case f.Type == change.Money || f.Type == change.Count:
		return offBy(w.Text, got).Sign() == 0
	case f.Type == change.Number:
		return offBy(w.Text, got).Cmp(halfOfLastDigit(w.Text)) <= 0
	default:
		return false
	}
}

func offBy(want, got string) *big.Rat {
	a, _ := new(big.Rat).SetString(want)
	b, ok := new(big.Rat).SetString(got)
	if !ok {
		return big.NewRat(1<<62, 1)
	}
	return a.Abs(a.Sub(a, b))
}

func halfOfLastDigit(text string) *big.Rat {
	_, decimals, _ := strings.Cut(text, ".")
	half := big.NewRat(1, 2)
	for range decimals {
		half.Quo(half, big.NewRat(10, 1))
	}
	return half
}

// said is a wanted or seen text in a report.
func said(text string) string {
	if text == "" {
		return none
	}
	return text
}

// WantedChange is a change that must be announced: each named field must say what it must.
type WantedChange struct {
	Line     int
	Customer string
	Fields   []Wanted
}

// wantedChange reads an item of the list of changes.
func wantedChange(n *yaml.Node) (WantedChange, error) {
	c := WantedChange{Line: n.Line, Customer: defaultCustomer}
	if n.Kind != yaml.MappingNode {
		return c, fmt.Errorf("line %d: a change is written `{reason: purchase, cause: P o1, clv: 0 -> 150.00}`", n.Line)
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		if key.Value == "of" {
			c.Customer = value.Value
			continue
		}
		fields, err := wantedOfChange(key, value)
		if err != nil {
			return c, err
		}
		c.Fields = append(c.Fields, fields...)
	}
	return c, nil
}

func wantedOfChange(key, value *yaml.Node) ([]Wanted, error) {
	paths, both := moved[key.Value]
	from, to, arrow := strings.Cut(value.Value, "->")
	switch {
	case key.Value == "cause" && value.Value == "time":
		return []Wanted{{Line: key.Line, Path: "cause.type", Text: "time.passed"}}, nil
	case key.Value == "cause":
		return []Wanted{{Line: key.Line, Path: "cause.event_id", Text: value.Value}}, nil
	case both && arrow:
		pair := []Wanted{{key.Line, paths[0], strings.TrimSpace(from)}, {key.Line, paths[1], strings.TrimSpace(to)}}
		if err := pair[0].check(key.Value); err != nil {
			return nil, err
		}
		return pair, pair[1].check(key.Value)
	default:
		w, err := wantedValue(key, value)
		return []Wanted{w}, err
	}
}

// describe is the fields of a change that a report shows.
func (f Fields) describe() string {
	cause := f["cause.event_id"]
	if f["cause.type"] == "time.passed" {
		cause = "time"
	}
	text := fmt.Sprintf("{reason: %s, cause: %s, as_of: %s, clv: %s -> %s", f["reason"], cause, f["as_of"], f["clv.previous"], f["clv.current"])
	if f["stage.current"] != "" {
		text += fmt.Sprintf(", stage: %s -> %s", f["stage.previous"], f["stage.current"])
	}
	if f["tier.previous"] != "" || f["tier.current"] != "" {
		text += fmt.Sprintf(", tier: %s -> %s", said(f["tier.previous"]), said(f["tier.current"]))
	}
	return text + "}"
}

// fieldsOf is every field of a change, as it would be published.
func fieldsOf(c *clv.Change, currency money.Currency) Fields {
	r := change.NewRenderer(currency)
	values, _ := change.Parse(r.Append(nil, c)) // it is a JSON object
	fields := Fields{}
	for _, value := range values {
		if text := values.Text(value.Path); text != "" {
			fields[value.Path] = text
		}
	}
	return fields
}
