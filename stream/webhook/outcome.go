package webhook

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Class is what came of a try: a closed set, for metrics, dead letters and the operator.
type Class string

// The classes.
const (
	Delivered   Class = "delivered"   // 2xx
	Redirected  Class = "redirected"  // 3xx, which is not followed
	Refused     Class = "refused"     // 4xx but the two below
	Gone        Class = "gone"        // 410: the webhook is disabled
	Throttled   Class = "throttled"   // 429
	Failed      Class = "failed"      // 5xx, and what is no answer of HTTP
	Overloaded  Class = "overloaded"  // 502, 503, 504
	TimedOut    Class = "timed_out"   // no answer in time
	Broken      Class = "broken"      // the connection ended before the answer
	Unreachable Class = "unreachable" // no connection: name, address, port or TLS
	Forbidden   Class = "forbidden"   // the guard refuses the address
	Malformed   Class = "malformed"   // the record is no change: nothing was sent
)

// interrupted is of a try that we gave up ourselves: it says nothing.
const interrupted Class = "interrupted"

// Outcome is what came of a try.
type Outcome struct {
	Class      Class
	Status     int           // of the answer; 0: there was none
	RetryAfter time.Duration // as the receiver wishes; 0: it does not say
	Took       time.Duration
	Err        error // why there was no answer
}

// mostRetryAfter bounds what a receiver may wish: a mistake must not stop a webhook for weeks.
const mostRetryAfter = 24 * time.Hour

// classOf is the class of an answer.
func classOf(status int) Class {
	switch {
	case status >= 200 && status < 300:
		return Delivered
	case status >= 300 && status < 400:
		return Redirected
	case status == http.StatusGone:
		return Gone
	case status == http.StatusTooManyRequests:
		return Throttled
	case status >= 400 && status < 500:
		return Refused
	case status == http.StatusBadGateway || status == http.StatusServiceUnavailable || status == http.StatusGatewayTimeout:
		return Overloaded
	default:
		return Failed
	}
}

// failureOf is the class of a try without an answer. connected says whether there was a
// connection to send on.
func failureOf(ctx context.Context, err error, connected bool) Class {
	var refused *RefusedAddressError
	switch {
	case errors.Is(ctx.Err(), context.Canceled):
		return interrupted
	case errors.As(err, &refused):
		return Forbidden
	case !connected:
		return Unreachable
	case errors.Is(err, context.DeadlineExceeded):
		return TimedOut
	default:
		return Broken
	}
}

// slows says that fewer requests at once may help.
func (o *Outcome) slows() bool {
	return o.Class == Throttled || o.Class == Overloaded || o.Class == TimedOut || o.Class == Broken
}

// holds says that the receiver asks for a pause of all requests.
func (o *Outcome) holds() bool {
	return o.Class == Throttled || o.Status == http.StatusServiceUnavailable && o.RetryAfter > 0
}

// away says that the try did not even reach the receiver, so that the change has no part in it.
func (o *Outcome) away() bool { return o.Class == Unreachable || o.Class == Forbidden }

// parseRetryAfter reads the header: seconds or a date.
func parseRetryAfter(text string, now time.Time) time.Duration {
	text = strings.TrimSpace(text)
	if seconds, err := strconv.ParseInt(text, 10, 64); err == nil {
		return time.Duration(min(max(0, seconds), int64(mostRetryAfter/time.Second))) * time.Second
	}
	at, err := http.ParseTime(text)
	if err != nil {
		return 0
	}
	return min(max(0, at.Sub(now)), mostRetryAfter)
}
