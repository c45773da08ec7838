package modelfile

import (
	"reflect"
	"strings"
	"testing"
)

const covariance = "log_covariance:\n  - [0.25]\n  - [0.1, 0.2]\n  - [0, 0, 0]\n  - [-0.1, 0.05, 0, 0.3]\n"

// A covariance is kept bit for bit, changes no version, and an old file has none.
func TestCovarianceIsKept(t *testing.T) {
	old, err := Parse([]byte(example))
	if err != nil || old.Parameters.LogCovariance != nil {
		t.Fatalf("%+v, %v", old, err)
	}
	file, err := Parse([]byte(example + covariance))
	if err != nil {
		t.Fatal(err)
	}
	want := [][]float64{{.25, .1, 0, -.1}, {.1, .2, 0, .05}, {0, 0, 0, 0}, {-.1, .05, 0, .3}}
	if !reflect.DeepEqual(file.Parameters.LogCovariance, want) || file.Version() != old.Version() {
		t.Errorf("%v, version %s, want %s", file.Parameters.LogCovariance, file.Version(), old.Version())
	}
	text, err := file.Encode()
	if err != nil {
		t.Fatal(err)
	}
	if again, err := Parse(text); err != nil || !reflect.DeepEqual(file, again) {
		t.Errorf("%+v, %v in\n%s", again, err, text)
	}
}

func TestCovariancesThatAreNone(t *testing.T) {
	for damaged, says := range map[string]string{
		"log_covariance: 3\n":                                         "4 rows",
		"log_covariance: [[1], [0, 1]]\n":                             "4 rows",
		"log_covariance: [[1], [0], [0, 0, 1], [0, 0, 0, 1]]\n":       "row 2",
		"log_covariance: [[-1], [0, 1], [0, 0, 1], [0, 0, 0, 1]]\n":   "row 1",
		"log_covariance: [[1], [1.1, 1], [0, 0, 1], [0, 0, 0, 1]]\n":  "row 2",
		"log_covariance: [[1], [NaN, 1], [0, 0, 1], [0, 0, 0, 1]]\n":  "allowed is",
		"log_covariance: [[1e7], [0, 1], [0, 0, 1], [0, 0, 0, 1]]\n":  "allowed is",
		"log_covariance: [[1], [0, 1], [0, 0, 1], [0, 0, 0, many]]\n": "allowed is",
	} {
		if _, err := Parse([]byte(example + damaged)); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v", damaged, err)
		}
	}
}
