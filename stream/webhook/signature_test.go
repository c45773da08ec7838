package webhook

import (
	"crypto/ed25519"
	"encoding/base64"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"
)

// The signature that the specification's own libraries have in their tests.
func TestKnownSignature(t *testing.T) {
	timestamp, signatures := sign(keys(t, secretText), "msg_p5jXN8AQM9LWM0D4loKWxJek", time.Unix(1614265330, 0), []byte(`{"test": 2432232314}`))
	if timestamp != "1614265330" || signatures != "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=" {
		t.Errorf("got %s, %s", timestamp, signatures)
	}
}

// Each key gives a signature, whichever kind it is of.
func TestSeveralKeys(t *testing.T) {
	seed := strings.Repeat("s", ed25519.SeedSize)
	private := ed25519.NewKeyFromSeed([]byte(seed))
	all := keys(t, secretText, privatePrefix+base64.StdEncoding.EncodeToString([]byte(seed)), privatePrefix+base64.StdEncoding.EncodeToString(private))
	_, signatures := sign(all, "id", time.Unix(1, 0), []byte("{}"))
	parts := strings.Fields(signatures)
	if len(parts) != 3 || !strings.HasPrefix(parts[0], "v1,") || parts[1] != parts[2] {
		t.Fatalf("signatures are %q", signatures)
	}
	encoded, _ := strings.CutPrefix(parts[1], "v1a,")
	signature, err := base64.StdEncoding.DecodeString(encoded)
	public, _ := strings.CutPrefix(all[1].Public(), publicPrefix)
	key, _ := base64.StdEncoding.DecodeString(public)
	if err != nil || !ed25519.Verify(key, []byte("id.1.{}"), signature) {
		t.Errorf("%s is no signature by %s", parts[1], all[1].Public())
	}
}

// A key that cannot be used is refused, and what it was is said nowhere.
func TestKeysAreRefusedAndNotShown(t *testing.T) {
	short, long := strings.Repeat("s", 23), strings.Repeat("s", 65)
	base := base64.StdEncoding.EncodeToString
	for text, want := range map[string]string{
		"hunter2":                                 "neither whsec_ nor whsk_",
		"whsec_hunter2!":                          "not base64",
		"whsec_" + base([]byte(short)):            "23 bytes",
		"whsec_" + base([]byte(long)):             "65 bytes",
		"whsk_" + base([]byte(short)):             "23 bytes",
		"whsk_hunter2!":                           "not base64",
		"whsk_" + base([]byte(long[:64])):         "does not belong",
		"whpk_" + base([]byte(long[:32])):         "neither",
		" whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw": "neither",
	} {
		_, err := ParseKey(text)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: want %q: %v", text, want, err)
		} else if body := strings.TrimLeft(text, "whsecpk_"); strings.Contains(err.Error(), body) {
			t.Errorf("the error quotes the secret: %v", err)
		}
	}
	key := keys(t, secretText)[0]
	for _, shown := range []string{fmt.Sprint(key), fmt.Sprintf("%#v %+v %s", key, key, key), fmt.Sprint(slog.AnyValue(key).Resolve())} {
		if strings.Contains(shown, "MfK") || strings.Contains(shown, "49") {
			t.Errorf("a key is shown as %q", shown)
		}
	}
}
