package architecture

import (
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"
)

const module = "github.com/clvstream/clvstream"

// pkg is what `go list` says of a package.
type pkg struct {
	ImportPath string
	Dir        string
	GoFiles    []string // without tests
	Imports    []string // of those files
	Deps       []string // all that those files bring along
}

// layer is the part of the design that a package belongs to, and "" outside.
func (p pkg) layer() string { return layerOf(p.ImportPath) }

func layerOf(importPath string) string {
	inside, ok := strings.CutPrefix(importPath, module+"/")
	if !ok {
		return ""
	}
	layer, _, _ := strings.Cut(inside, "/")
	return layer
}

// listModule lists the packages of this module. It reads their directories as
// well, without which go test would not notice that its cached answer is old.
func listModule(t *testing.T) []pkg {
	t.Helper()
	list := exec.Command("go", "list", "-e", "-json=ImportPath,Dir,GoFiles,Imports,Deps", module+"/...")
	list.Stderr = os.Stderr
	out, err := list.Output()
	if err != nil {
		t.Fatalf("list packages: %v", err)
	}
	var packages []pkg
	for decoder := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p pkg
		err := decoder.Decode(&p)
		if errors.Is(err, io.EOF) {
			return packages
		}
		if err != nil {
			t.Fatalf("read the list of packages: %v", err)
		}
		if _, err := os.ReadDir(p.Dir); err != nil {
			t.Fatalf("read %s: %v", p.ImportPath, err)
		}
		packages = append(packages, p)
	}
}

// within reports whether an import path is one of roots or below one.
func within(importPath string, roots ...string) bool {
	for _, root := range roots {
		if importPath == root || strings.HasPrefix(importPath, root+"/") {
			return true
		}
	}
	return false
}
