package rehearse

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/clvstream/clvstream/stream/event"
	"github.com/clvstream/clvstream/stream/mapping"
	"github.com/clvstream/clvstream/stream/registry"
)

// TestSuffix ends the names of files of test cases: shop_test.yaml is of shop.yaml.
const TestSuffix = "_test.yaml"

// caseFile is a file of test cases.
type caseFile struct {
	Mapping string     `yaml:"mapping"`
	Cases   []testCase `yaml:"cases"`
}

// testCase is a record, and what should become of it. Of an event only the fields that are
// named are compared.
type testCase struct {
	Name    string                 `yaml:"name"`
	Record  yaml.Node              `yaml:"record"`
	Events  []map[string]yaml.Node `yaml:"events"`
	LeftOut []string               `yaml:"left_out"`
	Refused []string               `yaml:"refused"`
	line    int
}

// Report is what became of test cases.
type Report struct {
	Holds    bool      `json:"holds"`
	Cases    int       `json:"cases"`
	Failures []Failure `json:"failures"`
}

// Failure is a case that gave something else.
type Failure struct {
	File string   `json:"file"`
	Line int      `json:"line"`
	Case string   `json:"case"`
	Text []string `json:"differences"`
}

// Check runs the test cases of files, and of all such files in folders.
func Check(ctx context.Context, rules event.Rules, schemas *registry.Schemas, paths []string) (Report, error) {
	report := Report{Failures: []Failure{}}
	files, err := caseFiles(paths)
	if err != nil {
		return report, err
	}
	for _, file := range files {
		if err := report.check(ctx, rules, schemas, file); err != nil {
			return report, err
		}
	}
	report.Holds = len(report.Failures) == 0
	return report, nil
}

func caseFiles(paths []string) ([]string, error) {
	files, err := filesOf(paths, func(name string, inFolder bool) bool { return !inFolder || strings.HasSuffix(name, TestSuffix) })
	switch {
	case err != nil:
		return nil, fmt.Errorf("find test cases: %w", err)
	case len(files) == 0:
		return nil, fmt.Errorf("there are no test cases in %s: write NAME%s beside NAME.yaml", strings.Join(paths, ", "), TestSuffix)
	}
	return files, nil
}

// MappingFiles are the mapping files among paths and in folders: those that hold no test cases.
func MappingFiles(paths []string) ([]string, error) {
	files, err := filesOf(paths, func(name string, inFolder bool) bool {
		return !strings.HasSuffix(name, TestSuffix) && (!inFolder || filepath.Ext(name) == ".yaml")
	})
	switch {
	case err != nil:
		return nil, fmt.Errorf("find mappings: %w", err)
	case len(files) == 0:
		return nil, fmt.Errorf("there are no mapping files in %s", strings.Join(paths, ", "))
	}
	return files, nil
}

