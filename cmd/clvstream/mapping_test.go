package main

import (
	"bytes"
	"strings"
	"testing"

	"github.com/clvstream/clvstream/stream/mapping"
)

// The commands that try mappings print this, with these exit statuses, and their help.
func TestMappingCommands(t *testing.T) {
	for name, commands := range map[string][]string{
		"map": {
			"map --mapping testdata/mappings/laden.yaml --file testdata/mappings/records.jsonl --set business.currency=EUR",
			"map --mapping testdata/mappings/laden.yaml --file testdata/mappings/records.jsonl --set business.currency=EUR --json",
			"map --mapping testdata/mappings/laden.yaml", "map --mapping testdata/mappings/wrong.yaml --file testdata/mappings/records.jsonl",
			"map --mapping testdata/mappings/laden.yaml --file testdata/mappings/none.jsonl",
		},
		"lint": {
			"lint testdata/mappings/laden.yaml", "lint testdata/mappings/laden.yaml --json", "lint testdata/mappings",
			"lint testdata/mappings/laden.yaml testdata/mappings/laden_test.yaml", "lint testdata/mappings/laden_test.yaml", "lint", "lint testdata/none.yaml",
		},
		"test": {
			"test testdata/mappings/laden_test.yaml --set business.currency=EUR", "test testdata/mappings --set business.currency=EUR",
			"test testdata/mappings --set business.currency=EUR --json", "test testdata/mappings/laden_test.yaml", "test testdata/none",
		},
		"presets": {"presets", "presets cloudevents", "presets stripes", "presets a b"},
	} {
		var b bytes.Buffer
		for _, one := range append(commands, name+" --help") {
			out, errs, status := command(t, strings.Fields(one)...)
			if strings.HasSuffix(one, "--help") { // what is the same for all commands is held elsewhere
				out, _, _ = strings.Cut(out, "\nFlags of every command:")
			}
			line(&b, "$ clvstream %s", one)
			b.WriteString(out + errs)
			line(&b, "exit status %d\n", status)
		}
		holdGolden(t, "mapping-"+name+".txt", b.Bytes())
	}
}

// Each preset is printed as it is compiled.
func TestPresetsArePrinted(t *testing.T) {
	for _, name := range mapping.Presets() {
		out, errs, status := command(t, "presets", name)
		if text, _ := mapping.PresetText(name); status != 0 || out != text {
			t.Errorf("%s: status %d, %s%s", name, status, out, errs)
		}
	}
}
