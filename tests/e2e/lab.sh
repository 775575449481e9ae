# shellcheck shell=bash
# lab.sh: real engines on this machine, each in namespaces of its own. Source it after shell.sh.
#
# A node is a network namespace with a cable (veth) to the lab's switch, and a process 1 (node_init.sh) that holds
# private pid, mount, uts and ipc namespaces; an engine with its own containerd runs in it. The machine's interfaces,
# firewall and engines are not touched. The kernel kills a node when the shell that began the lab dies, however it
# dies; lab_end removes what is left then: the directory and the empty cgroups.
#
#   lab_begin            a directory, a switch; ends with the shell that calls it
#   node_start NAME N    a node with the address 198.18.0.N and its engine; node_make leaves the engine out
#   swarm_start NAME     the node becomes a swarm of one
#   cable NAME up|down   the node's link to all others
#   dk NAME ARGS...      the docker client against the node's engine       api NAME ARGS...   curl against it
#   node_end NAME        its power is off
#   in_node NAME CMD...  a command in all namespaces of the node
#   in_network NAME CMD...  the same in its network alone, with the machine's files and processes
#   engine_stop NAME [SIGNAL], engine_start NAME       containers die with a stopped engine, the disk stays
#   engine_signal NAME SIGNAL
#   engine_options NAME [OPTION...]    what dockerd is started with besides, from the next start on
# Every address lies in 198.18.0.0/15, which is set apart for tests of networks.

lab_source=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

lab_children=()

