package classes

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/clvstream/clvstream/stream/change"
)

var update = flag.Bool("update", false, "write the printed types anew")

func TestGeneratedTypes(t *testing.T) {
	for language, file := range Languages {
		want, err := Print(language)
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join("testdata", file)
		if *update {
			if err := os.WriteFile(path, []byte(want), 0o600); err != nil {
				t.Fatal(err)
			}
			continue
		}
		if got, err := os.ReadFile(path); err != nil || string(got) != want {
			t.Errorf("%s is out of date: run make generate (%v)", path, err)
		}
	}
}

// Every field of the table is in the types of every language.
func TestTypesHaveEveryField(t *testing.T) {
	for language := range Languages {
		text, err := Print(language)
		if err != nil {
			t.Fatal(err)
		}
		names := map[string]int{}
		for f := range change.Fields() {
			names[f.Name]++
		}
		for name, times := range names {
			if got := strings.Count(text, `"`+name) + strings.Count(text, "    "+name); got < times {
				t.Errorf("%s has %s %d times, want %d", language, name, got, times)
			}
		}
	}
	if _, err := Print("cobol"); err == nil {
		t.Error("there are types for COBOL")
	}
}
