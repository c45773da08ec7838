package config

import "fmt"

// Origin is a kind of place that a value can come from.
type Origin uint8

// The kinds of place, weakest first.
const (
	FromDefault Origin = 1 << iota
	FromFile
	FromEnv
	FromFlag
)

// anywhere is where an ordinary setting may be given.
const anywhere = FromFile | FromEnv | FromFlag

// Source is the place that a value came from.
type Source struct {
	Origin Origin
	Name   string // the file, the variable, or the flag as typed
	Line   int    // of the file, or of YAML within a variable; from 1, 0 when unknown
	Column int    // from 1, 0 when unknown
}

// String is the place as an operator would look for it: "clv.yaml:3:12",
// "env CLVSTREAM_NAMESPACE", "flag --brokers", "default".
func (s Source) String() string {
	name := "default"
	switch s.Origin {
	case FromFile:
		name = s.Name
	case FromEnv:
		name = "env " + s.Name
	case FromFlag:
		name = "flag " + s.Name
	}
	if s.Line == 0 {
		return name
	}
	if s.Column == 0 {
		return fmt.Sprintf("%s:%d", name, s.Line)
	}
	return fmt.Sprintf("%s:%d:%d", name, s.Line, s.Column)
}
