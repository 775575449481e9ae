# shellcheck shell=bash
# stack.sh: the deployed stack as the scenarios see it. Source it after lab.sh. One node, m1, is the swarm.

node=m1
stack=hosp
service=${stack}_patient
export DOCKER_GID=4242

# stack_deploy [OPTION...]: our own way to deploy, with the speeds of the tests and images that no registry knows.
# Prometheus sends an alert again every 3 s, and each ends by itself after 8 s.
stack_deploy() {
    DOCKER_HOST=unix://$(node_socket $node) DOCKER_SOCKET=$(node_socket $node) PROMETHEUS_IMAGE=prometheus:latest ALERT_RESEND_DELAY=2s \
        POLICY_FILE=${POLICY_FILE:-$repository/tests/e2e/policy.yml} PROMETHEUS_FILE=$LAB_DIR/prometheus.yml RULES_FILE=${RULES_FILE:-} \
        "$repository/stack/deploy" "$stack" -c "$repository/tests/e2e/stack.yml" --resolve-image never "$@" 2>&1
}

# The shipped configuration, but everything happens each second.
fast_prometheus() { sed 's/: 10s/: 1s/' "$repository/stack/prometheus.yml"; }

# Running tasks of a service, as `ID IMAGE CONTAINER`.
running_tasks() {
    api $node --get "http://d/tasks" --data-urlencode "filters={\"service\":[\"$1\"],\"desired-state\":[\"running\"]}" |
        jq -r '.[] | select(.Status.State == "running") | "\(.ID) \(.Spec.ContainerSpec.Image) \(.Status.ContainerStatus.ContainerID)"' |
        sort
}

running_count() { running_tasks "$1" | wc -l; }
runs() { [ "$(running_count "$1")" = "$2" ]; }
service_spec() { api $node "http://d/services/$service" | jq -r "$1"; }
replicas() { service_spec .Spec.Mode.Replicated.Replicas; }
replicas_are() { [ "$(replicas)" = "$1" ]; }
update_state() { service_spec '.UpdateStatus.State // ""'; }
update_state_is() { [ "$(update_state)" = "$1" ]; }
settled() { replicas_are "$1" && runs "$service" "$1"; }

# in_service NAME COMMAND...: a command of this machine in the network of a service's first task.
in_service() {
    local container pid
    container=$(running_tasks "${stack}_$1" | awk 'NR == 1 { print $3 }')
    pid=$(dk $node inspect --format '{{.State.Pid}}' "$container") || return 1
    in_node $node nsenter --target "$pid" --net -- "${@:2}"
}

# The stack's autoscaler: its container, its process, and a FIELD of the process' status.
container() { running_tasks ${stack}_autoscaler | awk 'NR == 1 { print $3 }'; }
process() { dk $node inspect --format '{{.State.Pid}}' "$(container)"; }
status_of() { in_node $node awk -v field="$1:" '$1 == field { print $2 }' "/proc/$(process)/status"; }

autoscaler() { in_service autoscaler curl -sS --max-time 5 "http://127.0.0.1:9093$1" "${@:2}"; }
autoscaler_ready() { autoscaler /-/ready --fail; }
prometheus() { in_service prometheus curl -sS --max-time 5 "http://127.0.0.1:9090$1" "${@:2}"; }
# Patient's own alert, for Watchdog always fires beside it: its states, as JSON.
patient_alerts() { prometheus /api/v1/alerts | jq -c '[.data.alerts[] | select(.labels.alertname == "patient_request_rate_error") | .state]'; }
alert_fires() { case $(patient_alerts) in *firing*) ;; *) return 1 ;; esac; }
alert_is_over() { [ "$(patient_alerts)" = '[]' ]; }

# Nothing of earlier scenarios runs on, and no silence or pause of theirs is remembered by the Swarm.
clear_services() {
    dk $node service ls --quiet | xargs --no-run-if-empty docker --host "unix://$(node_socket $node)" service rm >/dev/null
    dk $node config ls --filter name=swarm-autoscaler. --quiet |
        xargs --no-run-if-empty docker --host "unix://$(node_socket $node)" config rm >/dev/null
}

