package testbed

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// receiverPins say which packages the install script fetches: the same files stand beside
// what it installed.
var receiverPins = []string{"requirements.txt", "package-lock.json"}

// Receivers are the libraries that read what is published, as others use them.
type Receivers struct {
	programs string // Python's environment: python, node and what packages bring
	packages string // of Node.js
}

// FindReceivers finds them in the versions that scripts/receivers names.
func FindReceivers(t testing.TB) *Receivers {
	t.Helper()
	skipShort(t)
	r, err := lookReceivers()
	need(t, err)
	return r
}

func lookReceivers() (*Receivers, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return nil, fmt.Errorf("find receivers: %w", err)
	}
	module, err := exec.Command("go", "env", "GOMOD").Output()
	if err != nil {
		return nil, fmt.Errorf("find receivers: %w", err)
	}
	pins := filepath.Join(filepath.Dir(strings.TrimSpace(string(module))), "scripts", "receivers")
	home := filepath.Join(cache, "clvstream", "receivers")
	for _, name := range receiverPins {
		want, err := os.ReadFile(filepath.Join(pins, name))
		if err != nil {
			return nil, fmt.Errorf("find receivers: %w", err)
		}
		installed, err := os.ReadFile(filepath.Join(home, "complete", name))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("find receivers: %w", err)
		}
		if !bytes.Equal(installed, want) {
			return nil, &missingError{part: "receivers", want: "receivers as " + name + " pins them"}
		}
	}
	return &Receivers{programs: filepath.Join(home, "python", "bin"), packages: filepath.Join(home, "node", "node_modules")}, nil
}

// Run runs one of their programs (python, node, or what a package brings) to its end and
// returns what it prints. Anything but success fails the test, with what it complains of.
func (r *Receivers) Run(t testing.TB, program string, arguments ...string) []byte {
	t.Helper()
	command := exec.CommandContext(t.Context(), r.find(program), arguments...)
	command.Dir = t.TempDir()
	// Nothing of what this machine has beside them is seen.
	command.Env = []string{"PATH=" + r.programs, "HOME=" + command.Dir, "NODE_PATH=" + r.packages, "LC_ALL=C.UTF-8", "TZ=UTC"}
	var complaint bytes.Buffer
	command.Stderr = &complaint
	out, err := command.Output()
	if err != nil {
		t.Fatalf("run %s %s: %v\n%s%s", program, strings.Join(arguments, " "), err, complaint.Bytes(), out)
	}
	return out
}

// find is a program of a Node.js package, or else one of the environment.
func (r *Receivers) find(program string) string {
	path := filepath.Join(r.packages, ".bin", program)
	if _, err := os.Stat(path); err == nil {
		return path
	}
	return filepath.Join(r.programs, program)
}
