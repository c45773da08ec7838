package scenario

import (
	"fmt"
	"slices"
)

// Seen is what a run of a scenario saw. What a run does not know is not compared: a nil
// Changes or Letters, a path that Knows denies.
type Seen struct {
	By       string                 // which run it was, as reports name it
	Readings map[int]Fields         // by the index of a Read among the steps
	Unread   map[int]string         // Reads that gave no figures, and why
	Changes  map[string][]Fields    // per customer, in order
	Letters  map[*Event][]string    // reasons of dead letters, by their event
	Knows    func(path string) bool // nil: every path
	Troubles []string               // what else was wrong, such as a run that is not verified
}

// Difference is something that a run saw and the file wants otherwise.
type Difference struct {
	By   string
	Line int // 0: of the whole file
	Text string
}

// String is the difference on one line.
func (d Difference) String() string {
	if d.Line == 0 {
		return d.By + ": " + d.Text
	}
	return fmt.Sprintf("line %d: %s (%s)", d.Line, d.Text, d.By)
}

// comparison collects differences.
type comparison struct {
	seen  *Seen
	found []Difference
}

func (c *comparison) differ(line int, format string, values ...any) {
	c.found = append(c.found, Difference{By: c.seen.By, Line: line, Text: fmt.Sprintf(format, values...)})
}

// Differences holds what was seen of steps against what the file wants.
func (f *File) Differences(steps []Step, seen *Seen) []Difference {
	c := comparison{seen: seen}
	for _, trouble := range seen.Troubles {
		c.differ(0, "%s", trouble)
	}
	for i := range steps {
		c.step(&steps[i], i)
	}
	if seen.Changes != nil {
		if f.Changes != nil {
			c.changes(f.Changes)
		}
		c.never(f.Never)
	}
	return c.found
}

func (c *comparison) step(step *Step, index int) {
	switch {
	case step.Verb == Arrive && c.seen.Letters != nil:
		reasons := c.seen.Letters[step.Event]
		switch wanted := step.Event.Refused; {
		case wanted == Unmatched && c.seen.Knows != nil: // given up later, which who knows values only does not see
		case wanted == "" && len(reasons) > 0:
			c.differ(step.Line, "expected no dead letter of %s, got %v", step.Event.ID, reasons)
		case wanted != "" && !slices.Equal(reasons, []string{wanted}):
			c.differ(step.Line, "expected the dead letter %s, got %v", wanted, reasons)
		}
	case step.Verb == Read:
		if why := c.seen.Unread[index]; why != "" {
			c.differ(step.Line, "expected values of customer %s, got none: %s", step.Customer, why)
			return
		}
		c.fields(step.Wanted, c.seen.Readings[index])
	}
}

func (c *comparison) fields(wanted []Wanted, got Fields) {
	for _, w := range wanted {
		if c.seen.Knows != nil && !c.seen.Knows(w.Path) {
			continue
		}
		if !w.met(got[w.Path]) {
			c.differ(w.Line, "expected %s %s, got %s", w.Path, said(w.Text), said(got[w.Path]))
		}
	}
}

// changes compares each customer's changes with those wanted, one by one.
func (c *comparison) changes(wanted []WantedChange) {
	taken := map[string]int{}
	for _, w := range wanted {
		all := c.seen.Changes[w.Customer]
		n := taken[w.Customer]
		taken[w.Customer]++
		if n >= len(all) {
			c.differ(w.Line, "expected change %d of customer %s, got none", n+1, w.Customer)
			continue
		}
		before := len(c.found)
		if c.fields(w.Fields, all[n]); len(c.found) > before {
			c.differ(w.Line, "change %d of customer %s is %s", n+1, w.Customer, all[n].describe())
		}
	}
	for customer, all := range c.seen.Changes {
		for _, more := range all[min(len(all), taken[customer]):] {
			c.differ(0, "a change of customer %s that is not expected: %s", customer, more.describe())
		}
	}
}

// never finds changes that must not be.
func (c *comparison) never(unwanted []WantedChange) {
	for _, u := range unwanted {
		for _, all := range c.seen.Changes {
			for _, is := range all {
				if !slices.ContainsFunc(u.Fields, func(w Wanted) bool { return !w.met(is[w.Path]) }) {
					c.differ(u.Line, "expected no such change, got %s", is.describe())
				}
			}
		}
	}
}
