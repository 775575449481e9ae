# shellcheck shell=bash
# cluster.sh: m1 becomes a swarm of three managers and a worker; beside each manager runs an autoscaler, beside the
# worker two Prometheus with the same rules, which alert all three. Source it after beside.sh.
#
#   cluster_start, cluster_end        m2, m3 and w1 join m1's swarm, and are gone again
#   scaler_start NODE, scaler_kill NODE      its flags are in ${scaler_flags[NODE]}, its environment in ${scaler_env[NODE]}
#   from NODE PATH [CURL OPTION...]   asks its autoscaler
#   observer_start N, observer_kill N the Nth Prometheus
#   gauge NAME VALUE                  what both measure; an alert of the rules hangs on each
#   truth                             writes what all managers' events tell to $LAB_DIR/$events, for stack.sh's functions

managers=(m1 m2 m3)
declare -A scaler_flags=() scaler_env=() scaler_pid=() observer_pid=()

cluster_start() {
    local node number=11 starts=() start token
    for node in m2 m3 w1; do
        node_make $node $number
        number=$((number + 1))
        engine_start $node &
        starts+=($!)
    done
    for start in "${starts[@]}"; do wait "$start" || die "an engine does not start"; done
    for node in m2 m3 w1; do
        import_busybox $node
        token=$(dk m1 swarm join-token --quiet "$([ $node = w1 ] && echo worker || echo manager)")
        dk $node swarm join --advertise-addr "$(node_address $node)" --token "$token" "$(node_address m1):2377" >/dev/null ||
            die "$node does not join the swarm"
    done
}

cluster_end() { local node; for node in m2 m3 w1; do node_end $node; done; }

# What stack.sh's functions ask is whichever manager answers.
serving() {
    local node
    for node in "${managers[@]}"; do
        ! api "$node" --fail --max-time 2 "http://d/services?filters=%7B%22name%22:%5B%22-%22%5D%7D" >/dev/null 2>&1 || { echo "$node"; return; }
    done
    return 1
}
service_spec() { api "$(serving)" "http://d/services/$service" | jq -r "$1"; }
serves() { api "$1" --fail --max-time 3 "http://d/services/$service"; }
# The manager that leads, as one of those that answer says.
leader() {
    local node
    for node in "${managers[@]}"; do
        api "$node" --max-time 3 http://d/nodes 2>/dev/null | jq -re \
            '.[] | select(.ManagerStatus.Leader and .ManagerStatus.Reachability == "reachable") | .Description.Hostname' 2>/dev/null && return
    done
    return 1
}
# A manager that does not lead, and is none of those named.
follower() {
    local node
    for node in "${managers[@]}"; do
        case " $* $(leader) " in *" $node "*) ;; *) echo "$node" && return ;; esac
    done
}

scaler_start() {
    local node=$1
    # Words, on purpose.
    # shellcheck disable=SC2086
    beside "$LAB_DIR/daemon-$node.log" env ${scaler_env[$node]:-} "$(release_binary swarm-autoscaler)" \
        "--config.file=$LAB_DIR/cluster.yml" --web.listen-address=:9093 ${scaler_flags[$node]}
    scaler_pid[$node]=$started
    echo "$node $started" >>"$LAB_DIR/scalers"
}
scaler_kill() {
    kill -KILL "${scaler_pid[$1]}"
    wait "${scaler_pid[$1]}" 2>/dev/null
    [ $? = 137 ] || fail "the autoscaler of $1 had ended by itself"
}
scaler_ends() {
    kill -TERM "${scaler_pid[$1]}"
    wait "${scaler_pid[$1]}"
}

