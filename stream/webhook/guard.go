package webhook

import (
	"fmt"
	"net"
	"net/netip"
	"strings"
	"syscall"
)

// Guard keeps webhooks from addresses that are not on the public internet: a URL must not
// reach what only this network should. It is asked with each address that is dialled, after
// the name was looked up, so that a name that changes its mind gains nothing.
type Guard struct {
	allowed []netip.Prefix
	open    bool // the URL's own host is allowed by its name
}

// RefusedAddressError says which address a guard refused, and of which kind it is.
type RefusedAddressError struct {
	Address netip.Addr
	Kind    string
}

func (e *RefusedAddressError) Error() string {
	return fmt.Sprintf("%s is %s: webhooks go to public addresses only; where this is meant, list the address, its network or the host in allow_internal", e.Address, e.Kind)
}

// internal are the ranges that are refused, by the registries of IANA for special purposes.
var internal = []struct {
	prefix netip.Prefix
	kind   string
}{
	{netip.MustParsePrefix("0.0.0.0/8"), "this host"},
	{netip.MustParsePrefix("10.0.0.0/8"), "a private address"},
	{netip.MustParsePrefix("100.64.0.0/10"), "a shared address of a provider (CGNAT)"},
	{netip.MustParsePrefix("127.0.0.0/8"), "a loopback address"},
	{netip.MustParsePrefix("168.63.129.16/32"), "a cloud's own service"}, // Azure's, within a public range
	{netip.MustParsePrefix("169.254.0.0/16"), "a link-local address"},    // where clouds have metadata
	{netip.MustParsePrefix("172.16.0.0/12"), "a private address"},
	{netip.MustParsePrefix("192.0.0.0/24"), "an address for protocols"},
	{netip.MustParsePrefix("192.0.2.0/24"), "an address for documentation"},
	{netip.MustParsePrefix("192.88.99.0/24"), "a relay of 6to4"},
	{netip.MustParsePrefix("192.168.0.0/16"), "a private address"},
	{netip.MustParsePrefix("198.18.0.0/15"), "an address for benchmarks"},
	{netip.MustParsePrefix("198.51.100.0/24"), "an address for documentation"},
	{netip.MustParsePrefix("203.0.113.0/24"), "an address for documentation"},
	{netip.MustParsePrefix("224.0.0.0/4"), "a multicast address"},
	{netip.MustParsePrefix("240.0.0.0/4"), "a reserved address"},
	{netip.MustParsePrefix("::1/128"), "a loopback address"},
	{netip.MustParsePrefix("fc00::/7"), "a private address"},
	{netip.MustParsePrefix("fe80::/10"), "a link-local address"},
	{netip.MustParsePrefix("ff00::/8"), "a multicast address"},
	{netip.MustParsePrefix("2001::/23"), "an address for protocols"}, // Teredo among them
	{netip.MustParsePrefix("2001:db8::/32"), "an address for documentation"},
	{netip.MustParsePrefix("2002::/16"), "an address of 6to4"}, // which holds another
	{netip.MustParsePrefix("3fff::/20"), "an address for documentation"},
}

// globalUnicast is all of IPv6 that IANA has given out for the internet: NAT64, mapped and
// compatible addresses, which hold others, are outside.
var globalUnicast = netip.MustParsePrefix("2000::/3")

// NewGuard allows the addresses, networks (CIDR) and the host of the URL that are listed.
func NewGuard(host string, allow []string) (Guard, error) {
	var g Guard
	for _, entry := range allow {
		if prefix, err := netip.ParsePrefix(entry); err == nil {
			g.allowed = append(g.allowed, prefix.Masked())
			continue
		}
		if address, err := netip.ParseAddr(entry); err == nil {
			g.allowed = append(g.allowed, netip.PrefixFrom(plain(address), plain(address).BitLen()))
			continue
		}
		if !strings.EqualFold(entry, host) {
			return Guard{}, fmt.Errorf("%q is no address, no network and not the host of the URL", entry)
		}
		g.open = true
	}
	return g, nil
}

// Check refuses an address that is not public, unless it is allowed.
func (g Guard) Check(address netip.Addr) error {
	address = plain(address)
	if g.open {
		return nil
	}
	for _, prefix := range g.allowed {
		if prefix.Contains(address) {
			return nil
		}
	}
	for _, r := range internal {
		if r.prefix.Contains(address) {
			return &RefusedAddressError{address, r.kind}
		}
	}
	if address.Is6() && !globalUnicast.Contains(address) {
		return &RefusedAddressError{address, "no address of the internet"}
	}
	return nil
}

// plain is the address that a connection goes to: mapped ones are IPv4, and a zone is no part
// of a range.
func plain(address netip.Addr) netip.Addr { return address.Unmap().WithZone("") }

// control is called with each address just before it is dialled.
func (g Guard) control(_, address string, _ syscall.RawConn) error {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return fmt.Errorf("read the address that is dialled: %w", err)
	}
	ip, err := netip.ParseAddr(host)
	if err != nil {
		return fmt.Errorf("read the address that is dialled: %w", err)
	}
	return g.Check(ip)
}
