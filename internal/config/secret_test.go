package config

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

const saslPlain = "kafka:\n  sasl: {mechanism: plain, username: u, password_file: pw}\n"

func TestPasswordFromFile(t *testing.T) {
	for content, want := range map[string]string{"s3cret": "s3cret", "s3cret\n": "s3cret", "s3cret\r\n": "s3cret", "s3cret\n\n": "s3cret\n", " s ": " s "} {
		t.Chdir(t.TempDir())
		writeFile(t, "pw", content)
		writeFile(t, "clv.yaml", saslPlain)
		c, p, err := Load(Options{File: "clv.yaml"})
		if err != nil || c.Kafka.SASL.Password.Reveal() != want {
			t.Errorf("%q gives %q, %v", content, c.Kafka.SASL.Password.Reveal(), err)
		}
		if at := p.Of("kafka.sasl.password").String(); at != "clv.yaml:2:56" {
			t.Errorf("comes from %s", at)
		}
	}
}

func TestPasswordFileErrors(t *testing.T) {
	_, _, err := load(t, saslPlain, nil)
	wantError(t, err, "clv.yaml:2:56: kafka.sasl.password_file: read pw: no such file or directory")
	_, _, err = load(t, "", []string{"CLVSTREAM_REDIS_PASSWORD_FILE=."})
	wantError(t, err, "env CLVSTREAM_REDIS_PASSWORD_FILE: redis.password_file: read .: is a directory")
	_, _, err = load(t, "", []string{"CLVSTREAM_REDIS_PASSWORD_FILE=pw", "CLVSTREAM_REDIS_PASSWORD=x"})
	wantError(t, err, "env CLVSTREAM_REDIS_PASSWORD_FILE: redis.password_file: the password is given twice, also by env CLVSTREAM_REDIS_PASSWORD; remove one")

	t.Chdir(t.TempDir())
	writeFile(t, "empty", "\n")
	writeFile(t, "huge", strings.Repeat("x", maxSecretBytes+1))
	_, _, err = Load(Options{Env: []string{"CLVSTREAM_REDIS_PASSWORD_FILE=empty"}})
	wantError(t, err, "env CLVSTREAM_REDIS_PASSWORD_FILE: redis.password_file: read empty: the file is empty")
	_, _, err = Load(Options{Env: []string{"CLVSTREAM_REDIS_PASSWORD_FILE=huge"}})
	wantError(t, err, "env CLVSTREAM_REDIS_PASSWORD_FILE: redis.password_file: read huge: longer than 65536 bytes")
}

func TestPasswordsAreNeverShown(t *testing.T) {
	c, p, err := load(t, "redis: {master_name: m}\n", []string{"CLVSTREAM_REDIS_PASSWORD=hunter2", "CLVSTREAM_REDIS_SENTINEL_PASSWORD=hunter2"})
	if err != nil || c.Redis.Password.Reveal() != "hunter2" {
		t.Fatal(c.Redis.Password, err)
	}
	var out bytes.Buffer
	fmt.Fprintf(&out, "%v %+v %#v %s %q", c, c, c, c.Redis.Password, c.Redis.Password)
	if err := json.NewEncoder(&out).Encode(c); err != nil {
		t.Fatal(err)
	}
	slog.New(slog.NewTextHandler(&out, nil)).Info("loaded", "config", c, "password", c.Redis.Password)
	if err := p.WriteYAML(&out); err != nil {
		t.Fatal(err)
	}
	if err := p.WriteJSON(&out); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(out.String(), "hunter2") {
		t.Errorf("the password is shown in %s", out.String())
	}
	if n := strings.Count(out.String(), "(set)"); n < 10 {
		t.Errorf("%d places say that a password is set", n)
	}
}
