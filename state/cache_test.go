package state

import (
	"fmt"
	"strings"
	"testing"
)

func TestCacheCountsLargeCustomersAsSeveral(t *testing.T) {
	const most = 100
	small, large := strings.Repeat("s", cachedBytes/2), strings.Repeat("l", 10*cachedBytes)
	for name, c := range map[string]struct {
		stored      string
		least, most int // customers that are left
	}{
		"small ones": {small, most * 9 / 10, most},
		"none":       {"", most * 9 / 10, most},
		"large ones": {large, most/10*9/10 - 1, most / 10},
	} {
		t.Run(name, func(t *testing.T) {
			kept := newCache()
			for i := range 10 * most {
				kept.put(fmt.Sprint("c", i), small) // who is put again counts once
				kept.put(fmt.Sprint("c", i), c.stored)
				kept.trim(most)
			}
			if left := len(kept.stored); left < c.least || left > c.most {
				t.Errorf("%d customers are left, want %d to %d", left, c.least, c.most)
			}
			kept.trim(0)
			if len(kept.stored) != 0 || kept.bytes != 0 {
				t.Errorf("%d customers of %d bytes are left of none", len(kept.stored), kept.bytes)
			}
		})
	}
}
