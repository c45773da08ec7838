package testbed

import (
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
)

// BuildPrograms compiles the consumer and the publisher as they are shipped and returns
// their directory.
func BuildPrograms(tb testing.TB) (directory string) {
	tb.Helper()
	directory = tb.TempDir()
	const commands = "github.com/clvstream/clvstream/cmd/"
	if out, err := exec.Command("go", "build", "-o", directory, commands+"consumer", commands+"publisher").CombinedOutput(); err != nil {
		tb.Fatalf("build the programs: %v\n%s", err, out)
	}
	return directory
}

// StartProgram runs a program until stop asks it to end in order (SIGTERM), and no longer
// than this test or this process. No variable of the environment is a setting of it. One
// that ends with another status than 0 when it is stopped fails the test.
func StartProgram(tb testing.TB, argv ...string) (stop func()) {
	tb.Helper()
	dir := tb.TempDir()
	log := filepath.Join(dir, "log")
	p, err := startProcess(append([]string{"env", "-i"}, argv...), dir, log)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		p.signal(syscall.SIGKILL)
		<-p.exited
	})
	return func() {
		tb.Helper()
		p.signal(syscall.SIGTERM)
		<-p.exited
		if p.result != nil {
			tb.Errorf("%s: %v\n%s", argv[0], p.result, tail(log))
		}
	}
}
