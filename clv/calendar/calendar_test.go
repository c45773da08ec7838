package calendar_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/clvstream/clvstream/clv/calendar"
)

const dayMicros = 86_400_000_000

func TestDayIsTheDateInTheZone(t *testing.T) {
	seed := rand.Uint64()
	rnd := rand.New(rand.NewPCG(seed, 0))
	for _, zone := range []string{"UTC", "Europe/Berlin", "America/New_York", "Pacific/Apia", "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Kiritimati", "America/Havana"} {
		location, err := time.LoadLocation(zone)
		if err != nil {
			t.Fatal(err)
		}
		calendar := calendar.NewCalendar(location)
		for range 2000 {
			at := rnd.Int64N(4e15) - 1e15 // 1938 to 2065
			want := time.UnixMicro(at).In(location).Format(time.DateOnly)
			if got := calendar.Day(at).String(); got != want {
				t.Fatalf("seed %d: %d µs is on %s in %s, want %s", seed, at, got, zone, want)
			}
		}
	}
}

func TestDayAtTheEdges(t *testing.T) {
	utc := calendar.NewCalendar(nil)
	if utc.Location() != time.UTC || (calendar.Calendar{}).Location() != time.UTC {
		t.Error("a calendar without a zone is not in UTC")
	}
	for at, want := range map[int64]calendar.Day{
		0: 0, -1: -1, dayMicros - 1: 0, dayMicros: 1, -dayMicros: -1, -dayMicros - 1: -2,
	} {
		if got, zero := utc.Day(at), (calendar.Calendar{}).Day(at); got != want || zero != want {
			t.Errorf("day of %d µs is %d (zero calendar: %d), want %d", at, got, zero, want)
		}
	}
	if got := calendar.Day(16_473).Date(); !got.Equal(time.Date(2015, 2, 7, 0, 0, 0, 0, time.UTC)) {
		t.Errorf("day 16473 is %s, want 2015-02-07", got)
	}
}

// Samoa went from 29 to 31 December 2011; Berlin's 30 March 2014 had 23 hours.
func TestDaysOfClockChanges(t *testing.T) {
	for _, c := range []struct {
		zone, from, to string
		days           calendar.Day
	}{
		{"Pacific/Apia", "2011-12-30T09:59:59Z", "2011-12-30T10:00:00Z", 2},
		{"Europe/Berlin", "2014-03-29T23:00:00Z", "2014-03-30T21:59:59Z", 0},
		{"Europe/Berlin", "2014-03-29T23:00:00Z", "2014-03-30T22:00:00Z", 1},
	} {
		location, err := time.LoadLocation(c.zone)
		if err != nil {
			t.Fatal(err)
		}
		calendar := calendar.NewCalendar(location)
		if got := calendar.Day(micros(t, c.to)) - calendar.Day(micros(t, c.from)); got != c.days {
			t.Errorf("%s: %s is %d days after %s, want %d", c.zone, c.to, got, c.from, c.days)
		}
	}
}

func micros(t testing.TB, text string) int64 {
	t.Helper()
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		t.Fatal(err)
	}
	return at.UnixMicro()
}

// Months are computed by hand; package time says the same.
func TestMonthOfADay(t *testing.T) {
	want := func(day calendar.Day) {
		date := day.Date()
		if got := day.Month(); got != calendar.Month(12*(date.Year()-1970)+int(date.Month())-1) || date.Year() > 0 && got.String() != date.Format("2006-01") {
			t.Fatalf("the month of %s is %s", day, got)
		}
	}
	for day := calendar.Day(-150_000); day < 150_000; day++ { // 1559 to 2380
		want(day)
	}
	rnd := rand.New(rand.NewPCG(1, 1))
	for range 100_000 {
		want(calendar.Day(int32(rnd.Uint32())))
	}
}
