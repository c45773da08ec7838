package architecture

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var (
	// linked is the target of a Markdown link into the repository.
	linked = regexp.MustCompile(`\]\(([^)\s#]+)(?:#[^)]*)?\)`)
	// quoted is a name in backticks.
	quoted = regexp.MustCompile("`([^`\n]+)`")
	// pathLike is a path below one of the top folders, or a Go file by its name alone.
	pathLike = regexp.MustCompile(`^(?:(?:clv|state|stream|internal|cmd|deploy|docs|scripts|findings|bench)(?:/[\w.*{},-]+)*/?|[\w]+\.go)$`)
)

// Every file and package that a document names is there. Documents rot where nobody
// is told.
func TestDocumentsNameWhatExists(t *testing.T) {
	root := moduleRoot(t)
	goFiles := map[string]bool{}
	var documents []string
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && strings.HasPrefix(d.Name(), ".") && path != root:
			return filepath.SkipDir
		case strings.HasSuffix(path, ".go"):
			goFiles[d.Name()] = true
		case strings.HasSuffix(path, ".md") && d.Name() != "CHANGELOG.md": // which tells of what was
			documents = append(documents, path)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, document := range documents {
		text, err := os.ReadFile(document)
		if err != nil {
			t.Fatal(err)
		}
		for _, link := range linked.FindAllStringSubmatch(string(text), -1) {
			if !strings.Contains(link[1], ":") && !exists(filepath.Join(filepath.Dir(document), link[1])) {
				t.Errorf("%s links to %s, which is not there", document, link[1])
			}
		}
		for _, name := range pathsIn(string(text)) {
			if strings.Contains(name, "/") || !strings.HasSuffix(name, ".go") {
				if !exists(filepath.Join(root, name)) {
					t.Errorf("%s names %s, which is not there", document, name)
				}
			} else if !goFiles[name] {
				t.Errorf("%s names the file %s, and no file is called so", document, name)
			}
		}
	}
	if len(documents) < 10 {
		t.Errorf("found %d documents: have they moved?", len(documents))
	}
}

// pathsIn lists the paths that a document names, with {a,b} written out. Names with
// a * in them are patterns, and left out.
func pathsIn(text string) (paths []string) {
	for _, name := range quoted.FindAllStringSubmatch(text, -1) {
		path, _, _ := strings.Cut(name[1], ":")
		if pathLike.MatchString(path) && !strings.Contains(path, "*") {
			paths = append(paths, braces(path)...)
		}
	}
	return paths
}

// braces expands a{b,c}d.
func braces(path string) []string {
	before, rest, found := strings.Cut(path, "{")
	inside, after, closed := strings.Cut(rest, "}")
	if !found || !closed {
		return []string{path}
	}
	var all []string
	for one := range strings.SplitSeq(inside, ",") {
		all = append(all, braces(before+one+after)...)
	}
	return all
}

func TestPathsAreSeen(t *testing.T) {
	const text = "See `clv/fit`, `state/commit.go`, `gather.go`, `state/{a,b}.go`, `stream/fetch*.go`, `clv.changes` and `order.placed`."
	want := []string{"clv/fit", "state/commit.go", "gather.go", "state/a.go", "state/b.go"}
	if got := pathsIn(text); !slices.Equal(got, want) {
		t.Errorf("found %q, want %q", got, want)
	}
}

// exists reports whether a path is there. Reading its folder makes go test notice
// when that changes.
func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

func moduleRoot(t *testing.T) string {
	t.Helper()
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	if !exists(filepath.Join(root, "go.mod")) {
		t.Fatalf("%s has no go.mod: has this test moved?", root)
	}
	return root
}
