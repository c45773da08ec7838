package webhook

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// The offset that the group has of a partition is the lowest that is not finished. What is
// finished beyond it, and how often what is not was tried, stands beside it as the offset's
// metadata: so one change that is tried for days neither holds up the others nor has them
// sent again after a restart.
//
//	clv1 STATE CLASS UNIX HIGH RUNS
//
// Everything from the offset up to HIGH is finished but the runs: each is how many offsets
// to leap, how many are not finished, and of one that was tried its tries and when the next
// is due. What does not fit is left out from the end, and is then sent again.
const progressVersion = "clv1"

// Status is how a webhook is doing in one process.
type Status struct {
	Paused bool      // the receiver takes nothing, and is asked now and then
	Class  Class     // of the last failure; empty: none yet
	At     time.Time // of the last failure
}

// position is where a process begins with a partition.
type position struct {
	offset int64
	done   done
	status Status
}

// done says what is finished at and beyond a position.
type done struct {
	base  int64 // the position
	high  int64 // nothing from here on is finished
	unmet []run // before high, in order
}

// run is some offsets that are not finished.
type run struct {
	from, until int64
	tries       int
	due         time.Time // of one that was tried
}

// of says whether an offset is finished, and the run that it is in if not. Offsets are asked
// in ascending order, so runs that lie behind are dropped.
func (d *done) of(offset int64) (finished bool, r run) {
	if offset >= d.high {
		return false, run{}
	}
	for len(d.unmet) > 0 && d.unmet[0].until <= offset {
		d.unmet = d.unmet[1:]
	}
	if len(d.unmet) > 0 && d.unmet[0].from <= offset {
		return false, d.unmet[0]
	}
	return offset >= d.base, run{}
}

// runs are what is not finished before high.
func (w *window) runs(high int64) (runs []run) {
	for it := w.first; it != nil && it.offset < high; it = it.after {
		last := len(runs) - 1
		if it.tries == 0 && last >= 0 && runs[last].tries == 0 && runs[last].until == it.offset {
			runs[last].until++
			continue
		}
		r := run{from: it.offset, until: it.offset + 1, tries: it.tries}
		if it.tries > 0 {
			r.due = it.due
		}
		runs = append(runs, r)
	}
	for _, r := range w.done.unmet { // what a process before left, and this one has not read yet
		if r.from = max(r.from, w.next); r.from < min(r.until, high) {
			runs = append(runs, r)
		}
	}
	return runs
}

// encodeProgress gives the offset's metadata within a number of bytes; with none there is none.
func (w *window) encodeProgress(status Status, most int) string {
	base := w.position()
	high := max(w.high, base)
	if w.next < w.done.high {
		high = max(high, w.done.high)
	}
	for it := w.last; it != nil && it.offset >= high; it = it.before {
		if it.tries > 0 {
			high = it.offset + 1
			break
		}
	}
	header := func(high int64) string {
		state, class := "ok", "-"
		if status.Paused {
			state = "paused"
		}
		if status.Class != "" {
			class = string(status.Class)
		}
		return fmt.Sprintf("%s %s %s %d %d ", progressVersion, state, class, status.At.Unix(), high)
	}
	room := base64.RawURLEncoding.DecodedLen(most - len(header(high)))
	if room < 0 {
		return ""
	}
	encoded, fits := appendRuns(nil, w.runs(high), base, room)
	if fits < high {
		high = fits
	}
	return header(high) + base64.RawURLEncoding.EncodeToString(encoded)
}

// appendRuns encodes runs as far as there is room, and says up to which offset that is.
func appendRuns(dst []byte, runs []run, base int64, room int) (encoded []byte, fits int64) {
	const whole = 1<<63 - 1
	at := base
	for _, r := range runs {
		before := len(dst)
		dst = binary.AppendUvarint(dst, uint64(r.from-at))
		if r.tries == 0 {
			dst = binary.AppendUvarint(dst, uint64(r.until-r.from)<<1)
		} else {
			dst = binary.AppendUvarint(dst, uint64(r.until-r.from)<<1|1)
			dst = binary.AppendUvarint(dst, uint64(r.tries))
			dst = binary.AppendUvarint(dst, uint64(max(0, r.due.Unix())))
		}
		if len(dst) > room {
			return dst[:before], r.from
		}
		at = r.until
	}
	return dst, whole
}

// decodeProgress reads what a process before has kept of a partition. What is not ours, or
// not whole, counts as nothing: more is then sent again.
func decodeProgress(offset int64, metadata string) position {
	p := position{offset: offset, done: done{base: offset, high: offset}}
	fields := strings.Split(metadata, " ")
	if len(fields) != 6 || fields[0] != progressVersion {
		return p
	}
	unix, badTime := strconv.ParseInt(fields[3], 10, 64)
	high, badHigh := strconv.ParseInt(fields[4], 10, 64)
	encoded, badRuns := base64.RawURLEncoding.DecodeString(fields[5])
	if badTime != nil || badHigh != nil || badRuns != nil {
		return p
	}
	if fields[2] != "-" {
		p.status = Status{Paused: fields[1] == "paused", Class: Class(fields[2]), At: time.Unix(unix, 0)}
	}
	if runs, ok := decodeRuns(encoded, offset); ok && high >= offset {
		p.done.high, p.done.unmet = high, runs
	}
	return p
}

func decodeRuns(encoded []byte, at int64) (runs []run, ok bool) {
	next := func() int64 {
		v, n := binary.Uvarint(encoded)
		if n <= 0 || v > 1<<62 {
			ok = false
			encoded = nil
			return 0
		}
		encoded = encoded[n:]
		return int64(v)
	}
	for ok = true; ok && len(encoded) > 0; {
		r := run{from: at + next()}
		length := next()
		r.until = r.from + length>>1
		if length&1 == 1 {
			r.tries, r.due = int(next()), time.Unix(next(), 0)
		}
		at = r.until
		runs = append(runs, r)
	}
	return runs, ok
}

// Unfinished reads what the group has of a partition that goes up to end: how many of its
// changes are not finished, and how the webhook was doing.
func Unfinished(offset int64, metadata string, end int64) (changes int64, status Status) {
	p := decodeProgress(offset, metadata)
	for _, r := range p.done.unmet {
		changes += r.until - r.from
	}
	return changes + max(0, end-p.done.high), p.status
}
