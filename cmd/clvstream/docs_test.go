package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var yamlBlock = regexp.MustCompile("(?s)```yaml\n(.*?)```")

// Every configuration that the documentation shows is one, filters included, every mapping is
// one, and every scenario and test case holds.
func TestDocumentedConfigurationsAreAllowed(t *testing.T) {
	t.Chdir("../..") // paths in them are the repository's
	for _, name := range []string{"CRM_WEBHOOK_SECRET", "CRM_WEBHOOK_SECRET_BEFORE", "ERP_WEBHOOK_SECRET"} {
		t.Setenv(name, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
	}
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
			switch page {
			case "docs/scenarios.md":
				args = []string{"scenario", path}
			case "docs/mapping.md", "docs/registry.md":
				args = mappingArgs(t, path, string(block[1]))
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

// mappingArgs checks a mapping, a part of one, or the cases beside one with preset shopify.
func mappingArgs(t *testing.T, path, block string) []string {
	t.Helper()
	write := func(path, text string) string {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	const head = "records: {topics: [t]}\n"
	switch {
	case strings.HasPrefix(block, "cases:"):
		write(filepath.Join(filepath.Dir(path), "shop.yaml"), head+"preset: shopify\n")
		return []string{"test", write(filepath.Join(filepath.Dir(path), "shop_test.yaml"), block)}
	case strings.HasPrefix(block, "fields:"):
		block = head + "rules:\n- events:\n  - type: order.placed\n    " + strings.ReplaceAll(block, "\n", "\n    ")
	case !strings.Contains(block, "records:"):
		block = head + block
	}
	return []string{"lint", write(path, block)}
}
