package config

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"testing"
	"time"
)

// writeCertificate writes a self-signed certificate for a host and its key.
func writeCertificate(t *testing.T, host, certFile, keyFile string) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: host}, DNSNames: []string{host},
		NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	certPEM := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	keyPEM := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: keyDER})
	writeFile(t, certFile, string(certPEM))
	writeFile(t, keyFile, string(keyPEM))
	pair, err := tls.X509KeyPair(certPEM, keyPEM)
	if err != nil {
		t.Fatal(err)
	}
	return pair
}

// handshake connects a client to a server and gives the client's certificate as
// the server saw it.
func handshake(t *testing.T, client *tls.Config, server tls.Certificate) (*x509.Certificate, error) {
	t.Helper()
	listener, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{server}, ClientAuth: tls.RequestClientCert})
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	seen := make(chan *x509.Certificate, 1)
	go func() {
		defer close(seen)
		conn, err := listener.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		if s, ok := conn.(*tls.Conn); ok && s.Handshake() == nil && len(s.ConnectionState().PeerCertificates) > 0 {
			seen <- s.ConnectionState().PeerCertificates[0]
		}
	}()
	conn, err := tls.Dial("tcp", listener.Addr().String(), client)
	if err == nil {
		defer conn.Close()
	}
	return <-seen, err
}

func TestTLSTrustsTheFileAndRenews(t *testing.T) {
	t.Chdir(t.TempDir())
	server := writeCertificate(t, "kafka.internal", "ca.pem", "ca.key")
	first := writeCertificate(t, "me", "me.pem", "me.key")
	section := TLS{Enabled: true, CAFile: "ca.pem", CertFile: "me.pem", KeyFile: "me.key", ServerName: "kafka.internal"}
	config, err := section.Config()
	if err != nil {
		t.Fatal(err)
	}
	if seen, err := handshake(t, config, server); err != nil || !seen.Equal(first.Leaf) {
		t.Errorf("handshake: %v", err)
	}
	second := writeCertificate(t, "me", "me.pem", "me.key")
	if seen, err := handshake(t, config, server); err != nil || !seen.Equal(second.Leaf) {
		t.Errorf("the renewed certificate is not used: %v", err)
	}
	section.ServerName = "other.internal"
	if config, err = section.Config(); err != nil {
		t.Fatal(err)
	}
	if _, err := handshake(t, config, server); err == nil {
		t.Error("a certificate for another host was accepted")
	}
	if config, err = (TLS{CAFile: "none"}).Config(); config != nil || err != nil {
		t.Errorf("without enabled: %v, %v", config, err)
	}
}

func TestTLSFilesAreCheckedAtLoad(t *testing.T) {
	t.Chdir(t.TempDir())
	writeCertificate(t, "a", "a.pem", "a.key")
	writeCertificate(t, "b", "b.pem", "b.key")
	writeFile(t, "text", "no PEM")
	writeFile(t, "clv.yaml", "kafka:\n  tls:\n    enabled: true\n    ca_file: text\n    cert_file: a.pem\n    key_file: b.key\n"+
		"redis:\n  tls:\n    enabled: true\n    ca_file: none.pem\n    cert_file: a.pem\n    key_file: none.key\n")
	_, _, err := Load(Options{File: "clv.yaml"})
	wantError(t, err,
		"clv.yaml:4:14: kafka.tls.ca_file: read text: no certificate in PEM form in it",
		"clv.yaml:5:16: kafka.tls.cert_file: read a.pem with b.key: tls: private key does not match public key",
		"clv.yaml:10:14: redis.tls.ca_file: read none.pem: no such file or directory",
		"clv.yaml:11:16: redis.tls.cert_file: read none.key: no such file or directory")
}

func TestRedisOptions(t *testing.T) {
	c, _, err := load(t, "redis:\n  addresses: [a:1, b:1]\n  master_name: m\n  username: u\n  database: 2\n  sentinel_username: s\n  tls: {enabled: true, server_name: n}\n",
		[]string{"CLVSTREAM_REDIS_PASSWORD=p", "CLVSTREAM_REDIS_SENTINEL_PASSWORD=q"})
	if err != nil {
		t.Fatal(err)
	}
	o, err := c.Redis.Options()
	if err != nil {
		t.Fatal(err)
	}
	if c.Redis.Mode != RedisSentinel || len(o.Addrs) != 2 || o.MasterName != "m" || o.Username != "u" || o.Password != "p" || o.DB != 2 ||
		o.SentinelUsername != "s" || o.SentinelPassword != "q" || o.TLSConfig.ServerName != "n" || !o.ContextTimeoutEnabled || o.IsClusterMode {
		t.Errorf("options are %+v", o)
	}
	one := Redis{Addresses: []string{"a:1"}, Mode: RedisCluster}
	if o, err = one.Options(); err != nil || !o.IsClusterMode {
		t.Errorf("a cluster with one seed is not taken for one: %+v, %v", o, err)
	}
}
