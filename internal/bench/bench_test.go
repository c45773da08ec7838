package bench

import (
	"math"
	"testing"
	"time"
)

func TestParseUsedMemory(t *testing.T) {
	for info, want := range map[string]int64{
		"# Memory\r\nused_memory:1048576\r\nused_memory_human:1.00M\r\nused_memory_rss:2000000\r\n": 1 << 20,
		"# Clients\r\nconnected_clients:1\r\n":                                                      0,
	} {
		if got, err := parseUsedMemory(info); got != want || err != nil {
			t.Errorf("%q: %d, %v; want %d", info, got, err, want)
		}
	}
	if _, err := parseUsedMemory("used_memory:much\r\n"); err == nil {
		t.Error("a memory that is no number is read")
	}
}

func TestOrderNumber(t *testing.T) {
	for change, want := range map[string]int{
		`{"cause":{"event_id":"e-000000000042","type":"order.placed"}}`: 42,
		`{"cause":{"event_id":"c-1:5"}}`:                                -1,
		`{"cause":{"event_id":"e-`:                                      -1,
		`{"cause":{"event_id":"e-x"}}`:                                  -1,
		`{}`:                                                            -1,
	} {
		got, ok := orderNumber([]byte(change))
		if ok != (want >= 0) || ok && got != want {
			t.Errorf("%s: %d, %v; want %d", change, got, ok, want)
		}
	}
}

// A producer that is late must not hide that the system was: an order counts from when it
// was due.
func TestOrdersAreDueAtTheRate(t *testing.T) {
	begin := time.Unix(1000, 0)
	if got := due(begin, 20_000, 30_000).Sub(begin); got != 1500*time.Millisecond {
		t.Errorf("order 30,000 at 20,000 a second is due after %s", got)
	}
}

func TestRecovery(t *testing.T) {
	var course []Point
	for at, applied := 0.0, 0.0; at <= 20; at += 0.25 {
		course = append(course, Point{Seconds: at, Applied: int64(applied)})
		switch {
		case at < 10 || at >= 15: // full speed
			applied += 250
		case at >= 12: // slow after the restart
			applied += 100
		}
	}
	if got, ok := Recovery(course, 10, 12); !ok || math.Abs(got-3) > 0.26 {
		t.Errorf("recovered %v s after the restart (%v), want 3", got, ok)
	}
	if got, ok := Recovery(course[:56], 10, 12); ok {
		t.Errorf("a run that ends slowly has recovered after %v s", got)
	}
}

func TestUseIsWhatCameAfterTheFirstReading(t *testing.T) {
	before := Reading{"redis": {Known: true, CPUSeconds: 10, PeakMiB: 5}}
	now := Reading{"redis": {Known: true, CPUSeconds: 14, PeakMiB: 7}, "consumer": {Known: true, CPUSeconds: 3}}
	uses := now.Since(before, 2_000_000)
	if len(uses) != 1 || uses["redis"] != (Use{CPUSecondsPerMillion: 2, PeakMiB: 7}) {
		t.Errorf("used %+v", uses)
	}
}
