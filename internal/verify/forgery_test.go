package verify_test

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/internal/testbed"
	"github.com/clvstream/clvstream/internal/verify"
	"github.com/clvstream/clvstream/stream/change"
	"github.com/clvstream/clvstream/stream/due"
)

// forgery is one thing done to one published change of a customer.
type forgery struct {
	path string
	to   json.RawMessage // nil: the field is taken out
	due  bool            // to a change that time caused
}

func (f forgery) String() string {
	to := "taken out"
	if f.to != nil {
		to = "made " + string(f.to)
	}
	return fmt.Sprintf("%s %s, due %t", f.path, to, f.due)
}

// forgeries are what can be done to a field of a record; none where it does not
// have the field and may not lack it.
func forgeries(f *change.Field, value json.RawMessage, due bool) (all []forgery) {
	to := func(format string, values ...any) {
		all = append(all, forgery{f.Path, json.RawMessage(fmt.Sprintf(format, values...)), due})
	}
	if string(value) == "null" {
		to("%s", map[change.Type]string{
			change.Text: `"x"`, change.Money: `"1.00"`, change.Number: "1.5", change.Day: `"2017-08-01"`,
		}[f.Type])
		return all
	}
	if f.Path != "first_channel" { // not said by programs of a version before
		all = append(all, forgery{f.Path, nil, due})
		if f.Null != "" {
			to("null")
		}
	}
	var text string
	_ = json.Unmarshal(value, &text)
	switch f.Type {
	case change.Text:
		for _, w := range f.Words {
			if w.Name != text {
				to("%q", w.Name)
			}
		}
		if f.Words == nil {
			to(`"forged"`)
		}
	case change.Count:
		count, _ := strconv.Atoi(string(value))
		to("%d", count+1)
	case change.Number: // a ratio of rounded amounts is off by as much as a rounding is
		number, _ := strconv.ParseFloat(string(value), 64)
		to("%v", number+0.01)
	case change.Money:
		minor, _ := strconv.Atoi(strings.Replace(text, ".", "", 1))
		to(`"%d.%02d"`, (minor+100_001)/100, (minor+100_001)%100)
		if minor > 0 {
			to(`"%d.%02d"`, (minor+1)/100, (minor+1)%100)
		}
	case change.Time:
		at, _ := time.Parse(time.RFC3339Nano, text)
		to("%q", at.Add(time.Second).Format(time.RFC3339Nano))
	case change.Day: // a day that is nearly as good may pass for the best
		at, _ := time.Parse(time.DateOnly, text)
		to("%q", at.AddDate(0, 0, map[string]int{"stage.best_moment": 100}[f.Path]+1).Format(time.DateOnly))
	case change.Truth:
		to("%t", string(value) == "false")
	}
	return all
}

// document is a change's JSON, taken apart.
type document map[string]map[string]json.RawMessage // by object, "" for the top

func documentOf(t *testing.T, value []byte) document {
	t.Helper()
	d := document{"": {}}
	if err := json.Unmarshal(value, ptr(d[""])); err != nil {
		t.Fatal(err)
	}
	for name, raw := range d[""] {
		if raw[0] == '{' {
			object := map[string]json.RawMessage{}
			if err := json.Unmarshal(raw, &object); err != nil {
				t.Fatal(err)
			}
			d[name] = object
			delete(d[""], name)
		}
	}
	return d
}

func ptr[T any](v T) *T { return &v }

// at is where a field stands.
func (d document) at(path string) (object map[string]json.RawMessage, name string) {
	before, after, inner := strings.Cut(path, ".")
	if !inner {
		return d[""], path
	}
	return d[before], after
}

// value is what a field says, if that can be told from what it does not say: a
// customer of whom nothing is predicted is worth the same by every model.
func (d document) value(path string) (value json.RawMessage, there bool) {
	if path == "model.version" && string(d["clv"]["predicted"]) == `"0.00"` {
		return nil, false
	}
	object, name := d.at(path)
	value, there = object[name]
	return value, there
}

func (d document) text(t *testing.T) []byte {
	t.Helper()
	whole := map[string]any{}
	for name, value := range d[""] {
		whole[name] = value
	}
	for name, object := range d {
		if name != "" {
			whole[name] = object
		}
	}
	return must[[]byte](t)(json.Marshal(whole))
}

// twinRecords are ada's events under another name: what one customer is announced is
// announced of each.
func twinRecords(s *system, customer string) (records []*kgo.Record) {
	for _, r := range adaRecords(s)[:len(ada)] {
		twin := *r
		twin.Key, twin.Value = []byte(customer), []byte(strings.ReplaceAll(string(r.Value), `"ada`, `"`+customer))
		records = append(records, &twin)
	}
	acquired := &history.Event{Kind: history.CustomerAcquired, ID: customer + "-won", CustomerID: customer, AmountMinor: 700, Channel: "search",
		AtMicros: 1_500_000_000_000_000 + 2*day}
	won := s.record(acquired, true)
	won.Topic = s.inputs[0]
	return slices.Insert(records, 2, won)
}