lab_begin() {
    [ "$(id -u)" = 0 ] || die "the lab needs root: it makes namespaces and mounts"
    # Short, for the path of a unix socket ends at 107 bytes.
    LAB_DIR=$(mktemp -d /tmp/lab.XXXXXX) || exit 1
    LAB_NAME=${LAB_DIR##*/}
    export LAB_DIR LAB_NAME LAB_SWITCH
    trap lab_end EXIT
    trap 'exit 130' INT TERM HUP
    setpriv --pdeathsig KILL unshare --net sleep infinity &
    LAB_SWITCH=$! lab_children=($!)
    wait_for 5 in_switch ip link add br0 type bridge || die "cannot make the lab's switch"
    in_switch ip link set br0 up
}

in_switch() {
    # Before unshare has run the namespace is still the machine's own.
    [ "$(readlink "/proc/$LAB_SWITCH/ns/net")" != "$(readlink /proc/self/ns/net)" ] || return 1
    nsenter --target "$LAB_SWITCH" --net -- "$@"
}

node_pid() { cat "$LAB_DIR/$1/init.pid"; }
node_address() { cat "$LAB_DIR/$1/address"; }
node_socket() { echo "$LAB_DIR/$1/docker.sock"; }
dk() { docker --host "unix://$(node_socket "$1")" "${@:2}"; }
api() { curl -sS --max-time 30 --unix-socket "$(node_socket "$1")" "${@:2}"; }
in_network() { nsenter --target "$(node_pid "$1")" --net -- "${@:2}"; }
in_node() { nsenter --target "$(node_pid "$1")" --mount --uts --ipc --net --pid -- "${@:2}"; }

node_start() {
    node_make "$@"
    engine_start "$1"
}

node_make() {
    local node=$1 dir=$LAB_DIR/$1
    mkdir "$dir" || die "there is a node $node already"
    echo '{}' >"$dir/daemon.json" # Else dockerd reads the machine's own.
    echo "198.18.0.$2" >"$dir/address"
    holder_start "$node" --net || die "node $node does not start"
    in_switch ip link add "to-$node" type veth peer name eth0 netns "$(node_pid "$node")"
    in_switch ip link set "to-$node" master br0 up
    in_node "$node" ip addr add "198.18.0.$2/24" dev eth0
    in_node "$node" ip link set eth0 up
}

cable() { in_switch ip link set "to-$1" "$2"; }

# node_start_in_host_network NAME: a node for builds that need the machine's network. Its engine makes no bridge and no
# firewall rule there; containers that need a network must say --network host.
node_start_in_host_network() {
    local node=$1 dir=$LAB_DIR/$1
    mkdir "$dir" && echo '{"bridge": "none", "iptables": false, "ip-forward": false}' >"$dir/daemon.json"
    holder_start "$node" || die "node $node does not start"
    engine_start "$node"
}

# holder_start NAME [UNSHARE OPTION...]: the node's process 1 in new namespaces.
holder_start() {
    local dir=$LAB_DIR/$1
    setpriv --pdeathsig KILL unshare "${@:2}" --mount --propagation private --uts --ipc --pid --fork --kill-child \
        bash "$lab_source/node_init.sh" "$1" "$dir" "$(readlink /proc/self/ns/net)" >"$dir/init.log" 2>&1 </dev/null &
    lab_children+=($!)
    wait_for 10 test -e "$dir/init.pid" || { cat "$dir/init.log"; return 1; }
}

engine_options() { printf '%s\n' "${@:2}" | grep . >"$LAB_DIR/$1/options"; }

engine_start() {
    local node=$1 dir=$LAB_DIR/$1 addresses=() options=()
    [ ! -e "$dir/options" ] || mapfile -t options <"$dir/options"
    # What a machine's /run would have lost; a stale pid that fits a living process keeps containerd from starting.
    rm -rf "$dir/exec" "$dir/docker.pid"
    # A node in the machine's network has no address and makes no network of its own.
    [ ! -e "$dir/address" ] || addresses=(--bip 198.18.250.1/24 --default-address-pool base=198.18.128.0/18,size=24)
    # An orphan on purpose: process 1 reaps it, and nothing of ours waits for it.
    # shellcheck disable=SC2016
    in_node "$node" bash -c 'setsid "${@:2}" </dev/null >>"$1" 2>&1 &' engine "$dir/dockerd.log" \
        dockerd --config-file "$dir/daemon.json" --data-root "$dir/data" --exec-root "$dir/exec" \
        --pidfile "$dir/docker.pid" --host "unix://$dir/docker.sock" \
        --exec-opt native.cgroupdriver=cgroupfs --cgroup-parent "/$LAB_NAME-$node" \
        "${addresses[@]}" "${options[@]}"
    wait_for 60 api "$node" --fail http://d/_ping || { tail -20 "$dir/dockerd.log"; die "the engine of $node does not start"; }
}

engine_signal() { in_node "$1" kill -s "$2" "$(cat "$LAB_DIR/$1/docker.pid")"; }

engine_stop() {
    local pid
    pid=$(cat "$LAB_DIR/$1/docker.pid") || return 0
    in_node "$1" kill -s "${2:-TERM}" "$pid"
    wait_for 40 engine_is_gone "$1" "$pid" || die "the engine of $1 does not stop"
}

engine_is_gone() { ! in_node "$1" kill -0 "$2"; }

swarm_start() {
    dk "$1" swarm init --advertise-addr "$(node_address "$1")" \
        --default-addr-pool 198.19.0.0/16 --default-addr-pool-mask-length 24 >/dev/null || die "swarm init failed on $1"
}

# node_end NAME: the power is off. Its pid may be another's by now, if the node has died by itself.
node_end() {
    local pid
    pid=$(node_pid "$1" 2>/dev/null) || return 0
    ! grep -qzxF "$LAB_DIR/$1" "/proc/$pid/cmdline" 2>/dev/null || kill -KILL "$pid"
    rm "$LAB_DIR/$1/init.pid"
}

lab_end() {
    local file group
    for file in "$LAB_DIR"/*/init.pid; do
        [ ! -e "$file" ] || node_end "$(basename "${file%/*}")"
    done
    kill -KILL "$LAB_SWITCH" 2>/dev/null
    wait "${lab_children[@]}" 2>/dev/null
    # One tree with cgroup v2, one for each controller with v1.
    for group in /sys/fs/cgroup/"$LAB_NAME"-* /sys/fs/cgroup/*/"$LAB_NAME"-*; do
        [ ! -d "$group" ] || find "$group" -depth -type d -exec rmdir {} +
    done
    rm -rf "$LAB_DIR"
}
