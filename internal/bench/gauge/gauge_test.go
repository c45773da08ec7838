package gauge

import (
	"math"
	"os"
	"runtime"
	"testing"
)

func TestParseStat(t *testing.T) {
	const rest = " S 1 2 3 0 -1 4194560 900 0 0 0 150 25 7 8 20 0 12 0 100 1000000 500"
	for _, c := range []struct {
		text string
		want float64
		ok   bool
	}{
		{"42 (redis-server)" + rest, 1.75, true},
		{"42 (a name) with) spaces)" + rest, 1.75, true},
		{"42 (short) S 1 2 3", 0, false},
		{"42 (odd) S 1 2 3 0 -1 4194560 900 0 0 0 x 25", 0.25, false},
		{"", 0, false},
	} {
		if got, ok := parseStat(c.text); got != c.want || ok != c.ok {
			t.Errorf("%q: %v, %v; want %v, %v", c.text, got, ok, c.want, c.ok)
		}
	}
}

func TestParseStatus(t *testing.T) {
	for text, want := range map[string]float64{
		"Name:\tjava\nVmPeak:\t 9000 kB\nVmHWM:\t  2048 kB\nVmRSS:\t 1024 kB\n": 2,
		"Name:\tkthread\n": 0,
		"VmHWM:\tmuch kB":  0,
	} {
		if got, ok := parseStatus(text); got != want || ok != (want > 0) {
			t.Errorf("%q: %v, %v; want %v", text, got, ok, want)
		}
	}
}

func TestReadOneself(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("needs /proc")
	}
	if u := Read(os.Getpid()); !u.Known || u.PeakMiB < 1 {
		t.Errorf("read %+v", u)
	}
	if u := Read(1 << 30); u.Known {
		t.Errorf("a process that is not there is known: %+v", u)
	}
}

func TestPercentile(t *testing.T) {
	hundred := make([]float64, 100)
	for i := range hundred {
		hundred[i] = float64(i + 1)
	}
	for share, want := range map[float64]float64{0: 1, 0.5: 50, 0.99: 99, 0.999: 100, 1: 100} {
		if got := Percentile(hundred, share); got != want {
			t.Errorf("share %v: %v, want %v", share, got, want)
		}
	}
	if got := Percentile(nil, 0.5); !math.IsNaN(got) {
		t.Errorf("of nothing: %v", got)
	}
}

func TestMedian(t *testing.T) {
	if got := Median(3, 1, 2); got != 2 {
		t.Errorf("of three: %v", got)
	}
	if got := Median(4, 1, 2, 3); got != 2.5 {
		t.Errorf("of four: %v", got)
	}
	if got := Median(); !math.IsNaN(got) {
		t.Errorf("of none: %v", got)
	}
}
