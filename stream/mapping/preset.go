package mapping

import (
	"embed"
	"fmt"
	"path"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Presets are mappings of known sources, with parameters for what each shop has of its own.
//
//go:embed presets/*.yaml
var presetFiles embed.FS

// Presets are their names.
func Presets() (names []string) {
	files, _ := presetFiles.ReadDir("presets") // it is part of the program
	for _, f := range files {
		names = append(names, strings.TrimSuffix(f.Name(), ".yaml"))
	}
	return names
}

// PresetText is a preset's file; false: there is none of that name.
func PresetText(name string) (string, bool) {
	text, err := presetFiles.ReadFile("presets/" + path.Base(name) + ".yaml")
	return string(text), err == nil
}

// AboutPreset is the first sentence of what a preset says of itself.
func AboutPreset(name string) string {
	text, _ := PresetText(name)
	n, err := readFile(name, []byte(text))
	if err != nil {
		return ""
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == "about" {
			about, _, _ := strings.Cut(n.Content[i+1].Value, ". ")
			return strings.TrimSuffix(about, ".")
		}
	}
	return ""
}

// withPreset answers with the parts to be read in order: the file, then the preset that it
// builds on, with the file's words in place of parameters.
func (c *compiler) withPreset(n node, entries []entry) ([][]entry, error) {
	var preset *node
	with := map[string]node{}
	for _, e := range entries {
		switch e.name {
		case "preset":
			at, err := e.choice(Presets())
			if err != nil {
				return nil, err
			}
			c.Preset, preset = Presets()[at], &node{e.Node, e.file, e.at, nil}
		case "with":
			words, err := e.table()
			if err != nil {
				return nil, err
			}
			for _, w := range words {
				with[w.name] = w.node
			}
		}
	}
	if preset == nil {
		for name, w := range with {
			return nil, w.fail("with.%s: there is no preset whose parameter it could be", name)
		}
		return [][]entry{entries}, nil
	}
	parts, err := c.presetParts(*preset, with)
	return [][]entry{entries, parts}, err
}

// name keeps which parameter a node stands for, or is a part of.
func (g *given) name(n *yaml.Node, parameter string) {
	if n = follow(n); g.parameters[n] != "" {
		return // an alias of it, or within itself
	}
	g.parameters[n] = parameter
	for _, part := range n.Content {
		g.name(part, parameter)
	}
}

func (c *compiler) presetParts(n node, with map[string]node) ([]entry, error) {
	text, _ := PresetText(c.Preset)
	file, err := readFile("preset "+c.Preset, []byte(text))
	if err != nil {
		return nil, err
	}
	parts, err := file.table(append([]string{"about", "parameters"}, fileKeys...)...)
	if err != nil {
		return nil, err
	}
	words := map[string]*yaml.Node{}
	if at := slices.IndexFunc(parts, func(e entry) bool { return e.name == "parameters" }); at >= 0 {
		if words, err = parametersOf(parts[at].node, n, with); err != nil {
			return nil, err
		}
	}
	for name, w := range with {
		if words[name] == nil {
			return nil, w.fail("the preset %s has no such parameter; it has %s", c.Preset, sortedKeys(words))
		}
	}
	from := &given{n.file, map[*yaml.Node]string{}}
	for name, w := range with {
		from.name(w.Node, name)
	}
	for i := range parts {
		parts[i].Node, parts[i].from = substituted(parts[i].Node, words), from
	}
	return parts, nil
}

// parametersOf are the words for a preset's parameters: as given, else by default.
func parametersOf(n, use node, with map[string]node) (map[string]*yaml.Node, error) {
	all := map[string]*yaml.Node{}
	entries, err := n.table()
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		about := ""
		parts, err := e.table("about", "default")
		if err != nil {
			return nil, err
		}
		for _, p := range parts {
			if p.name == "default" {
				all[e.name] = p.Node
			} else {
				about = p.Value
			}
		}
		if w, is := with[e.name]; is {
			all[e.name] = w.Node
		}
		if all[e.name] == nil {
			return nil, use.fail("with.%s is missing: %s", e.name, about)
		}
	}
	return all, nil
}

func sortedKeys(words map[string]*yaml.Node) string {
	if len(words) == 0 {
		return "none"
	}
	names := make([]string, 0, len(words))
	for name := range words {
		names = append(names, name)
	}
	slices.Sort(names)
	return fmt.Sprint(strings.Join(names, ", "))
}

// substituted is a part with words in place of $name.
func substituted(n *yaml.Node, words map[string]*yaml.Node) *yaml.Node {
	if n = follow(n); n.Kind == yaml.ScalarNode {
		if w := words[strings.TrimPrefix(n.Value, "$")]; w != nil && strings.HasPrefix(n.Value, "$") {
			return w
		}
		return n
	}
	other := *n
	other.Content = make([]*yaml.Node, len(n.Content))
	for i, part := range n.Content {
		other.Content[i] = substituted(part, words)
	}
	return &other
}
