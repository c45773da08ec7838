package main

import (
	"bufio"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Cost is what one iteration of a benchmark allocates.
type Cost struct {
	Bytes  int64
	Allocs int64
}

// processors is the suffix of a benchmark's name that says how many there were.
var processors = regexp.MustCompile(`-\d+$`)

// Parse reads what go test prints: costs by package and benchmark. failed says that a
// package did not pass.
func Parse(in io.Reader) (costs map[string]Cost, failed bool, err error) {
	costs = map[string]Cost{}
	pkg := ""
	for lines := bufio.NewScanner(in); ; {
		if !lines.Scan() {
			return costs, failed, lines.Err()
		}
		line := lines.Text()
		if name, found := strings.CutPrefix(line, "pkg: "); found {
			pkg = name
		}
		if strings.HasPrefix(line, "FAIL") || strings.HasPrefix(line, "--- FAIL") {
			failed = true
		}
		if name, cost, ok := parseLine(line); ok {
			costs[pkg+" "+name] = cost
		}
	}
}

// parseLine reads one benchmark's line; one without allocations is none.
func parseLine(line string) (name string, cost Cost, ok bool) {
	words := strings.Fields(line)
	if len(words) < 2 || !strings.HasPrefix(words[0], "Benchmark") {
		return "", Cost{}, false
	}
	found := 0
	for i, unit := range words[2:] {
		at := map[string]*int64{"B/op": &cost.Bytes, "allocs/op": &cost.Allocs}[unit]
		if at == nil {
			continue
		}
		n, err := strconv.ParseInt(words[i+1], 10, 64)
		if err != nil {
			return "", Cost{}, false
		}
		*at = n
		found++
	}
	return processors.ReplaceAllString(words[0], ""), cost, found == 2
}

const header = "# Package, benchmark, bytes and allocations of an iteration. Written by: make bench-baseline\n"

// Format is the baseline's text.
func Format(costs map[string]Cost) []byte {
	text := header
	for _, name := range slices.Sorted(maps.Keys(costs)) {
		text += fmt.Sprintf("%s %d %d\n", name, costs[name].Bytes, costs[name].Allocs)
	}
	return []byte(text)
}

// ParseBaseline is the inverse of Format.
func ParseBaseline(text string) (map[string]Cost, error) {
	costs := map[string]Cost{}
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		words := strings.Fields(line)
		if len(words) != 4 {
			return nil, fmt.Errorf("line %q: want package, benchmark, bytes, allocations", strings.TrimSpace(line))
		}
		bytes, errBytes := strconv.ParseInt(words[2], 10, 64)
		allocs, errAllocs := strconv.ParseInt(words[3], 10, 64)
		if errBytes != nil || errAllocs != nil {
			return nil, fmt.Errorf("line %q: bytes and allocations must be numbers", strings.TrimSpace(line))
		}
		costs[words[0]+" "+words[1]] = Cost{bytes, allocs}
	}
	return costs, nil
}
