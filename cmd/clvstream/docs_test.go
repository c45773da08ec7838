package main

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"
)

var yamlBlock = regexp.MustCompile("(?s)```yaml\n(.*?)```")

// Every configuration that the documentation shows is one, filters included, and every
// scenario holds.
func TestDocumentedConfigurationsAreAllowed(t *testing.T) {
	t.Chdir("../..") // paths in them are the repository's
	pages, err := filepath.Glob("docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, page := range append(pages, "README.md") {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		if page == "docs/models.md" || page == "docs/configuration.md" { // show a model file, and secrets of another place
			continue
		}
		for _, block := range yamlBlock.FindAllSubmatch(text, -1) {
			found++
			path := filepath.Join(t.TempDir(), "clvstream.yaml")
			if err := os.WriteFile(path, block[1], 0o600); err != nil {
				t.Fatal(err)
			}
			args := []string{"config", "--config", path}
			if page == "docs/scenarios.md" {
				args = []string{"scenario", path}
			}
			if out, errs, status := command(t, args...); status != 0 {
				t.Errorf("%s shows what is refused:\n%s\n%s%s", page, block[1], out, errs)
			}
		}
	}
	if found < 9 {
		t.Errorf("found %d configurations: the pages are written otherwise", found)
	}
}
