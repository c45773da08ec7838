package config

import (
	"slices"
	"strings"
)

// nearest is the known name that was probably meant by one that is not known,
// or "" when none is near: at most a third of the letters, and never fewer than
// two, may differ.
func nearest(given string, known []string) string {
	const longest = 100 // the distance costs the product of the lengths
	if len(given) > longest {
		return ""
	}
	best, least := "", max(2, len(given)/3)+1
	for _, name := range known {
		if d := editDistance(strings.ToLower(given), strings.ToLower(name)); d < least {
			best, least = name, d
		}
	}
	return best
}

// nearestKey looks for a mistyped key among its neighbours first, then for the
// same name in another section, then among all keys.
func nearestKey(section, name string, neighbours, all []string) string {
	if near := nearest(name, neighbours); near != "" {
		return join(section, near)
	}
	if at := slices.IndexFunc(all, func(key string) bool { return lastPart(key) == name }); at >= 0 {
		return all[at]
	}
	return nearest(join(section, name), all)
}

// editDistance is Levenshtein's: insertions, deletions and substitutions.
func editDistance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, diagonal+1)
		}
	}
	return row[len(b)]
}

// join makes a key of a section and a name in it.
func join(section, name string) string {
	if section == "" {
		return name
	}
	return section + "." + name
}

// lastPart is a key without its sections.
func lastPart(key string) string { return key[strings.LastIndexByte(key, '.')+1:] }

// sectionOf is the section that a key stands in.
func sectionOf(key string) string { return key[:max(0, strings.LastIndexByte(key, '.'))] }
