package verify

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/clvstream/clvstream/clv/announce"
	"github.com/clvstream/clvstream/clv/history"
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
	rest, version, ok := cutLast(strings.TrimPrefix(id, dueIDPrefix), '#')
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
func isDue(id string) bool { return strings.HasPrefix(id, dueIDPrefix) }

// takeDue holds what a change says against its id.
func (c *change) takeDue(id, customer, eventID string) error {
	d, err := parseDue(id)
	switch {
	case err != nil:
		return err
	case d.customer != customer || d.version != c.version || d.atMicros != c.asOf:
		return fmt.Errorf("ce_id %q is of another customer_id, version or as_of than the value says", id)
	case eventID != id:
		return fmt.Errorf("cause.event_id is %q, not the ce_id", eventID)
	case c.kind != history.TimePassed:
		return fmt.Errorf("cause.type is %q of a change that time caused", c.kind)
	case c.orderHash != 0:
		return errors.New("cause.order_id is not null of a change that time caused")
	case c.occurredMicros != c.asOf:
		return errors.New("cause.occurred_at is not as_of of a change that time caused")
	}
	c.due = true
	return nil
}

var errEventOfTime = errors.New("an event's change has a cause.type or a reason that only time has")

// isOfTime says whether a reason is one that time gives.
func isOfTime(reason announce.Reason) bool {
	switch reason {
	case announce.ReasonDecay, announce.ReasonDormant, announce.ReasonTier, announce.ReasonModel:
		return true
	default:
		return false
	}
}
