package config

import (
	"bytes"
	"flag"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/spf13/pflag"
)

var update = flag.Bool("update", false, "write the reference file and the table of the documentation anew")

const (
	referencePath = "../../docs/clvstream.reference.yaml"
	docsPath      = "../../docs/configuration.md"
	tableBegin    = "<!-- settings: printed from internal/config, do not edit -->\n"
	tableEnd      = "<!-- end of settings -->\n"
)

func TestGeneratedReference(t *testing.T) {
	var want bytes.Buffer
	if err := WriteReference(&want); err != nil {
		t.Fatal(err)
	}
	holdFile(t, referencePath, want.Bytes())
	c, _, err := Load(Options{File: referencePath})
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(c, Default()) {
		t.Errorf("the reference reads as\n%+v\nnot as the defaults\n%+v", c, Default())
	}
	if n := strings.Count(want.String(), "# Allowed: "); n != len(settings) {
		t.Errorf("%d settings in the reference, want %d", n, len(settings))
	}
}

func TestGeneratedTable(t *testing.T) {
	page, err := os.ReadFile(docsPath)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, begins := strings.Cut(string(page), tableBegin)
	_, after, ends := strings.Cut(rest, tableEnd)
	if !begins || !ends {
		t.Fatalf("%s has lost the marks around the table", docsPath)
	}
	var table bytes.Buffer
	if err := WriteTable(&table); err != nil {
		t.Fatal(err)
	}
	holdFile(t, docsPath, []byte(before+tableBegin+table.String()+tableEnd+after))
}

func TestDocumentedExampleIsAllowed(t *testing.T) {
	page, err := os.ReadFile(docsPath)
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(page), "```yaml\n")
	example, _, found := strings.Cut(rest, "```")
	l := newLoader()
	l.document(example, Source{Origin: FromFile, Name: docsPath})
	l.derive()
	if !found || len(l.problems) > 0 || len(l.config.Business.ExchangeRates) == 0 {
		t.Errorf("the example of %s is refused: %v", docsPath, l.problems)
	}
}

// holdFile holds a file to what it should be, or writes it with -update.
func holdFile(t *testing.T, path string, want []byte) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, want, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s is out of date: run go generate ./internal/config", path)
	}
}

func TestEffectiveConfigurationLoadsBack(t *testing.T) {
	l := newLoader()
	for _, s := range settings {
		if _, inEnv := sampleOf(t, s); s.from == anywhere {
			l.text(s, inEnv, Source{Origin: FromEnv, Name: s.env()})
		}
	}
	var out bytes.Buffer
	if err := l.provenance().WriteYAML(&out); err != nil || len(l.problems) > 0 {
		t.Fatal(err, l.problems)
	}
	back := newLoader()
	back.document(out.String(), Source{Origin: FromFile, Name: "f"})
	if len(back.problems) > 0 || !reflect.DeepEqual(back.config, l.config) {
		t.Errorf("%v\n%s\ngot  %+v\nwant %+v", back.problems, out.String(), back.config, l.config)
	}
	if !strings.Contains(out.String(), "  brokers: ['a:1', 'b:2'] ") || !strings.Contains(out.String(), "# env CLVSTREAM_KAFKA_BROKERS") {
		t.Errorf("value and place are not shown in\n%s", out.String())
	}
}

// TestTableIsWhole holds the table to the struct: each field is a setting, each
// setting is explained, and no name is taken twice.
func TestTableIsWhole(t *testing.T) {
	if n := leaves(reflect.TypeFor[Config]()); n != len(settings) {
		t.Errorf("Config has %d fields, the table %d rows", n, len(settings))
	}
	if l := newLoader(); len(l.problems) > 0 {
		t.Errorf("defaults are refused: %v", l.problems)
	}
	seen := make(map[string]bool)
	for _, s := range settings {
		for _, name := range []string{s.name, s.env()} {
			if seen[name] {
				t.Errorf("%s is taken twice", name)
			}
			seen[name] = true
		}
		for section := sectionOf(s.name); section != ""; section = sectionOf(section) {
			if sections[section] == "" {
				t.Errorf("section %s is not explained", section)
			}
		}
		if strings.ContainsAny(s.doc+s.allowed, "|<") {
			t.Errorf("%s has a character that breaks the table of the documentation", s.name)
		}
		if !strings.HasSuffix(s.doc, ".") || s.allowed == "" || s.word == "" || s.users == 0 || s.from == 0 {
			t.Errorf("%s is not described: %+v", s.name, s)
		}
	}
	for _, r := range rules {
		for _, key := range r.keys {
			if byKey[key].name == "" {
				t.Errorf("a rule names %s, which is no setting", key)
			}
		}
	}
}

// leaves counts the settable fields of a struct.
func leaves(t reflect.Type) int {
	own := t.PkgPath() == reflect.TypeFor[Config]().PkgPath()
	if t.Kind() != reflect.Struct || !own || t == reflect.TypeFor[Secret]() {
		return 1
	}
	n := 0
	for i := range t.NumField() {
		n += leaves(t.Field(i).Type)
	}
	return n
}

func TestFlagHelp(t *testing.T) {
	for binary, want := range map[Binary][]string{
		ConsumerBinary:  {"config", "set", "brokers", "redis", "namespace", "topics", "mappings", "group", "rebuild", "listen", "model-file", "pprof", "log-level", "log-format"},
		PublisherBinary: {"config", "set", "brokers", "redis", "namespace", "group", "barrier", "listen", "model-file", "pprof", "log-level", "log-format"},
		ToolBinary:      {"config", "set", "brokers", "redis", "namespace", "log-level", "log-format"},
	} {
		fs := parsed(t, binary)
		n := 0
		fs.VisitAll(func(*pflag.Flag) { n++ })
		for _, name := range want {
			if fs.Lookup(name) == nil {
				t.Errorf("%s has no flag --%s", binary, name)
			}
		}
		if n != len(want) {
			t.Errorf("%s has %d flags, want %d:\n%s", binary, n, len(want), fs.FlagUsages())
		}
		if usage := fs.FlagUsages(); !strings.Contains(usage, "--brokers list ") || !strings.Contains(usage, "(default localhost:9092)") {
			t.Errorf("help of %s:\n%s", binary, usage)
		}
	}
}
