package state

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
)

// rewriteFromBytes is the auto-aof-rewrite-min-size that is enough. At the
// default of 64 MB Redis rewrites its file again and again under load, which
// cost a prototype a third of its throughput.
const rewriteFromBytes = 1 << 30

// CheckRequirements asks every server whether it keeps what it is given. An
// error says what has to be set before state is trusted to it; a warning says
// what would be better set otherwise, or what could not be found out.
func CheckRequirements(ctx context.Context, client redis.UniversalClient) (warnings []string, err error) {
	cluster, ok := client.(*redis.ClusterClient)
	if !ok {
		warnings, err = checkServer(ctx, client)
		return warnings, within("check Redis", err)
	}
	var mu sync.Mutex
	var failed []error
	collect := func(check func(context.Context, *redis.Client) ([]string, error)) func(context.Context, *redis.Client) error {
		return func(ctx context.Context, node *redis.Client) error {
			warned, err := check(ctx, node)
			mu.Lock()
			defer mu.Unlock()
			warnings = append(warnings, warned...)
			failed = append(failed, err)
			return nil
		}
	}
	err = errors.Join(cluster.ForEachMaster(ctx, collect(checkNode)), cluster.ForEachSlave(ctx, collect(CheckReplica)))
	failed = slices.DeleteFunc(failed, func(err error) bool { return err == nil })
	slices.Sort(warnings)
	slices.SortFunc(failed, func(a, b error) int { return strings.Compare(a.Error(), b.Error()) })
	return warnings, within("check Redis Cluster", errors.Join(append(failed, err)...))
}

// replicaTimeout bounds the check of one replica: a start need not wait long for
// what it can do without.
const replicaTimeout = 3 * time.Second

// CheckReplica is CheckRequirements of a server that may be the master next. One
// that does not answer now is only warned of.
func CheckReplica(ctx context.Context, replica *redis.Client) (warnings []string, err error) {
	ctx, cancel := context.WithTimeout(ctx, replicaTimeout)
	defer cancel()
	if err := replica.Ping(ctx).Err(); err != nil {
		return []string{fmt.Sprintf("%s: this replica could not be checked: %v", replica.Options().Addr, err)}, nil
	}
	return checkNode(ctx, replica)
}

// checkNode checks one server of several and says which it is.
func checkNode(ctx context.Context, node *redis.Client) (warnings []string, err error) {
	addr := node.Options().Addr
	warnings, err = checkServer(ctx, node)
	err = errors.Join(err, mayTransact(ctx, node))
	for i := range warnings {
		warnings[i] = addr + ": " + warnings[i]
	}
	return warnings, within(addr, err)
}

// mayTransact tries what a transaction needs, on a key of nobody's: the user may be
// allowed others only, and a replica of a cluster serves none. So each command is judged
// by the right to run it alone.
func mayTransact(ctx context.Context, node *redis.Client) error {
	conn := node.Conn()
	defer func() { _ = conn.Close() }()
	for _, command := range [...][]any{{"WATCH", "-"}, {"UNWATCH"}, {"MULTI"}, {"DISCARD"}, {"MULTI"}, {"EXEC"}} {
		if err := conn.Do(ctx, command...).Err(); redis.HasErrorPrefix(err, "NOPERM") && strings.Contains(err.Error(), "to run") {
			return fmt.Errorf("%s is refused: %w: the Redis user needs WATCH, UNWATCH, MULTI, EXEC and DISCARD on each server", command[0], err)
		}
	}
	return nil
}

func within(what string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", what, err)
}

// checkServer checks one server.
func checkServer(ctx context.Context, client redis.Cmdable) (warnings []string, err error) {
	s, err := askSettings(ctx, client)
	if err != nil {
		return nil, err
	}
	return s.warnings(), s.check()
}

// settings are a server's, by the names that its configuration file has. What
// it does not say is absent.
type settings map[string]string

// Settings by name. clusterInfo stands for the answer of CLUSTER INFO.
const (
	evictionPolicy = "maxmemory-policy"
	appendOnly     = "appendonly"
	appendSync     = "appendfsync"
	rewriteMinSize = "auto-aof-rewrite-min-size"
	clusterInfo    = "cluster info"
)

