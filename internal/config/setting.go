package config

import (
	"strings"

	"go.yaml.in/yaml/v3"
)

// Binary is one of the programs, or several of them.
type Binary uint8

// The programs that read the configuration.
const (
	ConsumerBinary Binary = 1 << iota
	PublisherBinary
	ToolBinary  // clvstream, the operator's command
	AllBinaries = ConsumerBinary | PublisherBinary | ToolBinary
)

// String is the programs by name.
func (b Binary) String() string {
	if b == AllBinaries {
		return "all"
	}
	var names []string
	for i, name := range []string{"consumer", "publisher", "clvstream"} {
		if b&(1<<i) != 0 {
			names = append(names, name)
		}
	}
	return strings.Join(names, ", ")
}

// setting is one row of the table: a column of Config, and what there is to
// know about it.
type setting struct {
	column[Config] // its name is the whole key, sections and all
	def            string
	doc            string
	word           string
	users          Binary
	flag           string // without dashes; empty: only through --set
	flagOn         Binary // the programs that have the flag
	from           Origin // the places that may give it
	secret         bool
	fromText       func(string) (*yaml.Node, error)
	derive         func(*Config) // fills in a default that depends on other settings
}

// set makes a row. The default is written as a variable would write it.
func set[V any](key string, at func(*Config) *V, k kind[V], def, doc string) setting {
	return setting{
		column:   col(key, false, at, k),
		def:      def,
		doc:      doc,
		word:     k.word,
		users:    AllBinaries,
		from:     anywhere,
		fromText: k.fromText,
	}
}

// usedBy names the programs that read a setting, where not all do.
func (s setting) usedBy(b Binary) setting {
	s.users = b
	return s
}

// flagged gives a setting a flag of its own on some programs.
func (s setting) flagged(name string, on Binary) setting {
	s.flag, s.flagOn = name, on
	return s
}

// only restricts the places that may give a setting.
func (s setting) only(from Origin) setting {
	s.from = from
	return s
}

// derived fills in a default when the setting was left at a value that asks
// for it.
func (s setting) derived(derive func(*Config)) setting {
	s.derive = derive
	return s
}

// hidden marks a password.
func (s setting) hidden() setting {
	s.secret = true
	return s.only(FromEnv)
}

// envPrefix begins every variable that is ours.
const envPrefix = "CLVSTREAM_"

// configEnv names the configuration file, as --config does.
const configEnv = envPrefix + "CONFIG"

// env is the setting's variable.
func (s setting) env() string {
	return envPrefix + strings.ToUpper(strings.ReplaceAll(s.name, ".", "_"))
}

// refusal says why a place may not give the setting, or "".
func (s setting) refusal(origin Origin) string {
	switch {
	case s.from&origin != 0:
		return ""
	case s.from == FromEnv:
		return "a password is not allowed here; set " + s.name + "_file, or the variable " + s.env()
	}
	return "is not allowed here; use the flag --" + s.flag
}
