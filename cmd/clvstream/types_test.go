package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/clvstream/clvstream/internal/classes"
)

func TestTypesArePrinted(t *testing.T) {
	for language, file := range classes.Languages {
		want, err := os.ReadFile(filepath.Join("../../internal/classes/testdata", file))
		if err != nil {
			t.Fatal(err)
		}
		if out, errs, status := command(t, "types", "--language", string(language)); out != string(want) || status != 0 {
			t.Errorf("%s: status %d, %s", language, status, errs)
		}
	}
	if out, errs, status := command(t, "types"); status != 2 || out != "" || !strings.Contains(errs, "want java, python, typescript or go") {
		t.Errorf("without a language: status %d, %q, %s", status, out, errs)
	}
}
