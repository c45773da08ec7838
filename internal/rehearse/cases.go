package rehearse

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

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