// plan draws up what can be done to the changes of a twin: each forgery of each field
// in a change that an event caused, and in one that time caused.
func plan(t *testing.T, changes []*kgo.Record) (all []forgery) {
	t.Helper()
	seen := map[string]bool{}
	for f := range change.Fields() {
		planned := false
		for _, r := range changes {
			value, there := documentOf(t, r.Value).value(f.Path)
			if !there {
				continue
			}
			planned = true
			due := strings.HasPrefix(idOf(r), change.DueIDPrefix)
			if key := fmt.Sprint(f.Path, due, string(value) == "null"); !seen[key] {
				seen[key] = true
				all = append(all, forgeries(f, value, due)...)
			}
		}
		if !planned {
			t.Errorf("no change has %s: nothing can be done to it", f.Path)
		}
	}
	return all
}

// forge does it to the first change of a twin that it fits.
func (f *forgery) forge(t *testing.T, twin []*kgo.Record) bool {
	t.Helper()
	for _, r := range twin {
		d := documentOf(t, r.Value)
		object, name := d.at(f.path)
		value, there := d.value(f.path)
		if !there || f.due != strings.HasPrefix(idOf(r), change.DueIDPrefix) || string(f.to) == string(value) {
			continue
		}
		field := change.Lookup(f.path)
		fits := slices.ContainsFunc(forgeries(field, value, f.due), func(other forgery) bool { return other.String() == f.String() })
		if !fits {
			continue
		}
		if object[name] = f.to; f.to == nil {
			delete(object, name)
		}
		r.Value = d.text(t)
		return true
	}
	return false
}

// Whatever is done to whichever field of a published change, verify says so, and
// which field it is. Each forgery is done to a twin of its own.
func TestEveryPublishedFieldIsCompared(t *testing.T) {
	s := newAwakeSystem(t, testbed.EmbeddedPair(t), due.Event)
	const twins = 320
	var records []*kgo.Record
	for i := range twins {
		records = append(records, twinRecords(s, fmt.Sprintf("twin%03d", i))...)
	}
	// In the order of their instants, so that none is late: late events depend on how far
	// the lane has come.
	slices.SortStableFunc(records, func(a, b *kgo.Record) int { return cmp.Compare(occurredAt(t, a), occurredAt(t, b)) })
	records = append(records, s.record(&history.Event{
		Kind: history.OrderPlaced, ID: "last", CustomerID: "clock", OrderID: "o", AmountMinor: 1, AtMicros: 1_500_000_000_000_000 + 210*day,
	}, true))
	stopConsumer := s.consume(t)
	s.send(t, records...)
	stopPublisher := s.publish(t)
	s.settle(t)
	stopConsumer()
	stopPublisher()
	if report := s.verify(t); !report.Verified || report.Replayed != twins+1 {
		t.Fatal(report)
	}
	all := map[string]forgery{} // by the twin that it is done to
	var planned []forgery
	s.topics.Changes = s.copyTopic(t, s.topics.Changes, func(published []*kgo.Record) []*kgo.Record {
		ofTwin := map[string][]*kgo.Record{}
		for _, r := range published {
			ofTwin[string(r.Key)] = append(ofTwin[string(r.Key)], r)
		}
		for customer, changes := range ofTwin {
			ofTwin[customer] = changes[:len(changes)-1] // the last one is held against the state, too
		}
		planned = plan(t, ofTwin["twin000"])
		if len(planned) > twins {
			t.Fatalf("%d forgeries need as many twins", len(planned))
		}
		for i, f := range planned {
			customer := fmt.Sprintf("twin%03d", i)
			if !f.forge(t, ofTwin[customer]) {
				t.Errorf("%s: %s was not done", customer, f)
			}
			all[customer] = f
		}
		return published
	})
	report := must[verify.Report](t)(verify.Run(t.Context(), verify.Config{
		Kafka: s.kafka, InputTopics: s.inputs, Topics: s.topics, Store: s.store, Rules: s.rules, Valuation: s.valuation, MaxDifferences: 10_000,
	}))
	found := map[string][]string{}
	owners := s.owners(t)
	for _, d := range report.Differences {
		customer := d.Customer
		if customer == "" {
			customer = owners[d.Record]
		}
		found[customer] = append(found[customer], d.String())
	}
	for customer, f := range all {
		name := f.path
		if name == "version" { // there is no change 3, or two
			name = "change"
		}
		if !slices.ContainsFunc(found[customer], func(text string) bool { return strings.Contains(text, name) }) {
			t.Errorf("%s: %s is not found: %q", customer, f, found[customer])
		}
	}
	for customer, texts := range found {
		if _, forged := all[customer]; !forged {
			t.Errorf("nothing was done to %s: %q", customer, texts)
		}
	}
	t.Logf("%d forgeries", len(planned))
}

func occurredAt(t *testing.T, r *kgo.Record) string {
	t.Helper()
	var event struct {
		OccurredAt string `json:"occurred_at"`
	}
	if err := json.Unmarshal(r.Value, &event); err != nil {
		t.Fatal(err)
	}
	return event.OccurredAt
}

// owners are whose change a record of the topic of changes is.
func (s *system) owners(t *testing.T) map[string]string {
	t.Helper()
	of := map[string]string{}
	for _, r := range s.readAll(t, s.topics.Changes) {
		of[fmt.Sprintf("%s/%d/%d", r.Topic, r.Partition, r.Offset)] = string(r.Key)
	}
	return of
}
