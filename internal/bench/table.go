package bench

import (
	"fmt"
	"io"
	"math"
	"strings"
)

// reported are the processes of the table, in its order.
var reported = []string{ApplicationProcess, ConsumerProcess, PublisherProcess, RedisProcess, KafkaProcess}

// WriteMarkdown writes the report's tables.
func (r *Report) WriteMarkdown(w io.Writer) error {
	var b strings.Builder
	if len(r.Arms) > 0 {
		fmt.Fprintf(&b, "%s: %s events, %d partitions, %d cores", r.Workload, thousands(float64(r.Events)), r.Partitions, r.Cores)
		if r.Stored > 0 {
			fmt.Fprintf(&b, ", %s customers stored before", thousands(float64(r.Stored)))
		}
		fmt.Fprintf(&b, "; medians of %d\n\n", len(r.Arms[0].Runs))
		row(&b, append([]string{"", "events/s", "ratio", "CPU s per million"}, append(reported, "peak MiB", "bytes a customer", "most in outbox", "due times s", "verify", "core ns")...)...)
		row(&b, strings.Split(strings.Repeat("---|", 4+len(reported)+5)+"---", "|")...)
		for i := range r.Arms {
			r.armRow(&b, i)
		}
	}
	writeSteady(&b, r.Steady)
	_, err := io.WriteString(w, b.String())
	return err
}

func (r *Report) armRow(b *strings.Builder, i int) {
	m, base := r.Arms[i].Median(), r.Arms[0].Median()
	cells := []string{
		r.Arms[i].Name, thousands(m.EventsPerSecond),
		fmt.Sprintf("%.2f", m.EventsPerSecond/base.EventsPerSecond), decimal(m.CPUSecondsPerMillion()),
	}
	var peaks []string
	for _, name := range reported {
		use, measured := m.Processes[name]
		if !measured {
			cells = append(cells, none)
			continue
		}
		cells = append(cells, decimal(use.CPUSecondsPerMillion))
		peaks = append(peaks, fmt.Sprintf("%.0f", use.PeakMiB))
	}
	verdict := m.Verdict
	if m.Verified != nil && !*m.Verified {
		verdict = "**not verified**"
	}
	row(b, append(cells, orNone(strings.Join(peaks, ", ")), count(m.BytesPerCustomer), count(float64(m.OutboxPeak())), count(m.SettleSeconds), orNone(verdict), thousands(m.CoreSpeed))...)
}

// none stands where there is no figure.
const none = "–"

func row(b *strings.Builder, cells ...string) {
	b.WriteString("| " + strings.Join(cells, " | ") + " |\n")
}

func orNone(text string) string {
	if text == "" {
		return none
	}
	return text
}

func decimal(x float64) string {
	if math.IsNaN(x) {
		return none
	}
	return fmt.Sprintf("%.1f", x)
}

// count is a number above 0.
func count(x float64) string {
	if !(x > 0) {
		return none
	}
	return thousands(x)
}

// thousands is a whole number in groups of three digits.
func thousands(x float64) string {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return none
	}
	digits := fmt.Sprintf("%.0f", x)
	for i := len(digits) - 3; i > 0 && digits[i-1] != '-'; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}

func writeSteady(b *strings.Builder, steady []Steady) {
	if len(steady) == 0 {
		return
	}
	b.WriteString("\nlatency from when an order was due to its change read, ms\n\n")
	row(b, "", "orders/s", "due customers/s", "p50", "p99", "p99.9", "most", "producer late", "CPU s per million", "core ns")
	row(b, strings.Split(strings.Repeat("---|", 9)+"---", "|")...)
	for i := range steady {
		s := &steady[i]
		rate, cpu := "single", none // what an idle system uses is no order's
		if s.Rate > 0 {
			sum := 0.0
			for _, use := range s.Processes {
				sum += use.CPUSecondsPerMillion
			}
			rate, cpu = thousands(float64(s.Rate)), decimal(sum)
		}
		row(b, s.Name, rate, count(s.DueRate), decimal(s.P50), decimal(s.P99), decimal(s.P999), decimal(s.Most), decimal(s.ProducerLate), cpu, thousands(s.CoreSpeed))
	}
}
