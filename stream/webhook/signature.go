package webhook

import (
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"time"
)

// How keys are written, and the versions of their signatures.
const (
	secretPrefix     = "whsec_" // symmetric
	privatePrefix    = "whsk_"  // asymmetric, ours
	publicPrefix     = "whpk_"  // asymmetric, the receiver's
	symmetricVersion = "v1,"
	ed25519Version   = "v1a,"
)

// The specification's bounds of a symmetric secret, bytes.
const (
	leastSecretBytes = 24
	mostSecretBytes  = 64
)

// Key signs what is sent. However it is printed, it shows nothing of itself.
type Key struct {
	secret  []byte
	private ed25519.PrivateKey
}

// ParseKey reads a key as the specification serialises it: whsec_ and base64 of 24 to 64
// bytes for HMAC-SHA256, whsk_ and base64 of an Ed25519 key. Its errors do not quote it.
func ParseKey(text string) (Key, error) {
	if encoded, ok := strings.CutPrefix(text, secretPrefix); ok {
		secret, err := base64.StdEncoding.DecodeString(encoded)
		switch {
		case err != nil:
			return Key{}, errors.New("what follows " + secretPrefix + " is not base64")
		case len(secret) < leastSecretBytes || len(secret) > mostSecretBytes:
			return Key{}, fmt.Errorf("it has %d bytes after %s; the specification wants %d to %d", len(secret), secretPrefix, leastSecretBytes, mostSecretBytes)
		}
		return Key{secret: secret}, nil
	}
	if encoded, ok := strings.CutPrefix(text, privatePrefix); ok {
		return parsePrivate(encoded)
	}
	return Key{}, errors.New("it begins with neither " + secretPrefix + " nor " + privatePrefix)
}

// parsePrivate reads an Ed25519 key: its seed, or the seed and the public key after it.
func parsePrivate(encoded string) (Key, error) {
	key, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil {
		return Key{}, errors.New("what follows " + privatePrefix + " is not base64")
	}
	if len(key) != ed25519.SeedSize && len(key) != ed25519.PrivateKeySize {
		return Key{}, fmt.Errorf("it has %d bytes after %s; an Ed25519 key has %d or %d", len(key), privatePrefix, ed25519.SeedSize, ed25519.PrivateKeySize)
	}
	private := ed25519.NewKeyFromSeed(key[:ed25519.SeedSize])
	if len(key) == ed25519.PrivateKeySize && !private.Equal(ed25519.PrivateKey(key)) {
		return Key{}, errors.New("the public half does not belong to the private one")
	}
	return Key{private: private}, nil
}

// Public is what a receiver verifies with, as the specification serialises it; empty for a
// symmetric key.
func (k Key) Public() string {
	if k.private == nil {
		return ""
	}
	public, _ := k.private.Public().(ed25519.PublicKey)
	return publicPrefix + base64.StdEncoding.EncodeToString(public)
}

// String shows nothing of the key.
func (k Key) String() string { return "(set)" }

// GoString is String, so that %#v shows nothing either.
func (k Key) GoString() string { return k.String() }

// LogValue is String, so that no log shows the key.
func (k Key) LogValue() slog.Value { return slog.StringValue(k.String()) }

func (k Key) sign(signed []byte) string {
	if k.private != nil {
		return ed25519Version + base64.StdEncoding.EncodeToString(ed25519.Sign(k.private, signed))
	}
	mac := hmac.New(sha256.New, k.secret)
	mac.Write(signed)
	return symmetricVersion + base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// sign gives the headers webhook-timestamp and webhook-signature of a try: a signature for
// each key, so that a receiver may change its key at any time between.
func sign(keys []Key, id string, at time.Time, body []byte) (timestamp, signatures string) {
	timestamp = strconv.FormatInt(at.Unix(), 10)
	signed := make([]byte, 0, len(id)+len(timestamp)+len(body)+2)
	signed = append(append(signed, id...), '.')
	signed = append(append(signed, timestamp...), '.')
	signed = append(signed, body...)
	all := make([]string, len(keys))
	for i, key := range keys {
		all[i] = key.sign(signed)
	}
	return timestamp, strings.Join(all, " ")
}
