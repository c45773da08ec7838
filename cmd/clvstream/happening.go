package main

import (
	"strings"

	"github.com/clvstream/clvstream/clv/history"
)

// words are what happened, for a person.
func (m *momentView) words() string {
	if m.Type == history.TimePassed.String() {
		return "silence: " + strings.Join(m.Brings, ", ")
	}
	return m.happeningView.words()
}

func (h *happeningView) words() string {
	text := h.Type
	switch h.Type {
	case history.OrderPlaced.String():
		text = "order " + h.OrderID + " " + h.Amount
		if h.Stands != nil && !*h.Stands {
			text += " (does not stand any more)"
		}
	case history.OrderRefunded.String():
		text = "refund " + h.RefundID + " of order " + h.OrderID + " " + h.Amount
	case history.OrderCancelled.String():
		text = "cancel of order " + h.OrderID
	case history.ChurnPredicted.String():
		text += " " + float(*h.Probability)
	case history.CustomerAcquired.String():
		if text += " for " + h.Amount; h.Channel != "" {
			text += " by " + h.Channel
		}
	}
	if h.Waiting {
		text += " (its order is not known)"
	}
	return text
}
