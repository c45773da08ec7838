package integration

import (
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/clvstream/clvstream/internal/testbed"
)

// crm is a receiver of webhooks that checks their order as they come.
type crm struct {
	server *httptest.Server
	down   atomic.Bool

	mu       sync.Mutex
	taken    map[string]uint64 // the latest version of each customer
	underWay map[string]bool
	// overtaken says that a request which a frozen publisher had begun may be beside another.
	overtaken bool
	changes   int // that were taken, each once
	again     int // that were sent once more
	wrong     []string
}

func newCRM(t *testing.T) *crm {
	t.Helper()
	c := &crm{taken: map[string]uint64{}, underWay: map[string]bool{}}
	c.server = httptest.NewServer(c)
	t.Cleanup(c.server.Close)
	return c
}

// setting is the receiver as a webhook of all changes.
func (c *crm) setting() string {
	return fmt.Sprintf(`webhooks=[{name: crm, url: "%s", secrets: ["env:CRM_SECRET"], timeout: 5s, schedule: [50ms, 50ms], allow_http: true, allow_internal: [127.0.0.1]}]`, c.server.URL)
}

// crmEnvironment has the webhook's secret.
var crmEnvironment = []string{"CRM_SECRET=whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}

func (c *crm) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	body, err := io.ReadAll(q.Body)
	var sent struct {
		Data struct {
			Customer string `json:"customer_id"`
			Version  uint64 `json:"version"`
		} `json:"data"`
	}
	if err != nil || json.Unmarshal(body, &sent) != nil {
		return // the sender was killed while it wrote
	}
	customer, version := sent.Data.Customer, sent.Data.Version
	c.begin(customer)
	defer c.end(customer)
	time.Sleep(time.Millisecond)
	if c.down.Load() {
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	switch last := c.taken[customer]; {
	case version > last+1:
		c.wrong = append(c.wrong, fmt.Sprintf("version %d of %s came after %d", version, customer, last))
	case version == last+1:
		c.taken[customer] = version
		c.changes++
	default:
		c.again++
	}
}

func (c *crm) begin(customer string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.underWay[customer] && !c.overtaken {
		c.wrong = append(c.wrong, "two requests of "+customer+" are under way")
	}
	c.underWay[customer] = true
}

func (c *crm) end(customer string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.underWay[customer] = false
}

func (c *crm) count() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.changes
}

// wantAll checks that every change came, in order.
func (c *crm) wantAll(t *testing.T, d *deployment) {
	t.Helper()
	want := len(d.committed(t, d.config.ChangesTopic()))
	eventually(t, "all changes to be taken", func() bool { return c.count() >= want })
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, wrong := range c.wrong[:min(len(c.wrong), 20)] {
		t.Error(wrong)
	}
	if dead := d.committed(t, d.config.Namespace+".webhook.crm.dead"); len(dead) > 0 {
		t.Errorf("%d changes died", len(dead))
	}
	t.Logf("%d changes were taken, %d were sent once more", c.changes, c.again)
}

// Publishers are killed in the middle of sending, and the receiver is away at times: everything
// comes, in order per customer.
func sendsThroughKills(t *testing.T, pair *testbed.Pair, binaries string) {
	seed := newSeed(t)
	random := rand.New(rand.NewPCG(seed, 1))
	receiver := newCRM(t)
	d := deploy(t, pair, receiver.setting())
	d.environment = crmEnvironment
	feed := d.feed(t, d.records(traffic(t, seed, 2500)))
	d.spawn(t, binaries, "consumer")
	d.spawn(t, binaries, "publisher")
	running := d.spawn(t, binaries, "publisher")
	for i := range 8 {
		before := receiver.count()
		eventually(t, "changes to be taken", func() bool { return receiver.count() > before+20 || running.hasEnded() })
		receiver.down.Store(i%3 == 1)
		time.Sleep(time.Duration(random.Int64N(int64(300 * time.Millisecond))))
		running.kill(t)
		receiver.down.Store(false)
		running = d.spawn(t, binaries, "publisher")
	}
	feed.end(t)
	d.settle(t)
	receiver.wantAll(t, d)
	if log := running.log.String(); strings.Contains(log, "whsec_") || strings.Contains(log, "MfKQ9r8") {
		t.Error("the log has the secret")
	}
}

// A publisher is frozen until another has its partitions, and then goes on: it begins nothing
// new. A request that it had begun may still go out, beside one of the other's, and is one more
// of a change that was taken.
func sendsThroughFreezing(t *testing.T, pair *testbed.Pair, binaries string) {
	receiver := newCRM(t)
	receiver.overtaken = true
	d := deploy(t, pair, receiver.setting())
	d.environment = crmEnvironment
	feed := d.feed(t, d.records(traffic(t, newSeed(t), 4000)))
	d.spawn(t, binaries, "consumer")
	zombie := d.spawn(t, binaries, "publisher")
	for range 3 {
		before := receiver.count()
		eventually(t, "changes to be taken", func() bool { return receiver.count() > before+50 })
		zombie.signal(syscall.SIGSTOP)
		other := d.spawn(t, binaries, "publisher")
		before = receiver.count()
		eventually(t, "the other to send", func() bool { return receiver.count() > before+50 })
		zombie.signal(syscall.SIGCONT)
		before = receiver.count()
		eventually(t, "more to be taken", func() bool { return receiver.count() > before+50 })
		if status := other.terminate(t); status != 0 {
			t.Errorf("the other ended with status %d", status)
		}
	}
	feed.stop()
	d.settle(t)
	receiver.wantAll(t, d)
}
