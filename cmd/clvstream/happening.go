package main

import (
	"strings"

	"github.com/clvstream/clvstream/clv"
)

// words are what happened, for a person.
func (m *momentView) words() string {
	if m.Type == clv.TimePassed.String() {
		return "silence: " + strings.Join(m.Brings, ", ")
	}
	return m.happeningView.words()
}

func (h *happeningView) words() string {
	text := h.Type
	switch h.Type {
	case clv.OrderPlaced.String():
		text = "order " + h.OrderID + " " + h.Amount
		if h.Stands != nil && !*h.Stands {
			text += " (does not stand any more)"
		}
	case clv.OrderRefunded.String():
		text = "refund " + h.RefundID + " of order " + h.OrderID + " " + h.Amount
	case clv.OrderCancelled.String():
		text = "cancel of order " + h.OrderID
	case clv.ChurnPredicted.String():
		text += " " + float(*h.Probability)
	case clv.CustomerAcquired.String():
		if text += " for " + h.Amount; h.Channel != "" {
			text += " by " + h.Channel
		}
	}
	if h.Waiting {
		text += " (its order is not known)"
	}
	return text
}
