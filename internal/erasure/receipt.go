package erasure

import (
	"io"
	"time"

	"github.com/clvstream/clvstream/internal/terminal"
)

// ReceiptSchema is the version of a receipt's JSON. Fields may be added under it.
const ReceiptSchema = 1

// Receipt says what was erased, or would be. Its JSON and its text hold the customer's id and
// nothing else of them.
type Receipt struct {
	Schema     int    `json:"schema"`
	CustomerID string `json:"customer_id"`
	Erased     bool   `json:"erased"`
	DryRun     bool   `json:"dry_run"` // nothing was sent
	Held       Held   `json:"held"`    // before it
	// ErasedAt is that of the event or, where nothing was to do, of the erasure before.
	ErasedAt  *time.Time `json:"erased_at,omitempty"`
	EventID   string     `json:"event_id,omitempty"`
	Event     *Place     `json:"event,omitempty"`
	Tombstone *Place     `json:"tombstone,omitempty"`
	Remains   []Remains  `json:"not_erased"`
}

// WriteText writes the receipt for people.
func (r *Receipt) WriteText(w io.Writer) error {
	p := &terminal.Lines{To: w}
	switch {
	case r.Erased && r.Event == nil:
		p.Print("customer %s was erased on %s, and nothing has come since", r.CustomerID, r.ErasedAt.Format(time.RFC3339))
	case r.DryRun:
		p.Print("customer %s: nothing is erased yet, add --yes", r.CustomerID)
	default:
		p.Print("customer %s is erased as of %s", r.CustomerID, r.ErasedAt.Format(time.RFC3339Nano))
	}
	if h := &r.Held; h.StoredBytes > 0 {
		p.Print("  held      %d orders, %d refunds, %d events that waited, %d changes, %d bytes", h.Orders, h.Refunds, h.Waiting, h.Changes, h.StoredBytes)
		if h.FirstDay != "" {
			p.Print("  orders    from %s to %s", h.FirstDay, h.LastDay)
		}
	} else if r.Event != nil || r.DryRun && !r.Erased {
		p.Print("  held      nothing: a marker refuses what may still come")
	}
	if r.Event != nil {
		p.Print("  event     %s, %s", r.EventID, r.Event)
	}
	if r.Tombstone != nil {
		p.Print("  tombstone %s", r.Tombstone)
	}
	p.Print("not erased by this:")
	for i := range r.Remains {
		is := &r.Remains[i]
		if is.Topic == "" {
			p.Print("  - %s", is.What)
			continue
		}
		p.Print("  - %s: %s; kept %s", is.Topic, is.What, is.Kept())
	}
	return p.Err
}
