# shellcheck shell=bash
# beside.sh: programs of this machine in the node's network, beside its engine: our daemon, Prometheus, exporters. They
# reach each other at 127.0.0.1, and end with the shell that has started them. Source it after stack.sh.

# beside LOG COMMAND...: starts it; its pid is in `started`.
beside() {
    local log=$1
    shift
    (exec nsenter --target "$(node_pid $node)" --net -- setpriv --pdeathsig KILL "$@" >>"$log" 2>&1) &
    started=$!
}

# inside LOG COMMAND...: the same in all namespaces of the node: it sees the node's processes.
inside() {
    local log=$1
    shift
    (exec setpriv --pdeathsig KILL nsenter --target "$(node_pid $node)" --mount --uts --ipc --net --pid -- \
        setpriv --pdeathsig KILL "$@" >>"$log" 2>&1) &
}

# ask URL [CURL OPTION...]
ask() { in_node $node curl -sS --max-time 5 "$@"; }

# daemon_start POLICY_FILE [FLAG...]: our release binary at $daemon_port; its pid is in daemon_pid. From then on
# `autoscaler`, and with it whatever asks for decisions, asks the one at $daemon_port.
daemon_port=9093
daemon_start() {
    local binary
    autoscaler() { ask "http://127.0.0.1:$daemon_port$1" "${@:2}"; }
    binary=$(find "$repository/build/release" -type f -name swarm-autoscaler -perm -u+x | grep -m1 .) || die "no release build"
    # A simulated Swarm leaves its socket behind when the daemon is killed; the lab takes it away.
    beside "$LAB_DIR/daemon-$daemon_port.log" env "TMPDIR=$LAB_DIR" \
        "$binary" "--config.file=$1" "--web.listen-address=127.0.0.1:$daemon_port" \
        "--storage.path=$(mktemp -d "$LAB_DIR/data.XXXX")" "${@:2}"
    daemon_pid=$started
    reaches "the daemon is ready" 10 ready_is 200 || { cat "$LAB_DIR/daemon-$daemon_port.log"; exit 1; }
}

ready_is() { [ "$(autoscaler /-/ready --output "$LAB_DIR/ready" --write-out '%{http_code}')" = "$1" ]; }

# sleeper_start REPLICAS [OPTION...]: the service `sleeper`, which does nothing.
sleeper_start() {
    dk $node service create --detach --no-resolve-image --name sleeper --replicas "$1" --endpoint-mode dnsrr \
        --stop-grace-period 1s "${@:2}" bb:latest sleep 100000 >/dev/null
}

# alert NAME SECONDS: fires until that long from now; negative: is resolved.
alert() {
    autoscaler /api/v2/alerts --fail \
        --json "[{\"labels\":{\"alertname\":\"$1\"},\"endsAt\":\"$(date -u -d "$2 seconds" +%FT%TZ)\"}]"
}

# daemon_ends PID: SIGTERM, and how it ends.
daemon_ends() {
    local asked
    kill -TERM "$1"
    asked=$(now_ms)
    wait "$1"
    check "the daemon ends by SIGTERM with status 0" equal $? 0
    check "within 8 s" test $(($(now_ms) - asked)) -lt 8000
}
