# shellcheck shell=bash
# shell.sh: what the shell tests share: checks with PASS and FAIL lines, waiting with a deadline, time. Source it.
# What fails is also appended to the file $SHELL_FAILURES, if there is one, for who wants to repeat it at the end.

now_ms() { echo "$(($(date +%s%N) / 1000000))"; }

shell_began=$(now_ms)
shell_failures=0

# Seconds since this file was sourced, one decimal.
elapsed() {
    local ms=$(($(now_ms) - shell_began))
    printf '%d.%d' $((ms / 1000)) $((ms % 1000 / 100))
}

say() { printf '%7ss  %s\n' "$(elapsed)" "$*"; }

pass() { printf '%7ss  PASS  %s\n' "$(elapsed)" "$*"; }

fail() {
    printf '%7ss  FAIL  %s\n' "$(elapsed)" "$*"
    shell_failures=$((shell_failures + 1))
    remember_failure "$*"
}

shell_difference=
remember_failure() {
    [ -z "${SHELL_FAILURES:-}" ] ||
        printf '%s, %s s: %s\n%s' "${0##*/}" "$(elapsed)" "$*" "${shell_difference:0:800}" >>"$SHELL_FAILURES"
    shell_difference=
}

# check TEXT COMMAND...: one line of the verdict; the test goes on either way.
check() {
    local text=$1
    shift
    shell_difference=
    if "$@"; then pass "$text"; else fail "$text"; return 1; fi
}

# equal GOT EXPECTED: for check; shows the difference.
equal() {
    [ "$1" = "$2" ] || {
        printf -v shell_difference '          got: %s\n     expected: %s\n' "$1" "$2"
        printf '%s' "$shell_difference"
        return 1
    }
}

# wait_for SECONDS COMMAND...: asks every 0.1 s until the command succeeds; 1 when the time is over.
wait_for() {
    local limit=$(($(now_ms) + $1 * 1000))
    shift
    until "$@" >/dev/null 2>&1; do
        [ "$(now_ms)" -lt "$limit" ] || return 1
        sleep 0.1
    done
}

# reaches TEXT SECONDS COMMAND...: a check that may take its time.
reaches() {
    local text=$1
    shift
    check "$text" wait_for "$@"
}

# stays SECONDS COMMAND...: for check; the command succeeds each time it is asked, for that long.
stays() {
    local limit=$(($(now_ms) + $1 * 1000))
    shift
    while "$@" >/dev/null 2>&1; do
        [ "$(now_ms)" -lt "$limit" ] || return 0
        sleep 0.2
    done
    return 1
}

die() {
    printf '%7ss  ERROR %s\n' "$(elapsed)" "$*" >&2
    remember_failure "$*"
    exit 1
}

# Last command of a test script.
finish() { [ "$shell_failures" = 0 ]; }