// filesOf are the files that are named, and those in folders, that are wanted.
func filesOf(paths []string, wanted func(name string, inFolder bool) bool) (files []string, err error) {
	for _, path := range paths {
		err := filepath.WalkDir(path, func(name string, entry fs.DirEntry, err error) error {
			if err == nil && !entry.IsDir() && wanted(name, name != path) {
				files = append(files, name)
			}
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return files, nil
}

func (r *Report) check(ctx context.Context, rules event.Rules, schemas *registry.Schemas, file string) error {
	cases, m, err := readCases(file)
	if err == nil {
		err = registry.Connect([]*mapping.Mapping{m}, schemas, rules.MaxEventBytes)
	}
	if err != nil {
		return err
	}
	rehearsal := New(rules, m)
	for i := range cases {
		c := &cases[i]
		r.Cases++
		record, err := c.record(filepath.Dir(file), m)
		if err != nil {
			return fmt.Errorf("%s:%d: %s: %w", file, c.line, c.Name, err)
		}
		result, err := rehearsal.Run(ctx, &record)
		if err != nil {
			return fmt.Errorf("%s:%d: %s: %w", file, c.line, c.Name, err)
		}
		if text := c.differences(result); len(text) > 0 {
			r.Failures = append(r.Failures, Failure{file, c.line, c.Name, text})
		}
	}
	return nil
}

func readCases(file string) ([]testCase, *mapping.Mapping, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, nil, fmt.Errorf("read test cases: %w", err)
	}
	d := yaml.NewDecoder(bytes.NewReader(text))
	d.KnownFields(true)
	var f caseFile
	if err := d.Decode(&f); err != nil && !errors.Is(err, io.EOF) {
		return nil, nil, fmt.Errorf("read test cases: %s: %w", file, err)
	}
	if len(f.Cases) == 0 {
		return nil, nil, fmt.Errorf("read test cases: %s holds no cases", file)
	}
	if f.Mapping == "" {
		f.Mapping = strings.TrimSuffix(filepath.Base(file), TestSuffix) + ".yaml"
	}
	m, err := ReadMapping(filepath.Join(filepath.Dir(file), f.Mapping))
	return f.Cases, m, err
}

// ReadMapping reads a mapping file.
func ReadMapping(file string) (*mapping.Mapping, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("read mapping: %w", err)
	}
	m, err := mapping.Parse(file, text)
	if err == nil {
		err = registry.Check(m)
	}
	return m, err
}

// UnmarshalYAML keeps the line of a case.
func (c *testCase) UnmarshalYAML(n *yaml.Node) error {
	type plain testCase
	if err := n.Decode((*plain)(c)); err != nil {
		return err
	}
	for i := 0; i+1 < len(n.Content); i += 2 { // Decode above does not hold to known fields
		if key := n.Content[i]; !slices.Contains([]string{"name", "record", "events", "left_out", "refused"}, key.Value) {
			return fmt.Errorf("line %d: unknown key %q of a case; there are name, record, events, left_out and refused", key.Line, key.Value)
		}
	}
	c.line = n.Line
	return nil
}

// record is the case's, of the mapping's first topic unless it names another.
func (c *testCase) record(folder string, m *mapping.Mapping) (Record, error) {
	value, err := asJSON(&c.Record)
	if err != nil {
		return Record{}, err
	}
	var w wrapped
	d := json.NewDecoder(bytes.NewReader(value))
	d.DisallowUnknownFields()
	if err := d.Decode(&w); err != nil {
		return Record{}, fmt.Errorf("record: %w; there are %s", err, strings.Join(wrappedKeys, ", "))
	}
	record, err := w.record(folder)
	record.From = c.Name
	if record.Topic == "" {
		record.Topic = strings.NewReplacer("*", "x", "?", "x").Replace(m.Topics()[0])
	}
	return record, err
}

// Limits of a record in a case. Aliases make a short one long, or endless.
const (
	mostRecordDepth = 100
	mostRecordBytes = 64 << 20 // events.max_event_bytes at its most
)

// asJSON turns YAML into JSON. Numbers keep their digits.
func asJSON(n *yaml.Node) (json.RawMessage, error) {
	var b bytes.Buffer
	if err := writeJSON(&b, n, 0); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

func writeJSON(b *bytes.Buffer, n *yaml.Node, depth int) error {
	switch {
	case depth > mostRecordDepth:
		return fmt.Errorf("line %d: is nested more than %d deep, or within itself", n.Line, mostRecordDepth)
	case b.Len() > mostRecordBytes:
		return fmt.Errorf("line %d: the record has more than %d bytes", n.Line, mostRecordBytes)
	}
	switch n.Kind {
	case yaml.AliasNode:
		return writeJSON(b, n.Alias, depth+1)
	case yaml.MappingNode, yaml.SequenceNode:
		return writeNested(b, n, depth)
	case yaml.ScalarNode:
		text := n.Value
		if n.Tag == "!!null" {
			text = "null"
		} else if n.Tag == "!!str" || n.Tag == "!!timestamp" || !json.Valid([]byte(text)) {
			quoted, err := json.Marshal(text)
			if err != nil {
				return err
			}
			text = string(quoted)
		}
		b.WriteString(text)
		return nil
	}
	b.WriteString("null")
	return nil
}

func writeNested(b *bytes.Buffer, n *yaml.Node, depth int) error {
	step, open, end := 1, byte('['), byte(']')
	if n.Kind == yaml.MappingNode {
		step, open, end = 2, '{', '}'
	}
	b.WriteByte(open)
	for i := 0; i < len(n.Content); i += step {
		if i > 0 {
			b.WriteByte(',')
		}
		if step == 2 {
			quoted, err := json.Marshal(n.Content[i].Value)
			if err != nil {
				return err
			}
			b.Write(append(quoted, ':'))
		}
		if err := writeJSON(b, n.Content[i+step-1], depth+1); err != nil {
			return err
		}
	}
	b.WriteByte(end)
	return nil
}

// differences are what became otherwise than the case says.
func (c *testCase) differences(got Result) (text []string) {
	var events []Event
	refused, leftOut := []string{}, []string{}
	for _, e := range got.Events {
		if e.Refused == "" {
			events = append(events, e)
			continue
		}
		refused = append(refused, e.Refused)
		if !slices.Contains(c.Refused, e.Refused) {
			text = append(text, "refused: "+e.Refused+": "+e.Detail)
		}
	}
	for _, l := range got.LeftOut {
		leftOut = append(leftOut, l.Reason)
	}
	if !sameTexts(refused, c.Refused) {
		text = append(text, fmt.Sprintf("refused %v, want %v", refused, c.Refused))
	}
	if !sameTexts(leftOut, c.LeftOut) {
		text = append(text, fmt.Sprintf("left out %v, want %v", leftOut, c.LeftOut))
	}
	if len(events) != len(c.Events) {
		return append(text, fmt.Sprintf("%d events, want %d", len(events), len(c.Events)))
	}
	for i := range events {
		text = append(text, fieldDifferences(i+1, events[i].Event, c.Events[i])...)
	}
	return text
}

func sameTexts(a, b []string) bool {
	return slices.Equal(slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b)))
}

