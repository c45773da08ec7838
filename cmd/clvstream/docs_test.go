package main

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"testing"
)

var yamlBlock = regexp.MustCompile("(?s)```yaml\n(.*?)```")

// documentedCases are test cases beside the mapping that docs/mapping.md shows first.
func documentedCases(t *testing.T, cases []byte) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "shop_test.yaml")
	for name, text := range map[string][]byte{path: cases, filepath.Join(filepath.Dir(path), "shop.yaml"): []byte("preset: shopify\nrecords: {topics: [shop.webhooks]}\n")} {
		if err := os.WriteFile(name, text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return path
}

// Every configuration that the documentation shows is one, filters included, every mapping is
// one, and every scenario and test case holds.
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
			switch {
			case page == "docs/scenarios.md":
				args = []string{"scenario", path}
			case page == "docs/mapping.md" && bytes.HasPrefix(block[1], []byte("cases:")):
				args = []string{"test", documentedCases(t, block[1])}
			case page == "docs/mapping.md", page == "docs/registry.md":
				args = []string{"lint", path}
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
