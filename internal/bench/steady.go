package bench

import (
	"fmt"
	"strings"
)

// Steady is the latency at a steady rate: from when an order was due, not from when the
// producer came to make it, until a read_committed subscriber had its change.
type Steady struct {
	Name         string  `json:"name"`
	Rate         int     `json:"rate"`     // orders a second; 0: single orders on an idle system
	DueRate      float64 `json:"due_rate"` // customers a second whose due time fired beside them
	Orders       int     `json:"orders"`   // measured
	P50          float64 `json:"p50_ms"`
	P99          float64 `json:"p99_ms"`
	P999         float64 `json:"p999_ms"`
	Most         float64 `json:"max_ms"`
	ProducerLate float64 `json:"producer_late_ms"` // by how much the producer was late at most

	Processes map[string]Use `json:"processes,omitempty"`
	CoreSpeed float64        `json:"core_nanoseconds"`
}

func writeSteady(b *strings.Builder, steady []Steady) {
	if len(steady) == 0 {
		return
	}
	b.WriteString("\nLatency from when an order was due to its change read, ms\n\n")
	row(b, "", "orders/s", "due customers/s", "p50", "p99", "p99.9", "most", "CPU s per million orders", "core ns")
	row(b, strings.Split(strings.Repeat("---|", 8)+"---", "|")...)
	for _, s := range steady {
		rate, cpu := "single", 0.0
		if s.Rate > 0 {
			rate = thousands(float64(s.Rate))
		}
		for _, use := range s.Processes {
			cpu += use.CPUSecondsPerMillion
		}
		if s.Rate == 0 {
			cpu = 0 // mostly that of an idle system
		}
		row(b, s.Name, rate, count(s.DueRate), decimal(s.P50), decimal(s.P99), decimal(s.P999), decimal(s.Most), orNone(fmt.Sprintf("%.1f", cpu)), thousands(s.CoreSpeed))
	}
}
