// Package calendar maps instants to whole days and months of the business's time
// zone.
//
//	µs since 1970 ──Calendar.Day──► Day ──Month──► Month
//	              ◄─Calendar.Start─
//
// It has no clock: every instant is a parameter. Days and months are counted from
// January 1970 and may be negative.
package calendar
