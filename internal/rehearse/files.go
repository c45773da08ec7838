package rehearse

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/clvstream/clvstream/stream/mapping"
	"github.com/clvstream/clvstream/stream/registry"
)

// MappingFiles are the mapping files among paths and in folders: those that hold no test cases.
func MappingFiles(paths []string) ([]string, error) {
	files, err := filesOf(paths, func(name string, inFolder bool) bool {
		return !strings.HasSuffix(name, TestSuffix) && (!inFolder || filepath.Ext(name) == ".yaml")
	})
	switch {
	case err != nil:
		return nil, fmt.Errorf("find mappings: %w", err)
	case len(files) == 0:
		return nil, fmt.Errorf("there are no mapping files in %s", strings.Join(paths, ", "))
	}
	return files, nil
}

// filesOf are the files that are named, and those in folders, that are wanted.
func filesOf(paths []string, wanted func(name string, inFolder bool) bool) (files []string, err error) {
	for _, path := range paths {
		err := filepath.WalkDir(path, func(name string, entry fs.DirEntry, err error) error {
			if err == nil && !entry.IsDir() && wanted(name, name != path) {
				files = append(files, name)
			}
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return files, nil
}

// ReadMapping reads a mapping file.
func ReadMapping(file string) (*mapping.Mapping, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("read mapping: %w", err)
	}
	m, err := mapping.Parse(file, text)
	if err == nil {
		err = registry.Check(m)
	}
	return m, err
}
