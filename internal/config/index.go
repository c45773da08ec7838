package config

import (
	"slices"
	"strings"
)

// The table by key and by variable, and its keys in order.
var byKey, byEnv, allKeys = index(settings)

func index(table []setting) (byKey, byEnv map[string]setting, keys []string) {
	byKey, byEnv = make(map[string]setting), make(map[string]setting)
	for _, s := range table {
		byKey[s.name] = s
		byEnv[s.env()] = s
		keys = append(keys, s.name)
	}
	return byKey, byEnv, keys
}

// childrenOf is the names of a section's settings and sections, as they may
// stand in a file.
func childrenOf(section string) []string {
	var names []string
	for _, s := range settings {
		rest, within := s.name, true
		if section != "" {
			rest, within = strings.CutPrefix(s.name, section+".")
		}
		if !within || s.from&FromFile == 0 {
			continue
		}
		name, _, _ := strings.Cut(rest, ".")
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}
