package demo

import (
	"fmt"
	"io"
	"time"

	"github.com/clvstream/clvstream/internal/dataset"
	"github.com/clvstream/clvstream/internal/verify"
)

// Summary is what a run comes to.
type Summary struct {
	Events          int64   `json:"events"`
	Customers       int64   `json:"customers"`
	PurchaseDays    int64   `json:"purchase_days"`
	RepeatPurchases int64   `json:"repeat_purchases"`
	RevenueMinor    int64   `json:"revenue_minor"`
	Changes         int64   `json:"changes"`     // that events caused
	DueChanges      int64   `json:"due_changes"` // that time caused
	DeadLetters     int64   `json:"dead_letters"`
	Duplicates      int64   `json:"duplicates"`
	Lost            int64   `json:"lost"`
	Verified        bool    `json:"verified"`
	Seconds         float64 `json:"seconds"`
	EventsPerSecond float64 `json:"events_per_second"`

	File *dataset.Summary `json:"file,omitempty"` // what became of the rows of a file

	text string
}

// Summarise holds a verified run against what was published. It is verified only if all of
// that is in the log.
func Summarise(r verify.Report, published int64, took time.Duration) Summary {
	s := Summary{
		Events: r.Events, Customers: r.Customers, PurchaseDays: r.PurchaseDays, RepeatPurchases: r.RepeatPurchases,
		RevenueMinor: r.RevenueMinor, Changes: r.Changes - r.DueChanges, DueChanges: r.DueChanges, DeadLetters: r.DeadLetters,
		Duplicates: r.Duplicated, Lost: r.Lost, Verified: r.Verified && r.Records == published,
		Seconds: took.Seconds(), EventsPerSecond: float64(published) / took.Seconds(),
	}
	s.text = fmt.Sprintf("\n%s\n%.1f s, %.0f events/s\n", r, s.Seconds, s.EventsPerSecond)
	if r.Records != published {
		s.text += fmt.Sprintf("%d events were published, %d are in the log\n", published, r.Records)
	}
	return s
}

// WriteText writes the summary for people.
func (s Summary) WriteText(w io.Writer) error {
	if _, err := io.WriteString(w, s.text); err != nil || s.File == nil {
		return err
	}
	_, err := fmt.Fprintf(w, "of the file's %d rows %d were refused and %d set aside\n", s.File.Rows, s.File.RefusedRows, s.File.AsideRows)
	return err
}

// Interrupted is the summary of a demo that was ended in the middle.
type Interrupted struct {
	Verified bool `json:"verified"`
}

// WriteText writes the summary for people.
func (Interrupted) WriteText(w io.Writer) error {
	_, err := io.WriteString(w, "\nended, and not verified: with --for 20s the demo ends by itself and verifies everything\n")
	return err
}
