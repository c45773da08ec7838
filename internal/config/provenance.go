package config

import (
	"encoding/json"
	"io"
)

// Setting is one setting of a loaded configuration.
type Setting struct {
	Key     string
	Value   string // as it would stand in a file, on one line; a password only as "(set)"
	Source  Source
	Env     string // its variable, empty when it has none
	Flag    string // its flag with dashes, empty when it has none
	Default string
	Allowed string
	Doc     string
	Secret  bool

	inFile bool
}

// Provenance is every setting with its value and the place that it came from,
// in the order of the reference.
type Provenance []Setting

// Of is the place that a setting came from; the default for an unknown key.
func (p Provenance) Of(key string) Source {
	for _, s := range p {
		if s.Key == key {
			return s.Source
		}
	}
	return Source{Origin: FromDefault}
}

// WriteYAML writes the configuration as a file that could be used as it is,
// each value with the place that it came from.
func (p Provenance) WriteYAML(w io.Writer) error {
	return write(w, p, layout{trailing: func(s Setting) string { return s.Source.String() }})
}

// WriteJSON writes a JSON array of objects with key, value, source, env and
// flag; the value is text as it would stand in a file.
func (p Provenance) WriteJSON(w io.Writer) error {
	type line struct {
		Key    string `json:"key"`
		Value  string `json:"value"`
		Source string `json:"source"`
		Env    string `json:"env,omitempty"`
		Flag   string `json:"flag,omitempty"`
	}
	lines := make([]line, len(p))
	for i, s := range p {
		lines[i] = line{s.Key, s.Value, s.Source.String(), s.Env, s.Flag}
	}
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(lines)
}

// provenance is what was loaded, and from where.
func (l *loader) provenance() Provenance {
	all := make(Provenance, len(settings))
	for i, s := range settings {
		source, ok := l.sources[s.name]
		if !ok {
			source = Source{Origin: FromDefault}
		}
		all[i] = s.describe(&l.config, source)
	}
	return all
}

// describe is a setting as its readers see it.
func (s setting) describe(c *Config, source Source) Setting {
	d := Setting{
		Key:     s.name,
		Value:   flowText(s.node(c)),
		Source:  source,
		Default: s.def,
		Allowed: s.allowed,
		Doc:     s.doc,
		Secret:  s.secret,
		inFile:  s.from&FromFile != 0,
	}
	if s.secret {
		d.Value = s.node(c).Value // "(set)" as it is, not as YAML
	}
	if s.from&FromEnv != 0 {
		d.Env = s.env()
	}
	if s.flag != "" {
		d.Flag = "--" + s.flag
	}
	return d
}
