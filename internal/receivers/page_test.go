package receivers

import (
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the files that docs/receivers.md shows into it anew")

const pagePath = "../../docs/receivers.md"

// fileShown is a mark for a file, and what stands behind it.
var fileShown = regexp.MustCompile("(?s)<!-- file: (\\S+) -->\n(?:```\\w*\n.*?\n```\n)?")

// The page shows the files that the tests run.
func TestGeneratedPage(t *testing.T) {
	page, err := os.ReadFile(pagePath)
	if err != nil {
		t.Fatal(err)
	}
	files := 0
	want := fileShown.ReplaceAllStringFunc(string(page), func(part string) string {
		mark, _, _ := strings.Cut(part, "\n")
		name := fileShown.FindStringSubmatch(part)[1]
		text, err := os.ReadFile(filepath.Join(filepath.Dir(pagePath), name))
		if err != nil {
			t.Fatal(err)
		}
		files++
		return mark + "\n```" + languages[filepath.Ext(name)] + "\n" + string(text) + "```\n"
	})
	if files != 6 {
		t.Errorf("the page shows %d files", files)
	}
	if *update {
		if err := os.WriteFile(pagePath, []byte(want), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	if want != string(page) {
		t.Errorf("%s is out of date: run make generate", pagePath)
	}
}

var languages = map[string]string{".java": "java", ".py": "python", ".mjs": "javascript", ".go": "go"}
