package history

import "testing"

func TestRefusalReasonNamesRoundTrip(t *testing.T) {
	seen := map[string]bool{}
	for _, reason := range RefusalReasons() {
		name := reason.String()
		if got, ok := ParseRefusalReason(name); !ok || got != reason || seen[name] {
			t.Errorf("ParseRefusalReason(%q) = %v, %v; seen before: %v", name, got, ok, seen[name])
		}
		seen[name] = true
	}
	if len(seen) != 15 {
		t.Errorf("%d reasons, want 15", len(seen))
	}
	for _, name := range []string{"", "unknown", "Future"} {
		if got, ok := ParseRefusalReason(name); ok {
			t.Errorf("ParseRefusalReason(%q) = %v, want none", name, got)
		}
	}
	if got := RefusalReason(200).String(); got != "unknown" {
		t.Errorf("RefusalReason(200) = %q", got)
	}
}
