package testbed

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// Authority signs certificates for servers on the loopback address and for their
// clients. Nobody trusts it who was not given its file.
type Authority struct {
	File string // its own certificate, PEM

	dir         string
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
}

// KeyPair names the PEM files of a certificate and its key.
type KeyPair struct{ CertFile, KeyFile string }

// NewAuthority makes an authority for this test, which removes its files.
func NewAuthority(t testing.TB) *Authority {
	t.Helper()
	a := &Authority{dir: t.TempDir()}
	a.File = filepath.Join(a.dir, "ca.pem")
	var err error
	if a.key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
		t.Fatalf("make authority: %v", err)
	}
	a.certificate = template("authority")
	a.certificate.IsCA, a.certificate.BasicConstraintsValid = true, true
	a.certificate.KeyUsage = x509.KeyUsageCertSign
	der, err := x509.CreateCertificate(rand.Reader, a.certificate, a.certificate, a.key.Public(), a.key)
	if err != nil {
		t.Fatalf("make authority: %v", err)
	}
	if err := writePEM(a.File, &pem.Block{Type: "CERTIFICATE", Bytes: der}); err != nil {
		t.Fatalf("make authority: %v", err)
	}
	return a
}

// Issue signs a certificate in the name of owner, good as a server's on the
// loopback address and as a client's.
func (a *Authority) Issue(t testing.TB, owner string) KeyPair {
	t.Helper()
	pair, err := a.issue(owner)
	if err != nil {
		t.Fatal(err)
	}
	return pair
}

func (a *Authority) issue(owner string) (KeyPair, error) {
	certificate, key, err := a.sign(owner)
	if err != nil {
		return KeyPair{}, fmt.Errorf("issue certificate of %s: %w", owner, err)
	}
	dir, err := os.MkdirTemp(a.dir, owner+"-") // one owner may have several, at once
	if err != nil {
		return KeyPair{}, fmt.Errorf("issue certificate of %s: %w", owner, err)
	}
	pair := KeyPair{CertFile: filepath.Join(dir, "certificate.pem"), KeyFile: filepath.Join(dir, "key.pem")}
	if err := writePEM(pair.CertFile, certificate); err != nil {
		return KeyPair{}, err
	}
	return pair, writePEM(pair.KeyFile, key)
}

func (a *Authority) sign(owner string) (certificate, key *pem.Block, err error) {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, nil, err
	}
	der, err := x509.CreateCertificate(rand.Reader, template(owner), a.certificate, private.Public(), a.key)
	if err != nil {
		return nil, nil, err
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(private)
	return &pem.Block{Type: "CERTIFICATE", Bytes: der}, &pem.Block{Type: "PRIVATE KEY", Bytes: keyDER}, err
}

// client is the TLS of the testbed's own clients, which show a certificate too.
func (a *Authority) client() (*tls.Config, error) {
	pair, err := a.issue("testbed")
	if err != nil {
		return nil, err
	}
	certificate, err := tls.LoadX509KeyPair(pair.CertFile, pair.KeyFile)
	if err != nil {
		return nil, err
	}
	roots := x509.NewCertPool()
	own, err := os.ReadFile(a.File)
	if err != nil {
		return nil, err
	}
	roots.AppendCertsFromPEM(own)
	return &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: roots, Certificates: []tls.Certificate{certificate}}, nil
}

func template(owner string) *x509.Certificate {
	return &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()),
		Subject:      pkix.Name{CommonName: owner},
		NotBefore:    time.Now().Add(-time.Hour),
		NotAfter:     time.Now().Add(24 * time.Hour),
		KeyUsage:     x509.KeyUsageDigitalSignature,
		ExtKeyUsage:  []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
		DNSNames:     []string{"localhost"},
		IPAddresses:  []net.IP{net.IPv4(127, 0, 0, 1)},
	}
}

func writePEM(path string, blocks ...*pem.Block) error {
	var text []byte
	for _, block := range blocks {
		text = append(text, pem.EncodeToMemory(block)...)
	}
	if err := os.WriteFile(path, text, 0o600); err != nil {
		return fmt.Errorf("write certificate: %w", err)
	}
	return nil
}
