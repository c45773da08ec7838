package dataset

import (
	"testing"
	"time"
)

func TestTimes(t *testing.T) {
	berlin := time.FixedZone("CET", 3600)
	for text, want := range map[string]string{
		"2026-03-14T09:26:53Z":          "2026-03-14T09:26:53Z",
		"2026-03-14T09:26:53.589793Z":   "2026-03-14T09:26:53.589793Z",
		"2026-03-14T09:26:53.5897931Z":  "2026-03-14T09:26:53.589793Z",
		"2026-03-14T09:26:53+05:30":     "2026-03-14T03:56:53Z",
		"2026-03-14 09:26:53-01:00":     "2026-03-14T10:26:53Z",
		"2026-03-14 09:26:53":           "2026-03-14T08:26:53Z",
		"2026-03-14T09:26:53.25":        "2026-03-14T08:26:53.25Z",
		"2026-03-14 09:26":              "2026-03-14T08:26:00Z",
		"2026-03-14":                    "2026-03-13T23:00:00Z",
		"20260314":                      "2026-03-13T23:00:00Z",
		"2024-02-29":                    "2024-02-28T23:00:00Z",
		"1773480413":                    "2026-03-14T09:26:53Z",
		"1969-12-31T23:59:59.999Z":      "1969-12-31T23:59:59.999Z",
		"2026-03-14T24:00:00Z":          "",
		"2026-03-14T09:60:00Z":          "",
		"2026-03-14T09:26:60Z":          "",
		"2026-03-14T09:26:53.":          "",
		"2026-03-14T09:26:53 Z":         "",
		"2026-03-14T09:26:53+0100":      "",
		"2026-03-14T09:26:53+25:00":     "",
		"2026-02-29":                    "",
		"2026-00-10":                    "",
		"2026-13-10":                    "",
		"2026-1-10":                     "",
		"20261332":                      "",
		"":                              "",
		"-1":                            "",
		"1773480413589":                 "",
		"99999999999999999999999999999": "",
		"2026-03-14x":                   "",
		"2026-03-14T":                   "",
		"２０２６-03-14":                    "",
	} {
		got, ok := parseTime([]byte(text), berlin)
		if want == "" {
			if ok {
				t.Errorf("%q was read as %s", text, time.UnixMicro(got).UTC())
			}
			continue
		}
		at, err := time.Parse(time.RFC3339Nano, want)
		if err != nil {
			t.Fatal(err)
		}
		if !ok || got != at.UnixMicro() {
			t.Errorf("%q: got %s (%v), want %s", text, time.UnixMicro(got).UTC(), ok, want)
		}
	}
}

// In São Paulo, 2018-11-04 began at 01:00; in Apia there was no 2011-12-30.
func TestTimesWhereClocksJump(t *testing.T) {
	for _, tc := range []struct{ zone, text, want string }{
		{"America/Sao_Paulo", "2018-11-04", "2018-11-04T01:00:00-02:00"},
		{"America/Sao_Paulo", "2018-11-04 00:30", "2018-11-04T01:30:00-02:00"},
		{"America/Sao_Paulo", "2018-11-05", "2018-11-05T00:00:00-02:00"},
		{"Europe/Berlin", "20260330", "2026-03-30T00:00:00+02:00"},
	} {
		loc, err := time.LoadLocation(tc.zone)
		if err != nil {
			t.Skip("no time zone data on this machine:", err)
		}
		got, ok := parseTime([]byte(tc.text), loc)
		if s := time.UnixMicro(got).In(loc).Format(time.RFC3339); !ok || s != tc.want {
			t.Errorf("%s in %s: got %s (%v), want %s", tc.text, tc.zone, s, ok, tc.want)
		}
	}
}
