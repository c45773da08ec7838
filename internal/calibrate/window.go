package calibrate

import (
	"fmt"
	"math"

	"github.com/clvstream/clvstream/clv/calendar"
)

// Window is which days count.
type Window struct {
	Split calendar.Day // the last day that a model may know
	Until calendar.Day // the last day of all; equal to Split where nothing is held out
}

// openDay stands for whatever day comes last.
const openDay = calendar.Day(math.MaxInt32)

// Everything is the window that ends with the last event.
func Everything() Window { return Window{Split: openDay, Until: openDay} }

// Up is the window up to and with a day, all of it known.
func Up(to calendar.Day) Window { return Window{Split: to, Until: to} }

// Halved is the window up to a day whose last third of days since the first is
// held out, to choose a model by.
func Halved(first, until calendar.Day) (Window, error) {
	held := (until - first) / 3
	if held < 1 {
		return Window{}, fmt.Errorf("%s to %s is too short to hold out a third of it", first, until)
	}
	return Window{Split: until - held, Until: until}, nil
}

// Later is the window to the same day that holds out the second half of what w does; false
// where that is not a day.
func (w Window) Later() (Window, bool) {
	held := w.length() / 2
	return Window{Split: w.Until - held, Until: w.Until}, held > 0
}

func (w Window) holds() bool { return w.Until > w.Split }

// length is the holdout's, in days.
func (w Window) length() calendar.Day { return w.Until - w.Split }

// recentAfter is the day before the last period: as many days before the split
// as there are after it.
func (w Window) recentAfter() calendar.Day { return w.Split - w.length() }