var errSentinel = errors.New("this is a sentinel, which keeps no state: set redis.master_name to be led to the master")

// askSettings reads the settings from CONFIG, and where a managed Redis hides
// that, from INFO, which has those that matter most.
func askSettings(ctx context.Context, client redis.Cmdable) (settings, error) {
	info, err := client.Info(ctx).Result()
	if err := unlessHidden(err); err != nil {
		return nil, err
	}
	s := settings{}
	said := infoFields(info)
	if said["redis_mode"] == "sentinel" {
		return nil, errSentinel
	}
	if policy, ok := said["maxmemory_policy"]; ok {
		s[evictionPolicy] = policy
	}
	if enabled, ok := said["aof_enabled"]; ok {
		s[appendOnly] = map[string]string{"0": "no", "1": "yes"}[enabled]
	}
	for _, name := range []string{evictionPolicy, appendOnly, appendSync, rewriteMinSize} {
		found, err := client.ConfigGet(ctx, name).Result()
		if err := unlessHidden(err); err != nil {
			return nil, err
		}
		if value, ok := found[name]; ok {
			s[name] = value
		}
	}
	if said["cluster_enabled"] == "1" {
		s[clusterInfo], err = client.ClusterInfo(ctx).Result()
		if err := unlessHidden(err); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// unlessHidden drops the error of a server that does not know a command, or does
// not let this user use it.
func unlessHidden(err error) error {
	if err == nil || redis.HasErrorPrefix(err, "NOPERM") {
		return nil
	}
	var answer redis.Error
	if errors.As(err, &answer) && strings.Contains(strings.ToLower(answer.Error()), "unknown command") {
		return nil
	}
	return err
}

// infoFields takes "name:value" lines apart.
func infoFields(info string) map[string]string {
	fields := map[string]string{}
	for line := range strings.Lines(info) {
		if name, value, ok := strings.Cut(strings.TrimSpace(line), ":"); ok {
			fields[name] = value
		}
	}
	return fields
}

// check says what must be set.
func (s settings) check() error {
	var wrong []error
	if policy, ok := s[evictionPolicy]; ok && policy != "noeviction" {
		wrong = append(wrong, fmt.Errorf("maxmemory-policy is %s: a full Redis would silently delete state: set maxmemory-policy noeviction", policy))
	}
	if on, ok := s[appendOnly]; ok && on != "yes" {
		wrong = append(wrong, errors.New("the append-only file is off: a restart would lose state: set appendonly yes"))
	}
	if info := s[clusterInfo]; info != "" {
		wrong = append(wrong, checkSlots(infoFields(info)))
	}
	return errors.Join(wrong...)
}

// clusterSlots is the number of hash slots of a Redis Cluster.
const clusterSlots = "16384"

func checkSlots(info map[string]string) error {
	if info["cluster_slots_assigned"] != clusterSlots {
		return fmt.Errorf("%s of %s cluster slots are assigned: give every slot a master (redis-cli --cluster fix)", info["cluster_slots_assigned"], clusterSlots)
	}
	if info["cluster_state"] != "ok" || info["cluster_slots_ok"] != clusterSlots {
		return fmt.Errorf("the cluster serves %s of %s slots, its state is %s: bring the missing masters back", info["cluster_slots_ok"], clusterSlots, info["cluster_state"])
	}
	return nil
}

// warnings say what would be better.
func (s settings) warnings() (warnings []string) {
	for _, name := range []string{evictionPolicy, appendOnly} {
		if _, ok := s[name]; !ok {
			warnings = append(warnings, name+" could not be checked: neither CONFIG nor INFO tells it")
		}
	}
	if s[appendOnly] != "yes" {
		return warnings // what follows is about the append-only file
	}
	if s[appendSync] == "no" {
		warnings = append(warnings, "appendfsync is no: a power cut may lose half a minute of state, which is then read from Kafka again: set appendfsync everysec")
	}
	if size, err := strconv.ParseInt(s[rewriteMinSize], 10, 64); err == nil && size < rewriteFromBytes {
		warnings = append(warnings, fmt.Sprintf("auto-aof-rewrite-min-size is %d MB: under load Redis rewrites its file over and over: set auto-aof-rewrite-min-size 1gb or more", size>>20))
	}
	return warnings
}
