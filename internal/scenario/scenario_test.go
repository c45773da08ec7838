package scenario

import (
	"errors"
	"flag"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
)

var only = flag.String("scenario", "testdata/*.yaml", "the files to run, a pattern")

func TestMain(m *testing.M) {
	slog.SetDefault(slog.New(slog.DiscardHandler)) // consumers and publishers come and go
	os.Exit(m.Run())
}

// Each file holds in the fold, in verify's naive code and in the whole system. One that is
// marked with `fails` does not, and says so until somebody makes it hold.
func TestScenarios(t *testing.T) {
	paths, err := filepath.Glob(*only)
	if err != nil || len(paths) == 0 {
		t.Fatalf("no file matches %s: %v", *only, err)
	}
	for _, path := range paths {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".yaml"), func(t *testing.T) {
			t.Parallel()
			f, err := ReadFile(path)
			if refused := (*SettingsError)(nil); errors.As(err, &refused) && refused.Fails != "" {
				t.Logf("misses as marked: %v", err)
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			found := differences(t, f)
			switch {
			case f.Fails == "":
				for _, d := range found {
					t.Error(d)
				}
			case len(found) == 0 && testing.Short() && len(f.Ways) > 1: // it may miss in a way that was left out
			case len(found) == 0:
				t.Errorf("it holds now: take `fails: %s` out of %s", f.Fails, path)
			default:
				for _, d := range found {
					t.Logf("misses as marked: %s", d)
				}
			}
		})
	}
}

// differences are those of every run of a file.
func differences(t *testing.T, f *File) []Difference {
	t.Helper()
	found, err := f.Pure()
	if err != nil {
		t.Fatal(err)
	}
	for i, way := range f.Ways {
		if testing.Short() && i > 0 {
			break
		}
		steps := way.Steps(f)
		t.Run(string(way), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				found = append(found, f.Differences(steps, runWhole(t, f, way, steps))...)
			})
		})
	}
	return found
}
