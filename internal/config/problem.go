package config

import (
	"fmt"
	"strings"
)

// maxProblems bounds what one Load reports: nobody fixes more at once, and
// a hostile file cannot make the report grow without end.
const maxProblems = 100

// Problem is one thing that is wrong with the configuration.
type Problem struct {
	Source Source
	Key    string // the setting's key; empty when the place has none
	Text   string // what is wrong and what is allowed
}

// Error is the problem on one line: place, key, text.
func (p Problem) Error() string {
	if p.Key == "" {
		return fmt.Sprintf("%s: %s", p.Source, p.Text)
	}
	return fmt.Sprintf("%s: %s: %s", p.Source, p.Key, p.Text)
}

// Problems is everything that Load found wrong, at most 100 of them.
type Problems []Problem

// Error is the problems, one on a line.
func (p Problems) Error() string {
	if len(p) == 1 {
		return "configuration: " + p[0].Error()
	}
	var b strings.Builder
	fmt.Fprintf(&b, "configuration: %d problems:", len(p))
	for _, one := range p {
		b.WriteString("\n  ")
		b.WriteString(one.Error())
	}
	return b.String()
}

// Unwrap lets errors.As reach each problem.
func (p Problems) Unwrap() []error {
	all := make([]error, len(p))
	for i, one := range p {
		all[i] = one
	}
	return all
}

// quote shows a value in a message. Long ones are cut, and what could be an
// address with credentials in it is not shown.
func quote(text string) string {
	const longest = 60
	switch {
	case text == "":
		return "an empty value"
	case strings.Contains(text, "@"):
		return "a value with @ in it (not shown, it may hold a password)"
	case len(text) > longest:
		return fmt.Sprintf("%q…", text[:longest])
	}
	return fmt.Sprintf("%q", text)
}