load() {
    case $1 in
    on) dk $node service scale --detach "${stack}_load=1" >/dev/null ;;
    off) dk $node service scale --detach "${stack}_load=0" >/dev/null ;;
    esac
}

# What the engine reports of services and containers, from now on. A scenario that wants a record of its own renames it.
events=events
record_events() {
    setpriv --pdeathsig KILL curl -sSN --unix-socket "$(node_socket $node)" --get http://d/events --data-urlencode \
        'filters={"type":["service","container"],"event":["update","die","create","remove"]}' >"$LAB_DIR/$events" 2>&1 &
}

now_ns() { date +%s%N; }

# timeline SINCE_NS: what was written to patient, as `MILLISECONDS replicas OLD NEW` and `MILLISECONDS update STATE`.
timeline() {
    jq -r --argjson since "$1" --arg service "$service" 'select(.Type == "service" and .timeNano > $since)
        | (.timeNano / 1000000 | floor) as $t | .Actor.Attributes | select(.name == $service)
        | (if has("replicas.new") then "\($t) replicas \(."replicas.old") \(."replicas.new")" else empty end),
          (."updatestate.new" // "" | if . != "" then "\($t) update \(.)" else empty end)' "$LAB_DIR/$events"
}

# steps SINCE_NS: the changes of the count in their order: `1-2 2-3`.
steps() { timeline "$1" | awk '$2 == "replicas" { printf "%s%s-%s", n++ ? " " : "", $3, $4 }'; }

# steps_in_rollout SINCE_NS: the same, but only those between a rollout's begin and its end.
steps_in_rollout() {
    timeline "$1" | awk '$2 == "update" { open = ($3 !~ /completed$/) }
        $2 == "replicas" && open { printf "%s%s-%s", n++ ? " " : "", $3, $4 }'
}

# update_states SINCE_NS: the rollout's states in their order, on one line.
update_states() { timeline "$1" | awk '$2 == "update" { printf "%s%s", n++ ? " " : "", $3 }'; }

# went_through SINCE_NS STATES: the rollout had exactly these.
went_through() { [ "$(update_states "$1")" = "$2" ]; }

# steps_apart SINCE_NS MS: no two changes are closer than this. A tenth of a second is left for the clock's way.
steps_apart() {
    timeline "$1" | awk -v least="$2" '$2 != "replicas" { next }
        last && $1 - last < least - 100 { print "     only " $1 - last " ms before " $3 "-" $4; bad = 1 }
        { last = $1 } END { exit bad }'
}

# deaths SINCE_NS: how many of the service's containers ended.
deaths() {
    jq -r --argjson since "$1" --arg service "$service" 'select(.Type == "container" and .Action == "die" and .timeNano > $since)
        | select(.Actor.Attributes."com.docker.swarm.service.name" == $service) | .Actor.ID' "$LAB_DIR/$events" | wc -l
}

deaths_are() { [ "$(deaths "$1")" = "$2" ]; }

# decisions SINCE_NS [FILTER]: what the autoscaler decided about patient since then, oldest first, one JSON a line.
decisions() {
    autoscaler "/autoscaler/v1/decisions?service=$service&limit=500" |
        jq -c --argjson since "$1" '.decisions | reverse | .[]
            | select((.time[:19] + "Z" | fromdateiso8601) * 1000 + (.time[20:23] | tonumber) >= $since / 1000000 - 50)' |
        jq -c "${2:-.}"
}

acts() { decisions "$1" 'select(.action != "hold")'; }
reasons() { decisions "$1" .reason | sort -u | paste -sd' '; }
says() { decisions "$1" "select(.reason == \"$2\")" | grep -q .; }

# The write that the state label names last: it changes with every write of an autoscaler.
last_write() { service_spec '.Spec.Labels."swarm.autoscaler.state" // "" | fromjson? | .w'; }
