package scenario

import (
	"errors"
	"fmt"
	"io"
)

// Result is what came of a file: in which lines the program and the file disagree.
type Result struct {
	File        string   `json:"file"`
	Scenario    string   `json:"scenario"`
	Item        string   `json:"item,omitempty"`
	Fails       string   `json:"fails,omitempty"` // as the file is marked
	Differences []string `json:"differences"`
}

// Report is what came of some files.
type Report struct {
	Results []Result `json:"results"`
	Holds   bool     `json:"holds"` // every file does, or is marked and does not
}

// Check runs files through the fold and the naive code. The whole system is run by the
// tests: it takes virtual time.
func Check(paths []string) (Report, error) {
	report := Report{Results: []Result{}, Holds: true}
	for _, path := range paths {
		is, err := check(path)
		if err != nil {
			return report, err
		}
		report.Results = append(report.Results, is)
		report.Holds = report.Holds && (len(is.Differences) == 0 || is.Fails != "")
	}
	return report, nil
}

func check(path string) (Result, error) {
	f, err := ReadFile(path)
	if err != nil {
		if refused := (*SettingsError)(nil); errors.As(err, &refused) {
			return Result{File: path, Scenario: refused.Scenario, Item: refused.Item, Fails: refused.Fails, Differences: []string{refused.Error()}}, nil
		}
		return Result{}, err
	}
	found, err := f.Pure()
	if err != nil {
		return Result{}, fmt.Errorf("run scenario %s: %w", path, err)
	}
	is := Result{File: path, Scenario: f.Scenario, Item: f.Item, Fails: f.Fails, Differences: []string{}}
	for _, d := range found {
		is.Differences = append(is.Differences, d.String())
	}
	return is, nil
}

// Pure runs a file through the fold, in the order of arrival and in others, and through the
// naive code.
func (f *File) Pure() (found []Difference, err error) {
	steps := AsWritten.Steps(f)
	for _, run := range []func(*File, []Step) (*Seen, error){Fold, Naive} {
		seen, err := run(f, steps)
		if err != nil {
			return nil, err
		}
		found = append(found, f.Differences(steps, seen)...)
	}
	shuffled, err := Shuffled(f)
	return append(found, shuffled...), err
}

// WriteText writes the report for people.
func (r Report) WriteText(w io.Writer) error {
	for _, is := range r.Results {
		verdict := "holds"
		switch {
		case len(is.Differences) > 0 && is.Fails != "":
			verdict = "does not hold, as it is marked: " + is.Fails
		case len(is.Differences) > 0:
			verdict = "does NOT hold"
		case is.Fails != "":
			verdict = "holds, as far as this run tells, and is marked: " + is.Fails
		}
		if _, err := fmt.Fprintf(w, "%s: %s: %s\n", is.File, is.Scenario, verdict); err != nil {
			return err
		}
		for _, d := range is.Differences {
			if _, err := fmt.Fprintf(w, "  %s\n", d); err != nil {
				return err
			}
		}
	}
	return nil
}
