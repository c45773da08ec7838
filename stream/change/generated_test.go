package change_test

import (
	"bytes"
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/clvstream/clvstream/stream/change"
)

var update = flag.Bool("update", false, "write the schema and the tables of the documentation anew")

const (
	schemaPath = "../schema/clv.changed.json"
	flatPath   = "../schema/clv.changed.flat.json"
	docsPath   = "../../docs/events.md"
	tableBegin = "<!-- fields: printed from stream/change, do not edit -->\n"
	tableEnd   = "<!-- end of fields -->\n"
)

func TestGeneratedSchema(t *testing.T) {
	want, err := change.Schema()
	if err != nil {
		t.Fatal(err)
	}
	holdFile(t, schemaPath, want)
}

func TestGeneratedFlatSchema(t *testing.T) {
	want, err := change.FlatSchema()
	if err != nil {
		t.Fatal(err)
	}
	holdFile(t, flatPath, want)
}

func TestGeneratedTables(t *testing.T) {
	page, err := os.ReadFile(docsPath)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, begins := strings.Cut(string(page), tableBegin)
	_, after, ends := strings.Cut(rest, tableEnd)
	if !begins || !ends {
		t.Fatalf("%s has lost the marks around the tables", docsPath)
	}
	holdFile(t, docsPath, []byte(before+tableBegin+change.Markdown()+tableEnd+after))
}

// holdFile compares a file with what it should say, or makes it say so.
func holdFile(t *testing.T, path string, want []byte) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, want, 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s is out of date: run make generate", path)
	}
}
