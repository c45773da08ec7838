#!/bin/sh
# Valkey answers WAITAOF before it has synced anything, under appendfsync everysec.
#
#   SET k v, WAITAOF 1 0 ──► [1,0] at once        expected: after an fdatasync
#
# Seen with Valkey 8.0.1 (also 8.1.1 and 9.1.2); Redis 8.0.6 waits about a second.
#
# usage: findings/valkey-waitaof.sh [server] [calls]     (default: valkey-server, 12)
#
# Needs the server, a shell and strace. It starts a server of its own on a free port,
# with its data in a temporary directory, and ends it.
set -eu

server=${1:-valkey-server}
calls=${2:-12}
port=$((20000 + $$ % 20000))
dir=$(mktemp -d)
"$server" --port "$port" --bind 127.0.0.1 --dir "$dir" --save "" --appendonly yes --appendfsync everysec --logfile "$dir/log" &
pid=$!
trap 'kill "$pid" 2>/dev/null; wait "$pid" 2>/dev/null || true; rm -rf "$dir"' EXIT
cli="${server%-server}-cli -h 127.0.0.1 -p $port"
until $cli PING >/dev/null 2>&1; do sleep 0.1; done

strace -f -e trace=fsync,fdatasync -o "$dir/trace" -p "$pid" 2>/dev/null &
tracer=$!
sleep 1
began=$(date +%s%N)
for i in $(seq "$calls"); do
	printf 'SET k %s\nWAITAOF 1 0 5000\n' "$i"
done | $cli >"$dir/answers"
took=$((($(date +%s%N) - began) / 1000000))
kill -INT "$tracer"
wait "$tracer" 2>/dev/null || true

synced=$(grep -cE '(fsync|fdatasync)\(' "$dir/trace" || true)
passed=$(grep -c '^1$' "$dir/answers" || true)
"$server" --version
echo "$passed of $calls WAITAOF said that the file is synced, in ${took} ms; the server synced $synced times"
[ "$synced" -ge "$passed" ] && echo "each waited for a sync" || echo "they did not wait for a sync"
