package testbed

import (
	"context"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

// KafkaVersion is the Apache Kafka that the install script fetches.
const KafkaVersion = "4.3.1"

// KafkaOptions say how a cluster differs from one default broker.
type KafkaOptions struct {
	Brokers    int               // 1 (the default) or 3
	Properties map[string]string // added to each broker's server.properties, or overriding it
	Guard      *KafkaGuard       // listeners for those who prove who they are, beside the open one
	// JVMFlags come after the testbed's own, which favour a quick start over
	// speed: a benchmark gives "-XX:TieredStopAtLevel=4", "-XX:+UseG1GC", "-Xmx1g".
	JVMFlags []string
}

// Kafka is an Apache Kafka cluster in KRaft mode, each node broker and
// controller in one. Topics are not created by being mentioned.
type Kafka struct {
	Nodes []*Server // each can be killed, paused, restarted; the majority must run

	members []member
}

// StartKafka starts a cluster for this test and returns when every broker is
// in the metadata.
func StartKafka(t testing.TB, o KafkaOptions) *Kafka {
	t.Helper()
	skipShort(t)
	k, err := newKafka(t.TempDir(), o)
	need(t, err)
	for _, node := range k.Nodes {
		node.endWith(t)
	}
	k.Start(t)
	return k
}

// Addrs are the brokers' addresses, to bootstrap from.
func (k *Kafka) Addrs() []string {
	addrs := make([]string, len(k.Nodes))
	for i, node := range k.Nodes {
		addrs[i] = node.Addr
	}
	return addrs
}

// Start starts what is not running and returns when every broker answers.
func (k *Kafka) Start(t testing.TB) {
	t.Helper()
	if err := startAll(k.Nodes); err != nil {
		t.Fatal(err)
	}
}

// Stop asks every broker to end in order and waits until it has.
func (k *Kafka) Stop(t testing.TB) {
	t.Helper()
	for _, node := range k.Nodes {
		node.Stop(t)
	}
}

// Kill ends every broker at once.
func (k *Kafka) Kill() {
	for _, node := range k.Nodes {
		node.Kill()
	}
}

// Restart kills every broker and starts it on the same address and data.
func (k *Kafka) Restart(t testing.TB) {
	t.Helper()
	k.Kill()
	k.Start(t)
}

// Pause freezes every broker.
func (k *Kafka) Pause() {
	for _, node := range k.Nodes {
		node.Pause()
	}
}

// Resume lets paused brokers go on.
func (k *Kafka) Resume() {
	for _, node := range k.Nodes {
		node.Resume()
	}
}

// newKafka prepares and formats a cluster without starting it.
func newKafka(dir string, o KafkaOptions) (*Kafka, error) {
	java, libs, err := lookKafka()
	if err != nil {
		return nil, err
	}
	members, err := reserveMembers(max(1, o.Brokers), o.Guard.protocols())
	if err != nil {
		return nil, err
	}
	k := &Kafka{members: members}
	for i := range members {
		node, err := newBroker(java, libs, filepath.Join(dir, fmt.Sprintf("broker-%d", i+1)), members, i, o)
		if err != nil {
			return nil, err
		}
		k.Nodes = append(k.Nodes, node)
	}
	return k, nil
}

// lookKafka finds Java and the directory of Kafka's jars.
func lookKafka() (java, libs string, err error) {
	if java, err = lookProgram("java", "kafka"); err != nil {
		return "", "", err
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", "", fmt.Errorf("find Apache Kafka: %w", err)
	}
	home := filepath.Join(cache, "clvstream", "kafka-"+KafkaVersion)
	if _, err := os.Stat(filepath.Join(home, "complete")); err != nil {
		return "", "", &missingError{part: "kafka", want: "Apache Kafka " + KafkaVersion}
	}
	return java, filepath.Join(home, "libs", "*"), nil
}

func newBroker(java, libs, dir string, members []member, i int, o KafkaOptions) (*Server, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("prepare broker: %w", err)
	}
	guard, err := o.Guard.properties(dir, members[i])
	if err != nil {
		return nil, fmt.Errorf("prepare broker: %w", err)
	}
	maps.Copy(guard, o.Properties)
	config := filepath.Join(dir, "server.properties")
	if err := os.WriteFile(config, brokerProperties(dir, members, i, guard), 0o600); err != nil {
		return nil, fmt.Errorf("prepare broker: %w", err)
	}
	command := append([]string{
		java, "-Xms128m", "-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", // up in half the time and CPU
		"-XX:-UsePerfData", // which would leave files behind
		"-Dorg.slf4j.simpleLogger.defaultLogLevel=warn", "-Dorg.slf4j.simpleLogger.showDateTime=true",
		"-Djava.io.tmpdir=" + dir, // for the compression libraries, which unpack themselves
	}, o.JVMFlags...)
	command = append(command, "-cp", libs)
	if err := formatBroker(command, config, o.Guard.credentials()); err != nil {
		return nil, err
	}
	node := &Server{
		Addr: members[i].client.addr(), Dir: dir, name: fmt.Sprintf("Apache Kafka broker %d", i+1),
		argv:  append(command, "kafka.Kafka", config),
		ports: members[i].ports(),
	}
	node.ready = func(ctx context.Context) error { return inMetadata(ctx, node.Addr, int32(i+1)) }
	return node, nil
}

// formatBroker writes the cluster id into an empty data directory, without
// which a broker refuses to start.
func formatBroker(command []string, config string, credentials []string) error {
	// Any 16 bytes in base64 serve as the id; brokers of two tests never meet.
	args := append(command[1:len(command):len(command)],
		"kafka.tools.StorageTool", "format", "-t", "clvstream-testbed-001A", "-c", config)
	args = append(args, credentials...)
	if out, err := exec.Command(command[0], args...).CombinedOutput(); err != nil {
		return fmt.Errorf("format broker storage: %w: %s", err, strings.TrimSpace(string(out)))
	}
	return nil
}

// inMetadata asks the broker at addr whether it serves and knows itself a
// member of the cluster.
func inMetadata(ctx context.Context, addr string, nodeID int32) error {
	client, err := kgo.NewClient(kgo.SeedBrokers(addr))
	if err != nil {
		return err
	}
	defer client.Close()
	members, err := kadm.NewClient(client).ListBrokers(ctx)
	if err != nil {
		return err
	}
	if !slices.Contains(members.NodeIDs(), nodeID) {
		return fmt.Errorf("read metadata: broker %d is not a member yet", nodeID)
	}
	return nil
}
