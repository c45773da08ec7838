// Command allocs compares the allocations of benchmarks with a stored baseline.
//
//	go test -bench . -benchmem ─► output ─► Parse ─► Compare with the baseline ─► exit status 1
//	                                             └─► -update ─► the baseline
//
// It passes on what it reads. Time is not compared: machines differ, and shared ones differ
// from themselves. Instructions would not vary so, but counting them needs the processor's
// counters, which virtual machines rarely offer; CI's do not.
package main

import (
	"flag"
	"fmt"
	"io"
	"os"
)

func main() {
	update := flag.Bool("update", false, "write the baseline instead of comparing with it")
	whole := flag.Bool("whole", false, "fail if a benchmark of the baseline is missing")
	flag.Parse()
	if flag.NArg() != 1 {
		fmt.Fprintln(os.Stderr, "usage: go test -bench . -benchmem ... | allocs [-update] [-whole] BASELINE")
		os.Exit(2)
	}
	status, err := run(os.Stdin, os.Stdout, flag.Arg(0), *update, *whole)
	if err != nil {
		fmt.Fprintf(os.Stderr, "allocs: %v\n", err)
		status = 1
	}
	os.Exit(status)
}

func run(in io.Reader, out io.Writer, path string, update, whole bool) (status int, err error) {
	got, failed, err := Parse(io.TeeReader(in, out))
	if err != nil {
		return 1, err
	}
	if failed {
		return 1, fmt.Errorf("the benchmarks failed: see above")
	}
	if update {
		if err := os.WriteFile(path, Format(got), 0o644); err != nil {
			return 1, fmt.Errorf("write the baseline: %w", err)
		}
		return 0, nil
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return 1, fmt.Errorf("read the baseline: %w", err)
	}
	want, err := ParseBaseline(string(text))
	if err != nil {
		return 1, fmt.Errorf("read the baseline %s: %w", path, err)
	}
	findings := Compare(want, got, whole)
	for _, finding := range findings {
		fmt.Fprintln(out, finding)
	}
	if len(findings) > 0 {
		fmt.Fprintf(out, "FAIL: %d benchmarks are not as in %s; if that is meant: make bench-baseline\n", len(findings), path)
		return 1, nil
	}
	fmt.Fprintf(out, "allocations: %d benchmarks are as in %s, or better\n", len(got), path)
	return 0, nil
}
