package bench

import "time"

// Run is one catching up, measured.
type Run struct {
	Events           int            `json:"events"`
	Customers        int            `json:"customers"` // who ordered
	Seconds          float64        `json:"seconds"`   // from the start of reading to the last change readable
	EventsPerSecond  float64        `json:"events_per_second"`
	Processes        map[string]Use `json:"processes"`
	BytesPerCustomer float64        `json:"bytes_per_customer,omitempty"` // in Redis, all keys
	SettleSeconds    float64        `json:"settle_seconds,omitempty"`     // more, until nothing was due
	Changes          int64          `json:"changes"`                      // readable by read_committed
	RestartSeconds   *float64       `json:"restart_seconds,omitempty"`    // from a restart to nine tenths of the speed before
	Course           []Point        `json:"course,omitempty"`
	Verified         *bool          `json:"verified,omitempty"` // nil: not asked
	Verdict          string         `json:"verdict,omitempty"`
	CoreSpeed        float64        `json:"core_nanoseconds"` // before the run: gauge.CoreSpeed
}

// Point is how far a run was at a time.
type Point struct {
	Seconds float64 `json:"seconds"`
	Applied int64   `json:"applied"` // events
	Outbox  int64   `json:"outbox"`  // commits whose changes were not published
}

// CPUSecondsPerMillion is what all processes used together.
func (r *Run) CPUSecondsPerMillion() (sum float64) {
	for _, use := range r.Processes {
		sum += use.CPUSecondsPerMillion
	}
	return sum
}

// OutboxPeak is the most commits that waited.
func (r *Run) OutboxPeak() (most int64) {
	for _, p := range r.Course {
		most = max(most, p.Outbox)
	}
	return most
}

// Finish fills in what follows from the time that a run took.
func (r *Run) Finish(took time.Duration) {
	r.Seconds = took.Seconds()
	r.EventsPerSecond = float64(r.Events) / r.Seconds
}
