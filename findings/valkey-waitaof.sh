#!/bin/sh
# The guess: WAITAOF answers once the file is synced, as its documentation says, so it is
# a barrier under any appendfsync but no.
#
# What is so: under appendfsync everysec, Valkey 8.0.1 answers [1,0] at once, before any
# sync (seen with 8.1.1 and 9.1.2, too). Redis 8.0.6 waits for the sync of that second.
#
# Why it matters here: a publisher that waits for the file before it publishes a change
# (publisher.barrier: waitaof-local) would publish what a power cut takes back.
#
# usage: findings/valkey-waitaof.sh
#
# Needs Debian 12 with bookworm-backports in its package lists. It fetches the pinned
# packages into a temporary directory and runs them there; nothing is installed.
# Exits 1 if the behaviour is another one.
set -eu

version=8.0.1+dfsg1-1~bpo12+1
calls=12
dir=$(mktemp -d)
chmod 755 "$dir"
pid=
trap '[ -z "$pid" ] || kill "$pid" 2>/dev/null; wait 2>/dev/null || true; rm -rf "$dir"' EXIT

(cd "$dir" && apt-get download -qq "valkey-server=$version" "valkey-tools=$version" libjemalloc2 liblzf1 libatomic1 2>/dev/null &&
	for package in *.deb; do dpkg-deb -x "$package" root; done)
PATH="$dir/root/usr/bin:$PATH"
LD_LIBRARY_PATH="$dir/root/usr/lib/$(uname -m)-linux-gnu"
export PATH LD_LIBRARY_PATH

port=$((20000 + $$ % 20000))
valkey-server --port "$port" --bind 127.0.0.1 --dir "$dir" --save "" --appendonly yes --appendfsync everysec --logfile "$dir/log" &
pid=$!
until valkey-cli -h 127.0.0.1 -p "$port" PING >/dev/null 2>&1; do sleep 0.1; done

began=$(date +%s%N)
for i in $(seq "$calls"); do
	printf 'SET k %s\nWAITAOF 1 0 5000\n' "$i"
done | valkey-cli -h 127.0.0.1 -p "$port" >"$dir/answers"
took=$((($(date +%s%N) - began) / 1000000))

valkey-server --version
passed=$(grep -c '^1$' "$dir/answers" || true)
echo "$passed of $calls WAITAOF answered that the file is synced, in $took ms"
echo "a file that is synced once a second would have taken at least $(((calls - 1) * 900)) ms"
[ "$passed" = "$calls" ] && [ "$took" -lt "$(((calls - 1) * 900))" ]
