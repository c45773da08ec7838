package check

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/spf13/pflag"

	"github.com/clvstream/clvstream/internal/config"
)

// container is one of our programs as compose or Kubernetes would start it.
type container struct {
	image   string
	args    []string
	env     []string
	files   map[string]string // content by path, as mounted
	secrets []string          // directories that a secret is mounted at
}

var binaries = map[string]config.Binary{
	"consumer":  config.ConsumerBinary,
	"publisher": config.PublisherBinary,
	"clvstream": config.ToolBinary,
}

// program is the name of an image without registry and tag; ours only.
func program(image string) (name string, ours bool) {
	name, _, _ = strings.Cut(path.Base(image), ":")
	_, ours = binaries[name]
	return name, ours && path.Base(path.Dir(image)) == "clvstream"
}

// load reads the configuration as the container's program would on its start.
// Whatever it says about an unknown key, variable, flag or file fails the test.
func (c container) load(t *testing.T) config.Config {
	t.Helper()
	name, ours := program(c.image)
	if !ours {
		t.Fatalf("%s is none of our programs", c.image)
	}
	disk := t.TempDir()
	moved := func(text string) string {
		for _, dir := range c.mounts() {
			text = strings.ReplaceAll(text, dir+"/", disk+dir+"/")
		}
		return text
	}
	for file, content := range c.files {
		write(t, disk+file, moved(content))
	}
	for _, file := range c.secretFiles() {
		write(t, disk+file, secretContent(t, file))
	}
	flags := pflag.NewFlagSet(name, pflag.ContinueOnError)
	config.Flags(flags, binaries[name])
	flags.ParseErrorsAllowlist.UnknownFlags = name == "clvstream" // its commands have flags of their own: toolWords
	args := make([]string, len(c.args))
	for i, arg := range c.args {
		args[i] = moved(arg)
	}
	if err := flags.Parse(args); err != nil {
		t.Fatalf("%s %v: %v", name, c.args, err)
	}
	if name != "clvstream" && flags.NArg() > 0 {
		t.Errorf("%s takes no arguments, found %q", name, flags.Args())
	}
	cfg, _, err := config.Load(config.Options{Env: c.env, Flags: flags})
	if err != nil {
		t.Fatalf("%s: %v", c.image, err)
	}
	return cfg
}

// mounts are the directories of files and secrets.
func (c container) mounts() []string {
	seen := make(map[string]bool)
	var dirs []string
	for file := range c.files {
		if dir := path.Dir(file); !seen[dir] {
			seen[dir] = true
			dirs = append(dirs, dir)
		}
	}
	return append(dirs, c.secrets...)
}

// secretFiles are the files of secrets that the configuration names.
func (c container) secretFiles() []string {
	var found []string
	for _, dir := range c.secrets {
		inside := regexp.MustCompile(regexp.QuoteMeta(dir) + `/[\w.-]+`)
		for _, content := range c.files {
			found = append(found, inside.FindAllString(content, -1)...)
		}
	}
	return found
}

// checkWords holds the command and the flags of the tool to its source.
func (c container) checkWords(t *testing.T) {
	t.Helper()
	common := pflag.NewFlagSet("", pflag.ContinueOnError)
	config.Flags(common, config.ToolBinary)
	known, commands := toolWords(t)
	if !commands[c.args[0]] {
		t.Errorf("the tool has no command %q", c.args[0])
	}
	for _, arg := range c.args[1:] {
		flag, isFlag := strings.CutPrefix(arg, "--")
		word, _, _ := strings.Cut(flag, "=")
		if !known[word] && (!isFlag || common.Lookup(word) == nil) {
			t.Errorf("%v: the tool does not know %q", c.args, arg)
		}
	}
}

func write(t *testing.T, file, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

// secretContent is a certificate for a .pem file and a word for any other.
func secretContent(t *testing.T, file string) string {
	t.Helper()
	if path.Ext(file) != ".pem" {
		return "word\n"
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	about := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour)}
	certificate, err := x509.CreateCertificate(rand.Reader, about, about, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certificate}))
}
