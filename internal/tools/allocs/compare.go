package main

import (
	"fmt"
	"maps"
	"slices"
)

// A clear regression is one allocation more where there are few, or a twentieth more where
// there are many; and half as many bytes again. Buffers that grow once make less of both,
// the more iterations there are.
func worse(want, got Cost) bool {
	return got.Allocs > want.Allocs+want.Allocs/20 || got.Bytes > want.Bytes+want.Bytes/2+128
}

// Compare lists what is worse than the baseline; with whole also what only one of the two
// has.
func Compare(want, got map[string]Cost, whole bool) (findings []string) {
	for _, name := range slices.Sorted(maps.Keys(got)) {
		was, known := want[name]
		now := got[name]
		if known && worse(was, now) {
			findings = append(findings, fmt.Sprintf("WORSE: %s: %d allocations and %d bytes, were %d and %d", name, now.Allocs, now.Bytes, was.Allocs, was.Bytes))
		}
		if !known && whole {
			findings = append(findings, fmt.Sprintf("NEW: %s is not in the baseline", name))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(want)) {
		if _, ran := got[name]; !ran && whole {
			findings = append(findings, fmt.Sprintf("MISSING: %s did not run", name))
		}
	}
	return findings
}
