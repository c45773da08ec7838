package config

import (
	"errors"
	"strings"

	"github.com/spf13/pflag"
	"go.yaml.in/yaml/v3"
)

// maxFileBytes bounds the configuration file; twenty thousand rates fit.
const maxFileBytes = 1 << 20

// Options is where Load looks.
type Options struct {
	File  string         // the YAML file; empty: --config, else CLVSTREAM_CONFIG, else none
	Text  []byte         // what stands in File, by one who has read it already; nil: Load reads it
	Env   []string       // as os.Environ gives it; nil for none
	Flags *pflag.FlagSet // parsed, with our flags registered by Flags; nil for none
}

// Load reads the configuration and says where each value came from. A
// configuration with anything wrong in it gives Problems, all of them, and must
// not be used.
func Load(o Options) (Config, Provenance, error) {
	l := newLoader()
	env := parseEnv(o.Env)
	if o.Text != nil {
		l.document(string(o.Text), Source{Origin: FromFile, Name: o.File})
	} else if path, from := fileOf(o, env); path != "" {
		l.file(path, from)
	}
	l.environment(env)
	l.flags(o.Flags)
	l.derive()
	l.secrets()
	l.rules()
	if len(l.problems) > 0 {
		return Config{}, nil, l.problems
	}
	return l.config, l.provenance(), nil
}

// Default is the configuration without any setting given.
func Default() Config {
	l := newLoader()
	l.derive()
	return l.config
}

// loader is a configuration in the making.
type loader struct {
	config   Config
	sources  map[string]Source // of settings that were given
	failed   map[string]bool   // settings that were given wrongly
	problems Problems
}

func newLoader() *loader {
	l := &loader{sources: make(map[string]Source), failed: make(map[string]bool)}
	for _, s := range settings {
		l.text(s, s.def, Source{Origin: FromDefault})
	}
	clear(l.sources)
	return l
}

// fileOf is the configuration file, and the place that names it: the strongest
// that does.
func fileOf(o Options, env map[string]string) (path string, from Source) {
	if o.File != "" {
		return o.File, Source{Origin: FromFile, Name: o.File}
	}
	if o.Flags != nil {
		if f := o.Flags.Lookup(configFlag); f != nil && f.Changed {
			return f.Value.String(), Source{Origin: FromFlag, Name: "--" + configFlag}
		}
	}
	return env[configEnv], Source{Origin: FromEnv, Name: configEnv}
}

// file fills the settings from the configuration file; one that cannot be read
// is reported where it was named.
func (l *loader) file(path string, from Source) {
	data, err := readBounded(path, maxFileBytes)
	if err != nil {
		l.report(from, "", err.Error())
		return
	}
	l.document(string(data), Source{Origin: FromFile, Name: path})
}

// document fills the settings from a whole YAML document.
func (l *loader) document(text string, source Source) {
	root, err := parseYAML(text)
	if err != nil {
		l.syntax(err, source, "")
		return
	}
	l.section(root, "", source)
}

// section fills the settings of one section, and of the sections in it.
func (l *loader) section(n *yaml.Node, name string, source Source) {
	given, flaws := mapping(n, "a table of settings: "+strings.Join(childrenOf(name), ", "))
	l.flaws(flaws, name, source)
	for _, p := range given {
		key := join(name, p.name)
		s, isSetting := byKey[key]
		_, isSection := sections[key]
		switch {
		case strings.Contains(p.name, ".") || !isSetting && !isSection:
			l.flaws([]flaw{unknownKey(name, p)}, name, source)
		case isSection:
			l.section(p.value, key, source)
		default:
			l.assign(s, p.key, p.value, source)
		}
	}
}

// unknownKey is the flaw of a key that no setting has.
func unknownKey(section string, p pair) flaw {
	key := join(section, p.name)
	if byKey[key].name != "" || sections[key] != "" {
		return flaw{at: p.key, path: "." + p.name, text: "keys are nested, not dotted; write " + lastPart(key) + " under " + sectionOf(key)}
	}
	neighbours := childrenOf(section)
	return unknown(p, nearestKey(section, p.name, neighbours, allKeys), neighbours)
}

// text fills a setting from a variable, a flag or the table.
func (l *loader) text(s setting, text string, source Source) {
	n, err := s.fromText(text)
	if err != nil {
		l.failed[s.name] = true
		l.syntax(err, source, s.name)
		return
	}
	l.assign(s, nil, n, source)
}

// assign fills a setting from YAML; key is the node of its key, if it has one.
func (l *loader) assign(s setting, key, value *yaml.Node, source Source) {
	if refusal := s.refusal(source.Origin); refusal != "" && source.Origin != FromDefault {
		l.failed[s.name] = true
		l.report(source.at(key), s.name, refusal)
		return
	}
	flaws := s.read(&l.config, value)
	if len(flaws) > 0 {
		l.failed[s.name] = true
		l.flaws(flaws, s.name, source)
		return
	}
	if source.Origin == FromFile {
		source = source.at(value)
	}
	l.sources[s.name] = source
}

// derive fills in the defaults that depend on other settings.
func (l *loader) derive() {
	for _, s := range settings {
		if s.derive != nil {
			s.derive(&l.config)
		}
	}
}

func (l *loader) report(source Source, key, text string) {
	if len(l.problems) < maxProblems {
		l.problems = append(l.problems, Problem{Source: source, Key: key, Text: text})
	}
}

func (l *loader) flaws(flaws []flaw, key string, source Source) {
	for _, f := range flaws {
		l.report(source.at(f.at), strings.TrimPrefix(key+f.path, "."), f.text)
	}
}

func (l *loader) syntax(err error, source Source, key string) {
	var e syntaxError
	if errors.As(err, &e) {
		source.Line = e.line
	}
	l.report(source, key, err.Error())
}

// at is the place of a node within the source; nodes that were made from plain
// text have none.
func (s Source) at(n *yaml.Node) Source {
	if n != nil && n.Line > 0 {
		s.Line, s.Column = n.Line, n.Column
	}
	return s
}