from() { in_network "$1" curl -sS --max-time 5 "http://127.0.0.1:9093$2" "${@:3}"; }
ready() { from "$1" /-/ready --fail; }
all_ready() { for_all ready; }
# for_all COMMAND [WORD...]: the command gets each manager's name before the words.
for_all() {
    local node
    for node in "${managers[@]}"; do "$1" "$node" "${@:2}" || return 1; done
}
# tells NODE FILTER: of the service.
tells() { from "$1" "/autoscaler/v1/services/$service" | jq -r "$2"; }
agree() { [ "$(for_all tells '"\(.replicas.spec) \(.replicas.wanted) \(.update_state)"' | sort -u | wc -l)" = 1 ]; }
# explains REASON SINCE_NS: one of them has held for it.
explains() { for_all from "/autoscaler/v1/decisions?service=$service&reason=$1&since=$(date -u -d "@$(($2 / 1000000000))" +%FT%TZ)" | grep -q "\"$1\""; }
# unready NODE TEXT: it is not, and names the cause.
unready() { from "$1" /-/ready | grep -E "^not ready: .*($2)"; }

observer_start() {
    local node=w1 dir=$LAB_DIR/observer-$1
    mkdir -p "$dir"
    # Prometheus chooses the moments of its evaluations by the file's name.
    cp "$repository/tests/e2e/cluster/rules.yml" "$dir/rules.yml"
    sed "s|RULES|$dir/rules.yml|" "$repository/tests/e2e/cluster/prometheus.yml" >"$dir/prometheus.yml"
    beside "$LAB_DIR/prometheus-$1.log" prometheus --config.file="$dir/prometheus.yml" --storage.tsdb.path="$dir/data" \
        --web.listen-address="127.0.0.1:909$1" --rules.alert.resend-delay=2s
    observer_pid[$1]=$started
}
observer_kill() {
    kill -KILL "${observer_pid[$1]}"
    wait "${observer_pid[$1]}" 2>/dev/null
}
observes() { in_network w1 curl -sS --max-time 5 "http://127.0.0.1:909$1/api/v1/rules" | jq -e '[.data.groups[].rules[].lastEvaluation] | all(. > "2")'; }
gauge() { in_network w1 curl -sS --fail --max-time 5 "http://127.0.0.1:9100/$1" --data "0:$2"; }

# follow_events NODE: until its engine ends, and again.
follow_events() {
    # shellcheck disable=SC2016
    setpriv --pdeathsig KILL bash -c 'while :; do
        curl -sSN --unix-socket "$1" --get http://d/events --data-urlencode "filters={\"type\":[\"service\"]}" >>"$2" 2>/dev/null
        sleep 0.2
    done' events "$(node_socket "$1")" "$LAB_DIR/seen-$1" &
}

# Every manager tells every change with the time at which the leader made it; none has seen all of them.
truth() {
    cat "$LAB_DIR"/seen-* | jq -cR 'fromjson? | select(.Action == "update")' | jq -cs 'unique_by([.timeNano, .Actor.Attributes])[]' >"$LAB_DIR/$events"
}

# changed SINCE_NS N: so many changes of the count there were at least.
changed() { truth && [ "$(timeline "$1" | grep -c ' replicas ')" -ge "$2" ]; }

# offences MIN MAX UP_MS DOWN_MS: what must not have happened: a change that is no single step, one that was not made from
# the count before it, one that left the bounds, one within a cooldown, one during a rollout. A tenth of a second is left for
# the ways of a write.
offences() {
    timeline 0 | awk -v min="$1" -v max="$2" -v up="$3" -v down="$4" '
        function is(what) { print $1, $3 "-" $4 ": " what }
        $2 == "update" { rolling = ($3 !~ /completed$/) }
        $2 != "replicas" { next }
        count != "" && $3 != count { is("the count was " count) }
        $4 != $3 + 1 && $4 != $3 - 1 { is("no single step") }
        $4 < min || $4 > max { is("out of bounds") }
        rolling { is("during a rollout") }
        $4 > $3 && last_up && $1 - last_up < up - 100 { is("only " $1 - last_up " ms after the last step up") }
        $4 < $3 && last && $1 - last < down - 100 { is("only " $1 - last " ms after the last step") }
        { last = $1; count = $4 }
        $4 > $3 { last_up = $1 }'
}
