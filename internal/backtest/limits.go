package backtest

import (
	"io"

	"github.com/clvstream/clvstream/internal/forecast"
	"github.com/clvstream/clvstream/internal/terminal"
)

// limitsText is an interval for people; nothing where there is none.
func limitsText(l *forecast.Limits) string {
	if l == nil {
		return ""
	}
	return fixed(l.Low, 0) + " to " + fixed(l.High, 0)
}

// writeInterval says what the column of intervals means.
func (r *Report) writeInterval(w io.Writer) {
	for _, m := range r.Models {
		if m.Interval != nil {
			terminal.Line(w, "\n90 OF 100: where the total lies in 90 of 100 cases if the model is right, by the uncertainty of its\n"+
				"parameters and the customers' own chance. An actual total beyond it is due to what the model does not know.")
			return
		}
	}
}
