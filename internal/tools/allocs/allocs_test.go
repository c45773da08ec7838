package main

import (
	"bytes"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const output = `goos: linux
pkg: example.org/a
cpu: some
BenchmarkDecode/order-2         	     100	       623.9 ns/op	 320.55 MB/s	      48 B/op	       4 allocs/op
BenchmarkApply/ten-orders-a-day 	     100	     14537 ns/op	     491 B/op	       0 allocs/op
BenchmarkWithoutAllocations-2   	     100	     14537 ns/op
PASS
ok  	example.org/a	1.0s
pkg: example.org/b
BenchmarkDecode/order-16        	     100	       600 ns/op	     900 B/op	     100 allocs/op
`

func TestParseAndFormat(t *testing.T) {
	costs, failed, err := Parse(strings.NewReader(output))
	if err != nil || failed {
		t.Fatalf("failed %v: %v", failed, err)
	}
	want := map[string]Cost{
		"example.org/a BenchmarkDecode/order":           {48, 4},
		"example.org/a BenchmarkApply/ten-orders-a-day": {491, 0},
		"example.org/b BenchmarkDecode/order":           {900, 100},
	}
	if !maps.Equal(costs, want) {
		t.Errorf("got %v, want %v", costs, want)
	}
	again, err := ParseBaseline(string(Format(costs)))
	if err != nil || !maps.Equal(again, want) {
		t.Errorf("written and read: %v, %v", again, err)
	}
	if _, failed, _ := Parse(strings.NewReader(output + "--- FAIL: BenchmarkOther\n")); !failed {
		t.Error("a failure is not seen")
	}
	for _, text := range []string{"a b 1\n", "a b 1 x\n", "a b 1 2 3\n"} {
		if _, err := ParseBaseline(text); err == nil {
			t.Errorf("%q is a baseline", text)
		}
	}
}

func TestWorse(t *testing.T) {
	for _, c := range []struct {
		want, got Cost
		worse     bool
	}{
		{Cost{0, 0}, Cost{0, 0}, false},
		{Cost{0, 0}, Cost{100, 0}, false}, // a buffer that grew once
		{Cost{0, 0}, Cost{8, 1}, true},
		{Cost{48, 4}, Cost{40, 3}, false},
		{Cost{48, 4}, Cost{48, 5}, true},
		{Cost{900, 100}, Cost{900, 105}, false},
		{Cost{900, 100}, Cost{900, 106}, true},
		{Cost{900, 1}, Cost{1400, 1}, false},
		{Cost{900, 1}, Cost{1500, 1}, true},
	} {
		if got := worse(c.want, c.got); got != c.worse {
			t.Errorf("from %+v to %+v: worse is %v", c.want, c.got, got)
		}
	}
}

func TestRun(t *testing.T) {
	baseline := filepath.Join(t.TempDir(), "baseline.txt")
	try := func(text string, update, whole bool) (int, string) {
		t.Helper()
		var out bytes.Buffer
		status, err := run(strings.NewReader(text), &out, baseline, update, whole)
		if err != nil {
			out.WriteString(err.Error())
		}
		return status, out.String()
	}
	if status, out := try(output, false, true); status == 0 {
		t.Errorf("without a baseline: %s", out)
	}
	if status, out := try(output, true, false); status != 0 {
		t.Errorf("update: %s", out)
	}
	if status, out := try(output, false, true); status != 0 || !strings.Contains(out, "3 benchmarks") {
		t.Errorf("the same: %d, %s", status, out)
	}
	if status, out := try(strings.ReplaceAll(output, "4 allocs", "6 allocs"), false, false); status != 1 || !strings.Contains(out, "WORSE: example.org/a BenchmarkDecode/order: 6 allocations") {
		t.Errorf("worse: %d, %s", status, out)
	}
	part, _, _ := strings.Cut(output, "PASS")
	if status, out := try(part, false, false); status != 0 {
		t.Errorf("a part: %s", out)
	}
	if status, out := try(part, false, true); status != 1 || !strings.Contains(out, "MISSING: example.org/b") {
		t.Errorf("a part for the whole: %s", out)
	}
	if status, _ := try("FAIL\n", true, false); status != 1 {
		t.Error("a failure becomes the baseline")
	}
	if text, _ := os.ReadFile(baseline); !strings.Contains(string(text), "example.org/a BenchmarkDecode/order 48 4\n") {
		t.Errorf("baseline %s", text)
	}
}
