package standing

import (
	"math"
	"testing"

	"github.com/clvstream/clvstream/clv/calendar"
)

func TestPeakIsFoundWhereverItIs(t *testing.T) {
	for days := calendar.Day(0); days < 120; days++ {
		for top := range days + 1 {
			values := 0
			found := peak(func(day calendar.Day) float64 {
				if day < 1000 || day > 1000+days {
					t.Fatalf("day %d of %d is looked at", day-1000, days)
				}
				values++
				return -math.Abs(float64(day - 1000 - top))
			}, 1000, 1000+days)
			if found != 1000+top || values > 18 {
				t.Errorf("of %d days the peak %d is %d, after %d values", days, top, found-1000, values)
			}
		}
	}
}
