package config

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
)

// maxPEMBytes bounds what is read as certificates; a system's whole bundle is
// a quarter of a megabyte.
const maxPEMBytes = 4 << 20

// TLS is how one server is reached over TLS.
type TLS struct {
	Enabled    bool
	CAFile     string
	CertFile   string
	KeyFile    string
	ServerName string
}

// Config is the TLS of a client, nil when it is not enabled. The authorities
// are read now, our own certificate at each handshake, so that a renewed one is
// used without a restart.
func (t TLS) Config() (*tls.Config, error) {
	if !t.Enabled {
		return nil, nil
	}
	roots, err := t.roots()
	if err != nil {
		return nil, err
	}
	c := &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: roots, ServerName: t.ServerName}
	if t.CertFile == "" {
		return c, nil
	}
	if _, err := t.certificate(); err != nil {
		return nil, err
	}
	c.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return t.certificate() }
	return c, nil
}

// roots is the authorities to trust; nil means the system's.
func (t TLS) roots() (*x509.CertPool, error) {
	if t.CAFile == "" {
		return nil, nil
	}
	data, err := readBounded(t.CAFile, maxPEMBytes)
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(data) {
		return nil, fmt.Errorf("read %s: no certificate in PEM form in it", t.CAFile)
	}
	return pool, nil
}

// certificate is our own.
func (t TLS) certificate() (*tls.Certificate, error) {
	certPEM, certErr := readBounded(t.CertFile, maxPEMBytes)
	keyPEM, keyErr := readBounded(t.KeyFile, maxPEMBytes)
	if err := errors.Join(certErr, keyErr); err != nil {
		return nil, err
	}
	pair, err := tls.X509KeyPair(certPEM, keyPEM)
	if err != nil {
		return nil, fmt.Errorf("read %s with %s: %w", t.CertFile, t.KeyFile, err)
	}
	return &pair, nil
}

// TLSAdvice says which settings of a section to check when a connection failed
// over a certificate, and "" when it was not that.
func TLSAdvice(section string, err error) string {
	var ours *tls.CertificateVerificationError
	if errors.As(err, &ours) {
		return fmt.Sprintf("the server's certificate is not trusted: check %[1]s.ca_file and %[1]s.server_name", section)
	}
	// An alert has no type of its own: crypto/tls gives what the other side says so.
	var theirs *net.OpError
	if errors.As(err, &theirs) && theirs.Op == "remote error" {
		return fmt.Sprintf("the server does not accept our certificate: check %[1]s.cert_file and %[1]s.key_file", section)
	}
	return ""
}