func fieldDifferences(number int, got json.RawMessage, want map[string]yaml.Node) (text []string) {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(got, &members); err != nil {
		return []string{err.Error()}
	}
	for _, name := range slices.Sorted(keysOf(want)) {
		node := want[name]
		wanted, err := asJSON(&node)
		if err != nil {
			return []string{err.Error()}
		}
		if value := members[name]; !sameValue(value, wanted) {
			text = append(text, fmt.Sprintf("event %d: %s is %s, want %s", number, name, orNothing(value), wanted))
		}
	}
	return text
}

func keysOf(m map[string]yaml.Node) func(func(string) bool) {
	return func(yield func(string) bool) {
		for name := range m {
			if !yield(name) {
				return
			}
		}
	}
}

func orNothing(value json.RawMessage) string {
	if value == nil {
		return "not there"
	}
	return string(value)
}

// sameValue compares by meaning: instants as such, and decimals without zeros at their end.
func sameValue(got, want json.RawMessage) bool {
	if got == nil {
		return string(want) == "null"
	}
	a, b := plainText(got), plainText(want)
	if at, err := time.Parse(time.RFC3339Nano, a); err == nil {
		wanted, err := time.Parse(time.RFC3339Nano, b)
		return err == nil && at.Equal(wanted)
	}
	return a == b || strings.Contains(a, ".") && strings.Contains(b, ".") && strings.TrimRight(a, "0") == strings.TrimRight(b, "0")
}

func plainText(value json.RawMessage) string {
	var text string
	if json.Unmarshal(value, &text) == nil {
		return text
	}
	return string(value)
}

// WriteText writes a report for people.
func (r Report) WriteText(w io.Writer) error {
	for _, f := range r.Failures {
		fmt.Fprintf(w, "%s:%d: %s\n", f.File, f.Line, f.Case)
		for _, text := range f.Text {
			fmt.Fprintf(w, "  %s\n", text)
		}
	}
	if r.Holds {
		hold := "cases hold"
		if r.Cases == 1 {
			hold = "case holds"
		}
		fmt.Fprintf(w, "%d %s\n", r.Cases, hold)
		return nil
	}
	fmt.Fprintf(w, "%d of %d cases do not hold\n", len(r.Failures), r.Cases)
	return nil
}
