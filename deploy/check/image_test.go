package check

import (
	"regexp"
	"strings"
	"testing"
)

// Shared by compose and Kubernetes: what is said of images, memory and secrets.

var pinned = regexp.MustCompile(`^[^:@]+:v?[0-9]+\.[0-9]+\.[0-9]+$|@sha256:[0-9a-f]{64}$`)

// checkPinned wants a whole version or a digest, so that nothing changes unseen.
func checkPinned(t *testing.T, image string) {
	t.Helper()
	if !pinned.MatchString(image) {
		t.Errorf("image %s is not pinned to a version or a digest", image)
	}
}

var secretName = regexp.MustCompile(`(?i)passw|secret|token|credential|api_?key`)

// checkNoSecret refuses a variable that holds a secret itself. A file's name is
// no secret.
func checkNoSecret(t *testing.T, name, value string) {
	t.Helper()
	switch {
	case !secretName.MatchString(name), strings.HasSuffix(name, "_FILE"):
	case value == "true" || value == "false":
	default:
		t.Errorf("%s holds a secret; give a file instead", name)
	}
}
