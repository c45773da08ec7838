package webhook

import (
	"errors"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"
)

// An address of each range that is not public is refused, and public ones are not.
func TestGuard(t *testing.T) {
	var g Guard
	for _, refused := range []string{
		"0.0.0.0", "10.1.2.3", "100.64.0.1", "127.0.0.1", "127.8.8.8", "168.63.129.16", "169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.192",
		"192.0.2.1", "192.88.99.1", "192.168.1.1", "198.18.0.1", "198.51.100.7", "203.0.113.7", "224.0.0.1", "240.0.0.1", "255.255.255.255", "100.100.100.200",
		"::", "::1", "::ffff:10.0.0.1", "::ffff:127.0.0.1", "::127.0.0.1", "64:ff9b::7f00:1", "64:ff9b:1::1", "100::1", "2001::1", "2001:db8::1", "2002:7f00:1::1",
		"3fff::1", "fc00::1", "fd00:ec2::254", "fe80::1", "fe80::1%eth0", "ff02::1", "5f00::1", "fec0::1",
	} {
		err := g.Check(netip.MustParseAddr(refused))
		var why *RefusedAddressError
		if !errors.As(err, &why) || why.Kind == "" {
			t.Errorf("%s is not refused: %v", refused, err)
		}
	}
	for _, public := range []string{"1.1.1.1", "8.8.8.8", "93.184.215.14", "172.32.0.1", "100.128.0.1", "168.63.129.17", "2606:4700:4700::1111", "2a00:1450::1", "::ffff:8.8.8.8"} {
		if err := g.Check(netip.MustParseAddr(public)); err != nil {
			t.Errorf("%s is refused: %v", public, err)
		}
	}
}

func TestGuardAllowsWhatIsListed(t *testing.T) {
	g, err := NewGuard("crm.internal", []string{"10.1.0.0/16", "127.0.0.1", "fd00::/8"})
	if err != nil {
		t.Fatal(err)
	}
	for address, allowed := range map[string]bool{
		"10.1.2.3": true, "::ffff:10.1.2.3": true, "10.2.0.1": false, "127.0.0.1": true, "127.0.0.2": false, "fd12::1": true, "::1": false,
	} {
		if err := g.Check(netip.MustParseAddr(address)); (err == nil) != allowed {
			t.Errorf("%s: %v, want allowed %v", address, err, allowed)
		}
	}
	if g, err = NewGuard("crm.internal", []string{"CRM.internal"}); err != nil || g.Check(netip.MustParseAddr("10.9.9.9")) != nil {
		t.Errorf("the host of the URL is not allowed by its name: %v", err)
	}
	if _, err = NewGuard("crm.internal", []string{"other.internal"}); err == nil || !strings.Contains(err.Error(), "not the host") {
		t.Errorf("another host is taken: %v", err)
	}
}

// The address that is dialled is what counts, whatever name led to it.
func TestGuardSeesWhatIsDialled(t *testing.T) {
	reached := false
	r := newReceiver(t, func(call) int { reached = true; return 200 })
	_, port, _ := strings.Cut(strings.TrimPrefix(r.server.URL, "http://"), ":")
	for _, host := range []string{"127.0.0.1", "localhost"} {
		endpoint, err := newEndpoint(&Webhook{Name: "crm", URL: "http://" + host + ":" + port, Keys: keys(t, secretText), Timeout: 5 * time.Second, InFlight: 1}, "test")
		if err != nil {
			t.Fatal(err)
		}
		outcome := endpoint.Send(t.Context(), &Message{ID: "a", Type: "t", Time: "t", Data: []byte("{}")})
		if outcome.Class != Forbidden || reached {
			t.Errorf("%s: %+v", host, outcome)
		}
		endpoint.Close()
	}
}

// TLS, redirects, slow and broken receivers are told apart.
func TestOutcomes(t *testing.T) {
	slow := make(chan struct{})
	defer close(slow)
	r := newReceiver(t, func(c call) int {
		switch c.id {
		case "slow":
			<-slow
		case "broken":
			return 0
		case "redirect":
			return 307
		case "gone":
			return 410
		}
		return 299
	})
	untrusted := httptest.NewTLSServer(r)
	defer untrusted.Close()
	closed := httptest.NewServer(r)
	closed.Close()
	for id, want := range map[string]Class{
		"taken": Delivered, "redirect": Redirected, "gone": Gone, "broken": Broken, "untrusted": Unreachable, "closed": Unreachable, "slow": TimedOut,
	} {
		at := map[string]string{"untrusted": untrusted.URL, "closed": closed.URL}[id]
		if at == "" {
			at = r.server.URL
		}
		endpoint, err := newEndpoint(&Webhook{URL: at, Keys: keys(t, secretText), Timeout: 300 * time.Millisecond, InFlight: 1, AllowInternal: []string{"127.0.0.1"}}, "test")
		if err != nil {
			t.Fatal(err)
		}
		if got := endpoint.Send(t.Context(), &Message{ID: id, Type: "t", Time: "t", Data: []byte("{}")}); got.Class != want {
			t.Errorf("%s: %+v, want %s", id, got, want)
		}
		endpoint.Close()
	}
}
