package testbed

import (
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/clvstream/clvstream/internal/subprocess"
)

// BuildPrograms compiles the three programs as they are shipped, or with
// more flags of go build, and returns their directory.
func BuildPrograms(tb testing.TB, flags ...string) (directory string) {
	tb.Helper()
	return buildPrograms(tb, "", flags...)
}

// BuildProgramsOf compiles them as they were at a commit of this repository's history
// and returns their directory. Where that does not reach back to the commit, the test is
// left out.
func BuildProgramsOf(tb testing.TB, commit string) (directory string) {
	tb.Helper()
	need(tb, lookCommit(commit))
	sources := tb.TempDir()
	const extract = `git -C "$(git rev-parse --show-toplevel)" archive "$1" | tar -x -C "$2"`
	if out, err := exec.Command("sh", "-c", extract, "sh", commit, sources).CombinedOutput(); err != nil {
		tb.Fatalf("extract commit %s: %v\n%s", commit, err, out)
	}
	return buildPrograms(tb, sources)
}

// buildPrograms compiles them from the module in a directory, or from this one.
func buildPrograms(tb testing.TB, sources string, flags ...string) (directory string) {
	tb.Helper()
	directory = tb.TempDir()
	const commands = "github.com/clvstream/clvstream/cmd/"
	arguments := append([]string{"build", "-o", directory}, flags...)
	build := exec.Command("go", append(arguments, commands+"...")...)
	build.Dir = sources
	if out, err := build.CombinedOutput(); err != nil {
		tb.Fatalf("build the programs: %v\n%s", err, out)
	}
	return directory
}

// StartProgram runs a program until stop asks it to end in order (SIGTERM), and no longer
// than this test or this process. No variable of the environment is a setting of it. One
// that ends by itself, or with another status than 0, fails the test.
func StartProgram(tb testing.TB, argv ...string) (stop func()) {
	tb.Helper()
	dir := tb.TempDir()
	log := filepath.Join(dir, "log")
	p, err := subprocess.Start(argv, []string{}, dir, log)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		p.Kill()
		if tb.Failed() {
			tb.Logf("end of the log of %s:\n%s", filepath.Base(argv[0]), tail(log))
		}
	})
	return func() {
		tb.Helper()
		if !p.Running() {
			tb.Errorf("%s ended by itself", argv[0])
		}
		if err := p.Stop(); err != nil {
			tb.Errorf("%s: %v\n%s", argv[0], err, tail(log))
		}
	}
}
