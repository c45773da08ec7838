package verify

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/clvstream/clvstream/clv/announce"
	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/stream"
)

// dueID is the id of a change that no event caused, taken apart:
// due:<customer>@<instant>#<version>.
type dueID struct {
	customer string
	atMicros int64
	version  uint64
}

// parseDue takes the id apart from its end, as a customer's id may hold anything.
func parseDue(id string) (d dueID, err error) {
	rest, version, ok := cutLast(strings.TrimPrefix(id, stream.DueIDPrefix), '#')
	customer, instant, ok2 := cutLast(rest, '@')
	at, err := time.Parse(time.RFC3339Nano, instant)
	if !ok || !ok2 || err != nil {
		return dueID{}, fmt.Errorf("ce_id %q names no due time", id)
	}
	d.customer, d.atMicros = customer, at.UnixMicro()
	if d.version, err = strconv.ParseUint(version, 10, 64); err != nil {
		return dueID{}, fmt.Errorf("ce_id %q names no version", id)
	}
	return d, nil
}

// isDue says whether an id is of a change that no event caused. No topic's name
// has a colon.
func isDue(id string) bool { return strings.HasPrefix(id, stream.DueIDPrefix) }

// takeDue holds what a change says against its id.
func (c *change) takeDue(id string, w *wireChange) error {
	d, err := parseDue(id)
	switch {
	case err != nil:
		return err
	case d.customer != w.CustomerID || d.version != w.Version || d.atMicros != c.asOf:
		return fmt.Errorf("ce_id %q is of another customer, version or instant than the value says", id)
	case w.Cause.EventID != id:
		return fmt.Errorf("cause.event_id is %q, not the ce_id", w.Cause.EventID)
	case w.Cause.Type != history.TimePassed.String():
		return fmt.Errorf("cause.type is %q of a change that time caused", w.Cause.Type)
	}
	c.due = true
	return nil
}

var errEventOfTime = errors.New("an event's change has a cause or a reason that only time has")

// isOfTime says whether a reason is one that time gives.
func isOfTime(reason announce.Reason) bool {
	switch reason {
	case announce.ReasonDecay, announce.ReasonDormant, announce.ReasonTier, announce.ReasonModel:
		return true
	default:
		return false
	}
}
