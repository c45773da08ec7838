#!/bin/sh
# The guess: a server that finds the end of its append-only file torn inside a transaction
# loads without that transaction (aof-load-truncated yes), and that is the end of it.
#
# What is so: Redis 7.0.15 (8.0.6, too) and Valkey 8.0.1 and 8.1.1 leave the open MULTI in
# the file. What is written next stands behind it, and the load after that applies both as
# one transaction: the torn one's first half comes back. Valkey 9.1.2 cuts it off.
#
#	MULTI, HINCRBY h n 1, HSET h last …(torn)     the power fails
#	load: the transaction is left out, HGET h n is empty
#	HINCRBY h n 1, and another transaction        written behind the open MULTI
#	load: HGET h n is 2
#
# Why it matters here: a transaction of a shard is half-applied, one start later, and INFO
# says nothing. So counts are written whole, and the file is rewritten before the first
# commit on a server that has loaded one.
#
# usage: findings/torn-multi.sh
#
# Needs Debian 12. It fetches the pinned packages into a temporary directory and runs them
# there; nothing is installed. Exits 1 if the behaviour is another one.
set -eu

version=5:7.0.15-1~deb12u10
dir=$(mktemp -d)
chmod 755 "$dir"
pid=
end() {
	[ -z "$pid" ] || kill -9 "$pid" 2>/dev/null || true
	wait 2>/dev/null || true
}
trap 'end; rm -rf "$dir"' EXIT

(cd "$dir" && apt-get download -qq "redis-server=$version" "redis-tools=$version" libjemalloc2 liblzf1 libatomic1 2>/dev/null &&
	for package in *.deb; do dpkg-deb -x "$package" root; done)
PATH="$dir/root/usr/bin:$PATH"
LD_LIBRARY_PATH="$dir/root/usr/lib/$(uname -m)-linux-gnu"
export PATH LD_LIBRARY_PATH

port=$((20000 + $$ % 20000))
cli="redis-cli -h 127.0.0.1 -p $port"
start() {
	redis-server --port "$port" --bind 127.0.0.1 --dir "$dir" --save "" --appendonly yes --appendfsync always --logfile "$dir/log" &
	pid=$!
	until $cli PING 2>/dev/null | grep -q PONG; do sleep 0.1; done
}

start
redis-server --version
printf 'MULTI\nHINCRBY h n 1\nHSET h last 1\nEXEC\n' | $cli >/dev/null
end
truncate -s -30 "$dir"/appendonlydir/*.incr.aof
start
echo "loaded without the transaction: n is '$($cli HGET h n)'"
printf 'HINCRBY h n 1\nMULTI\nSET one 1\nSET other 1\nEXEC\n' | $cli >/dev/null
echo "incremented once: n is '$($cli HGET h n)'"
end
start
n=$($cli HGET h n)
echo "after another start: n is '$n'"
[ "$n" = 2 ]
