package due

import (
	"cmp"
	"slices"
	"time"

	"golang.org/x/time/rate"

	"github.com/clvstream/clvstream/clv"
	"github.com/clvstream/clvstream/state"
)

// Mode says by which clock due times fire.
type Mode string

// The modes. Wall follows the inputs' event times, and lets time pass in an input in
// which nothing waits: see streamTime. Event never goes beyond the events. Off fires
// nothing until an event comes.
const (
	Wall  Mode = "wall"
	Event Mode = "event"
	Off   Mode = "off"
)

// Config says how a publisher's lanes fire due times.
type Config struct {
	Mode   Mode
	Topics []string      // the input topics, whose event times count
	Grace  time.Duration // for how long due times wait for events that come late
	// QuietAfter is for how long no record comes in an input until it holds nobody
	// back; 0: a minute.
	QuietAfter time.Duration
	Valuation  func() *clv.Valuation
	Rate       int // customers a second that one publisher values, at most; 0: 20,000
	// Refresh is the span within which the statistics count every customer's value anew; 0:
	// as last stored.
	Refresh time.Duration
	Pause   time.Duration // how often a lane with nothing due asks again; 0: 250 ms
}

const (
	defaultRate  = 20_000
	defaultPause = 250 * time.Millisecond
	// batchCustomers is how many customers one transaction values: some
	// milliseconds, so that the commits of events find the shard free.
	batchCustomers = 250
	// batchRunning is that while stream time runs (see pace), and restRunning is for how
	// long a shard is not fired then: in 64 shards, up to 128,000 customers a second.
	batchRunning = 4000
	restRunning  = 2 * time.Second
)

// fires says whether due times fire at all.
func (c *Config) fires() bool { return c.Mode == Wall || c.Mode == Event }

func (c *Config) reads(topic string) bool { return slices.Contains(c.Topics, topic) }

// limiter lets lanes that were held up for a tenth of a second catch up on it: with less
// to spare, a busy machine would fire a tenth fewer than the rate.
func (c *Config) limiter() *rate.Limiter {
	perSecond := cmp.Or(c.Rate, defaultRate)
	return rate.NewLimiter(rate.Limit(perSecond), max(batchCustomers, perSecond/10))
}

// Firing is what the lanes of a publisher share.
type Firing struct {
	config Config
	store  *state.Store
	rate   *rate.Limiter
	fired  signal
}

// New makes what a publisher's lanes fire with.
func New(config Config, store *state.Store) *Firing {
	config.Pause = cmp.Or(config.Pause, defaultPause)
	return &Firing{config: config, store: store, rate: config.limiter()}
}
