package export

import (
	"fmt"
	"io"
	"strings"

	"github.com/clvstream/clvstream/internal/terminal"
)

// WriteText writes the document for people. Its JSON has more digits, and hashes.
func (d *Document) WriteText(w io.Writer) error {
	p := &terminal.Lines{To: w}
	p.Print("customer %s in namespace %s, exported at %s; amounts in %s, days of %s", d.CustomerID, d.Namespace, d.ExportedAt.Format("2006-01-02T15:04:05Z"), d.Currency, d.TimeZone)
	switch {
	case !d.Held:
		p.Print("nothing is stored of the customer")
	case d.Erasure != nil && !d.Erasure.Anew:
		p.Print("the customer was erased on %s: that is all that is stored", d.Erasure.ErasedAt)
	case d.Erasure != nil:
		p.Print("the customer was erased on %s; what follows came after it", d.Erasure.ErasedAt)
	}
	if d.Stored != nil {
		d.Stored.print(p)
	}
	if len(d.Now) > 0 {
		p.Print("value now: CLV %s, historic %s, predicted %s; %s orders; stage %s, tier %s; model %s %s", d.Now.Text("clv.current"), d.Now.Text("clv.historic"), d.Now.Text("clv.predicted"),
			d.Now.Text("orders"), orNone(d.Now.Text("stage.current")), orNone(d.Now.Text("tier.current")), d.Now.Text("model.name"), d.Now.Text("model.version"))
	}
	p.Print("waits to be published: %d", len(d.Outbox))
	for i := range d.Outbox {
		if l := d.Outbox[i].Letter; l != nil {
			p.Print("  dead letter %s of %s/%d/%d", l.Reason, l.Record.Topic, l.Record.Partition, l.Record.Offset)
		} else {
			p.Print("  change %s: %s", d.Outbox[i].Change.Text("version"), d.Outbox[i].Change.Text("reason"))
		}
	}
	d.printLetters(p)
	return p.Err
}

func (d *Document) printLetters(p *terminal.Lines) {
	if !d.LettersSought {
		p.Print("dead letters were not looked for: --dead-letters does")
		return
	}
	p.Print("dead letters that may be of the customer: %d", len(d.Letters))
	for i := range d.Letters {
		l := &d.Letters[i]
		p.Print("  %s at %s/%d/%d, of %s/%d/%d: %s", l.Reason, l.At.Topic, l.At.Partition, l.At.Offset, l.Record.Topic, l.Record.Partition, l.Record.Offset, l.Detail)
	}
}

func (s *Stored) print(p *terminal.Lines) {
	p.Print("stored: %d bytes, the latest event of %s", s.Bytes, s.LatestEvent)
	if f := s.FirstOrder; f != nil {
		p.Print("first order: %s by %s", f.OccurredAt, orNone(f.Channel))
	}
	if a := s.Acquisition; a != nil {
		p.Print("acquired: %s by %s for %s, event %s", a.OccurredAt, orNone(a.Channel), a.Cost, a.EventID)
	}
	if c := s.Churn; c != nil {
		p.Print("churn: %s at %s, probability %g, event %s", c.Type, c.OccurredAt, c.Probability, c.EventID)
	}
	p.Print("ledger: %d entries", len(s.Ledger))
	for i := range s.Ledger {
		s.Ledger[i].print(p)
	}
	p.Print("waiting for their order: %d events", len(s.Waiting))
	for i := range s.Waiting {
		e := &s.Waiting[i]
		of := "order " + e.OrderID
		if e.RefundID != "" {
			of = "refund " + e.RefundID + " of " + of
		}
		p.Print("  %s of %s, %s, event %s at %s/%d/%d", e.Type, of, e.OccurredAt, e.EventID, e.Record.Topic, e.Record.Partition, e.Record.Offset)
	}
	s.Sealed.print(p)
	p.Print("last value: CLV %s as of %s (%s), model %s", s.Value.CLV, s.Value.AsOf, s.Value.Status, s.Value.Model)
	if r := s.Refreshed; r != nil {
		p.Print("counted as of %s: predicted %s", r.Day, r.Predicted)
	}
	p.Print("stands: %s; after the latest event: %s", s.Standing.words(), s.Settled.words())
	for _, e := range s.Entries {
		p.Print("  %s in %s: %d times", e.Stage, e.Month, e.Count)
	}
	p.Print("told last: change %d, CLV %s as of %s; %s", s.Announced.Version, s.Announced.CLV, orNone(s.Announced.AsOf), s.Announced.Standing.words())
	p.Print("next due: %s", orNone(s.NextDue))
}

func (o *Order) print(p *terminal.Lines) {
	text := "order " + o.OrderID
	switch {
	case o.Placed:
		text += fmt.Sprintf(", %s, %s with margin %s, event %s", o.Told.OccurredAt, o.Worth.Amount, o.Worth.Margin, o.Told.Newest.EventID)
	case o.SealedBefore:
		text += ", sealed"
	default:
		text += ", not known itself"
	}
	if o.Worth.Own != nil {
		text += ", told as " + o.Worth.Own.Amount + " " + o.Worth.Own.Currency
	}
	if o.Cancelled {
		text += ", cancelled on " + o.CancelDay
	}
	p.Print("  %s", text)
	for i := range o.Refunds {
		r := &o.Refunds[i]
		text := fmt.Sprintf("refund %s, %s, %s, event %s", r.RefundID, r.Told.OccurredAt, r.Amount, r.Told.Newest.EventID)
		if r.Reverted {
			text += ", reverted on " + r.RevertDay
		}
		p.Print("    %s", text)
	}
}

func (s *Sealed) print(p *terminal.Lines) {
	p.Print("sealed: %d orders on %d days (%s to %s), net %s, margin %s, late refunds %s, excess refunds %s", s.Orders, s.Days, orNone(s.FirstDay), orNone(s.LastDay), s.Amount, s.Margin, s.LateRefunds, s.Excess)
	for _, m := range s.Months {
		p.Print("  %s: %d orders, %s, margin %s", m.Month, m.Orders, m.Amount, m.Margin)
	}
	if len(s.Named)+len(s.Refunds) > 0 {
		p.Print("  known by hashes of their ids: %d orders, %d refunds", len(s.Named), len(s.Refunds))
	}
}

func (s *Standing) words() string {
	words := []string{"stage " + s.Stage, "tier " + s.Tier}
	if s.StageSince != "" {
		words[0] += " since " + s.StageSince
	}
	return strings.Join(words, ", ")
}

func orNone(text string) string {
	if text == "" {
		return "none"
	}
	return text
}
