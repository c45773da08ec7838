#!/bin/sh
# An append-only file that ends inside a transaction half-applies it, one start later.
#
#   MULTI, HINCRBY h n 1, HSET h last …(cut)          the power fails
#   load: the transaction is left out, HGET h n is empty
#   HINCRBY h n 1, MULTI, SET one 1, SET other 1, EXEC   written behind the open MULTI
#   load: HGET h n is 2                               expected: 1
#
# Seen with Redis 7.0.15 (also 8.0.6) and Valkey 8.0.1 (also 8.1.1). Valkey 9.1.2 cuts the
# whole transaction off. INFO is the same as after the load of a whole file; only the
# log says that something was cut.
#
# usage: findings/torn-multi.sh [server]     (default: redis-server)
#
# Needs the server and a shell. It starts a server of its own on a free port, with its
# data in a temporary directory, and ends it.
set -eu

server=${1:-redis-server}
port=$((20000 + $$ % 20000))
dir=$(mktemp -d)
pid=
cli="${server%-server}-cli -h 127.0.0.1 -p $port"
start() {
	"$server" --port "$port" --bind 127.0.0.1 --dir "$dir" --save "" --appendonly yes --appendfsync always --logfile "$dir/log" &
	pid=$!
	until $cli PING 2>/dev/null | grep -q PONG; do sleep 0.1; done
}
end() {
	kill -9 "$pid"
	wait "$pid" 2>/dev/null || true
}
trap 'end 2>/dev/null; rm -rf "$dir"' EXIT

start
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
"$server" --version
echo "after another start: n is '$n'"
[ "$n" = 1 ] && echo "as it was" || echo "the transaction's first half was applied as well"
